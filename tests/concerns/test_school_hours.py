"""School hours: which days count, and how long a wait in school time takes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from school import calendar as hours
from school.calendar import Calendar
from school.terms import calendar as stored_calendar
from tests import factories

LONDON = ZoneInfo("Europe/London")


def a_calendar(**facts: object) -> Calendar:
    defaults: dict[str, object] = {
        "opens_at": time(8, 30),
        "closes_at": time(16),
        "zone": LONDON,
        "nation": "ENG",
        "terms": (
            (date(2026, 9, 1), date(2026, 10, 23)),
            (date(2026, 11, 2), date(2026, 12, 18)),
            (date(2027, 1, 4), date(2027, 3, 25)),
        ),
    }
    return Calendar(**(defaults | facts))  # type: ignore[arg-type]


def at(day: int, hour: int, minute: int = 0, *, month: int = 9) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 9, 15), True),  # a Tuesday in term
        (date(2026, 9, 19), False),  # Saturday
        (date(2026, 9, 20), False),  # Sunday
        (date(2026, 10, 26), False),  # half-term
        (date(2026, 12, 25), False),  # Christmas Day
        (date(2026, 8, 28), True),  # before any term that is entered: nobody knows, so it counts
        (date(2026, 8, 31), False),  # the same, but a bank holiday
        (date(2026, 12, 19), False),  # Saturday after term
    ],
)
def test_school_day_by_date(day: date, expected: bool) -> None:
    assert hours.is_school_day(a_calendar(), day) is expected


def test_e78_a_bank_holiday_of_one_nation_is_a_school_day_in_another() -> None:
    # St Andrew's Day, Monday 30 November 2026.
    day = date(2026, 11, 30)

    nations = {
        nation: hours.is_school_day(a_calendar(nation=nation), day)
        for nation in ("ENG", "WLS", "SCT", "NIR")
    }

    assert nations == {"ENG": True, "WLS": True, "SCT": False, "NIR": True}


def test_e78_a_year_nobody_knows_counts_as_open_and_is_said() -> None:
    day = date(2300, 12, 25)

    assert hours.bank_holidays("ENG", 2300) == frozenset()
    assert hours.is_school_day(a_calendar(), day) is (day.weekday() < 5)
    assert hours.gaps(a_calendar(), on=date(2300, 1, 10)) == [
        "No term dates are entered for January 2300: every weekday counts as open.",
        "The bank holidays of 2300 are not known: every weekday of it counts as open.",
    ]


def test_gaps_of_a_complete_calendar_is_empty() -> None:
    assert hours.gaps(a_calendar(), on=date(2026, 9, 15)) == []


def test_closed_day_is_no_school_day() -> None:
    calendar = a_calendar(closed_days=frozenset({date(2026, 9, 15)}))

    assert hours.is_school_day(calendar, date(2026, 9, 15)) is False


@pytest.mark.parametrize(
    ("begun", "over"),
    [
        (at(15, 10), at(15, 12)),
        (at(15, 15), at(16, 9, 30)),
        (at(15, 7), at(15, 10, 30)),
        (at(18, 16), at(21, 10, 30)),  # Friday at closing: Monday
        (at(18, 15, 59), at(21, 10, 29)),
        (at(19, 12), at(21, 10, 30)),  # Saturday
        (at(23, 17, 30, month=10), at(2, 10, 30, month=11)),  # before half-term
        (at(15, 14), at(15, 16)),  # ends exactly at closing
    ],
)
def test_two_school_hours(begun: datetime, over: datetime) -> None:
    assert hours.after(a_calendar(), begun, timedelta(hours=2)) == over


@pytest.mark.parametrize(
    ("begun", "ends"),
    [
        (at(15, 10), at(15, 16)),
        (at(15, 16), at(16, 16)),
        (at(18, 17, 30), at(21, 16)),
        (at(19, 9), at(21, 16)),
    ],
)
def test_end_of_school_day(begun: datetime, ends: datetime) -> None:
    assert hours.end_of_school_day(a_calendar(), begun) == ends


def test_end_of_next_school_day_over_a_weekend() -> None:
    assert hours.end_of_next_school_day(a_calendar(), at(18, 10)) == at(21, 16)


def test_open_is_from_the_second_of_opening_to_the_second_of_closing() -> None:
    second = timedelta(seconds=1)

    assert [
        hours.is_open(a_calendar(), moment)
        for moment in (at(15, 8, 30) - second, at(15, 8, 30), at(15, 16) - second, at(15, 16))
    ] == [False, True, True, False]


def test_opening_keeps_the_wall_clock_over_the_clock_change() -> None:
    opens = [hours.opening(a_calendar(), day)[0] for day in (date(2026, 10, 23), date(2026, 11, 2))]

    assert [moment.astimezone(UTC).hour for moment in opens] == [7, 8]


def test_a_calendar_without_one_open_day_does_not_wait_for_ever() -> None:
    every_day = frozenset(date(2026, 9, 1) + timedelta(days=n) for n in range(900))

    over = hours.after(a_calendar(closed_days=every_day), at(15, 10), timedelta(hours=2))

    assert over == at(15, 12)


@pytest.mark.django_db
def test_stored_calendar_reads_terms_and_closed_days() -> None:
    factories.make_school(nation="SCT")
    factories.make_term()
    factories.make_closed_day(date(2026, 9, 15))

    calendar = stored_calendar()

    assert calendar.nation == "SCT"
    assert calendar.terms == ((date(2026, 9, 1), date(2026, 12, 18)),)
    assert calendar.closed_days == frozenset({date(2026, 9, 15)})
    assert calendar.opens_at == time(8, 30)
