"""The rota as a rule: who answers, where nobody does, what is said of it and when (G12, G13)."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from school import cover
from school.calendar import Calendar
from school.cover import Dated, Duty, Held, Hole, Kind, Known, News, Person, Rota
from school.roles import Role

LONDON = ZoneInfo("Europe/London")
LEAD, DEPUTY, HEAD = 1, 2, 3
# Tuesday 20 October 2026 is in the last week before half-term; the clocks go back in the night to
# Sunday 25 October, and forward in the night to Sunday 28 March 2027.
TUESDAY = date(2026, 10, 20)
CALENDAR = Calendar(
    opens_at=time(8, 30),
    closes_at=time(16),
    zone=LONDON,
    nation="ENG",
    terms=(
        (date(2026, 9, 2), date(2026, 10, 23)),
        (date(2026, 11, 2), date(2026, 12, 18)),
        (date(2027, 1, 4), date(2027, 5, 28)),
    ),
    closed_days=frozenset({date(2026, 9, 2)}),
)


def person(staff_id: int, role: Role, **facts: object) -> Person:
    held = Held(role=role, **{name: facts.pop(name, None) for name in ("starts_on", "ends_on")})  # type: ignore[arg-type]
    return Person(staff_id=staff_id, has_telephone=bool(facts.pop("phone", True)), roles=(held,))


TEAM = (
    person(LEAD, Role.DSL),
    person(DEPUTY, Role.SAFEGUARDING),
    person(HEAD, Role.HEADTEACHER),
)


def duty(staff_id: int, weekday: int, first: str = "08:00", last: str = "17:00") -> Duty:
    return Duty(
        pk=0,
        staff_id=staff_id,
        weekday=weekday,
        starts_at=time.fromisoformat(first),
        ends_at=time.fromisoformat(last),
    )


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


def dated(staff_id: int, first: str, last: str) -> Dated:
    return Dated(pk=0, staff_id=staff_id, starts_at=local(first), ends_at=local(last))


EVERY_DAY = tuple(duty(LEAD, weekday) for weekday in range(5))
KEPT = Rota(people=TEAM, duties=EVERY_DAY)


def found(rota: Rota, first: str, last: str, calendar: Calendar = CALENDAR) -> list[str]:
    holes = cover.holes(rota, calendar, start=local(first), until=local(last))
    return [
        f"{one.kind.value} {one.starts_at.astimezone(LONDON):%a %d %H:%M}"
        f" to {one.ends_at.astimezone(LONDON):%a %d %H:%M}"
        for one in holes
    ]


@pytest.mark.parametrize(
    ("rota", "holes"),
    [
        # Somebody is there at every hour, or nobody ever said who.
        (KEPT, []),
        (Rota(people=TEAM), []),
        (replace(KEPT, duties=(*EVERY_DAY[:1], *EVERY_DAY[2:])), ["school Tue 20 08:30 to Tue 20 16:00"]),
        # The morning of one and the afternoon of another, with a gap between them and one before.
        (
            Rota(people=TEAM, duties=(duty(LEAD, 1, "09:00", "12:30"), duty(DEPUTY, 1, "13:00"))),
            ["school Tue 20 08:30 to Tue 20 09:00", "school Tue 20 12:30 to Tue 20 13:00"],
        ),
        (Rota(people=TEAM, duties=(duty(LEAD, 1, "08:00", "12:30"), duty(DEPUTY, 1, "12:30"))), []),
        # Away for the whole day, for part of it, and with somebody in her place.
        (
            replace(KEPT, absences=(dated(LEAD, "2026-10-20T00:00", "2026-10-21T00:00"),)),
            ["school Tue 20 08:30 to Tue 20 16:00"],
        ),
        (
            replace(KEPT, absences=(dated(LEAD, "2026-10-20T11:00", "2026-10-20T12:00"),)),
            ["school Tue 20 11:00 to Tue 20 12:00"],
        ),
        (
            replace(
                KEPT,
                absences=(dated(LEAD, "2026-10-20T00:00", "2026-10-21T00:00"),),
                covers=(dated(DEPUTY, "2026-10-20T08:30", "2026-10-20T13:00"),),
            ),
            ["school Tue 20 13:00 to Tue 20 16:00"],
        ),
        # The headteacher is no deputy: school hours are for the team (G12).
        (
            replace(
                KEPT,
                absences=(dated(LEAD, "2026-10-20T00:00", "2026-10-21T00:00"),),
                covers=(dated(HEAD, "2026-10-20T08:30", "2026-10-20T16:00"),),
            ),
            ["school Tue 20 08:30 to Tue 20 16:00"],
        ),
        # E89: who cannot be rung counts nowhere; nor does a role that has ended, or has not begun.
        (replace(KEPT, people=(person(LEAD, Role.DSL, phone=False),)), ["school Tue 20 08:30 to Tue 20 16:00"]),
        (
            replace(KEPT, people=(person(LEAD, Role.DSL, ends_on=date(2026, 10, 19)),)),
            ["school Tue 20 08:30 to Tue 20 16:00"],
        ),
        (
            replace(KEPT, people=(person(LEAD, Role.DSL, starts_on=date(2026, 10, 21)),)),
            ["school Tue 20 08:30 to Tue 20 16:00"],
        ),
        # Without any weekly duty the whole team counts, until all of them are away.
        (
            Rota(people=TEAM, absences=(dated(LEAD, "2026-10-20T00:00", "2026-10-21T00:00"),)),
            [],
        ),
        (
            Rota(
                people=TEAM,
                absences=tuple(dated(who, "2026-10-20T14:00", "2026-10-21T00:00") for who in (LEAD, DEPUTY)),
            ),
            ["school Tue 20 14:00 to Tue 20 16:00"],
        ),
        (Rota(), ["school Tue 20 08:30 to Tue 20 16:00"]),
    ],
)  # fmt: skip
def test_g12_in_school_hours_somebody_of_the_team_is_there(rota: Rota, holes: list[str]) -> None:
    assert found(rota, "2026-10-20T07:00", "2026-10-20T23:00") == holes


@pytest.mark.parametrize(
    ("first", "last", "holes"),
    [
        # What is over is not told; what runs is told from its beginning.
        ("2026-10-20T16:00", "2026-10-20T23:00", []),
        ("2026-10-20T15:59", "2026-10-20T23:00", ["school Tue 20 08:30 to Tue 20 16:00"]),
        # No weekend, no closed day, no day of a holiday, and none after the last term that is entered.
        ("2026-09-02T00:00", "2026-09-02T23:00", []),
        ("2026-10-24T00:00", "2026-10-25T23:00", ["holiday Sat 24 00:00 to Mon 02 00:00"]),
        ("2027-05-03T00:00", "2027-05-03T23:00", []),
        ("2027-06-07T00:00", "2027-07-30T23:00", []),
    ],
)
def test_g12_only_school_hours_in_term_can_have_a_hole(
    first: str, last: str, holes: list[str]
) -> None:
    nobody = Rota(people=TEAM, duties=(duty(LEAD, 6),))
    assert found(nobody, first, last) == holes


def test_e67_school_hours_are_those_of_the_wall_clock_on_both_sides_of_both_changes() -> None:
    nobody = Rota(people=TEAM, duties=(duty(LEAD, 6),))
    days = [date(2026, 10, 23), date(2026, 11, 2), date(2027, 3, 25), date(2027, 3, 30)]
    instants = []
    for day in days:
        start = datetime.combine(day, time(), tzinfo=LONDON)
        [hole] = [
            one
            for one in cover.holes(nobody, CALENDAR, start=start, until=start + timedelta(hours=20))
            if one.kind is Kind.SCHOOL
        ]
        instants.append(f"{hole.starts_at:%d %b %H:%M} {hole.ends_at - hole.starts_at}")
    assert instants == [
        "23 Oct 07:30 7:30:00",
        "02 Nov 08:30 7:30:00",
        "25 Mar 08:30 7:30:00",
        "30 Mar 07:30 7:30:00",
    ]


@pytest.mark.parametrize(
    ("covers", "absences", "holes"),
    [
        ((), (), ["holiday Sat 24 00:00 to Mon 02 00:00"]),
        # Nine days and an hour: the clocks go back in the first night.
        ((dated(HEAD, "2026-10-24T00:00", "2026-11-02T00:00"),), (), []),
        (
            (dated(LEAD, "2026-10-24T00:00", "2026-10-29T00:00"),),
            (),
            ["holiday Thu 29 00:00 to Mon 02 00:00"],
        ),
        (
            (dated(LEAD, "2026-10-24T00:00", "2026-11-02T00:00"),),
            (dated(LEAD, "2026-10-27T00:00", "2026-10-28T00:00"),),
            ["holiday Tue 27 00:00 to Wed 28 00:00"],
        ),
        # Somebody who reads no concerns would end no ladder.
        ((dated(9, "2026-10-24T00:00", "2026-11-02T00:00"),), (), ["holiday Sat 24 00:00 to Mon 02 00:00"]),
    ],
)  # fmt: skip
def test_g13_in_a_holiday_somebody_has_said_that_they_answer(
    covers: tuple[Dated, ...], absences: tuple[Dated, ...], holes: list[str]
) -> None:
    rota = replace(KEPT, covers=covers, absences=absences)
    assert found(rota, "2026-10-23T17:00", "2026-11-01T12:00") == holes


@pytest.mark.parametrize(
    ("day", "stands"),
    [
        (TUESDAY, True),
        (date(2026, 10, 17), True),
        (date(2026, 10, 24), False),
        (date(2026, 10, 27), False),
        (date(2026, 9, 2), False),
        (date(2027, 5, 3), False),
        (date(2027, 9, 7), True),
    ],
)
def test_weekly_duties_stand_still_while_the_school_is_closed(day: date, stands: bool) -> None:
    """At a weekend of term they stand if somebody is down for it; where nothing is entered, always."""
    assert cover.stands(CALENDAR, day) is stands


def test_shifts_of_a_day_say_what_is_left_of_each() -> None:
    rota = replace(
        KEPT,
        covers=(dated(DEPUTY, "2026-10-20T13:00", "2026-10-20T16:00"),),
        absences=(dated(LEAD, "2026-10-20T12:00", "2026-10-20T13:00"),),
    )
    lead, deputy = cover.shifts(rota, CALENDAR, TUESDAY)
    assert (lead.staff_id, lead.is_away, lead.is_away_in_part) == (LEAD, False, True)
    assert [(part.starts_at, part.ends_at) for part in lead.left] == [
        (local("2026-10-20T08:00"), local("2026-10-20T12:00")),
        (local("2026-10-20T13:00"), local("2026-10-20T17:00")),
    ]
    assert (deputy.staff_id, deputy.is_away, deputy.is_away_in_part) == (DEPUTY, False, False)


# --- What is said, and when -------------------------------------------------------------------------
NOW = local("2026-10-12T09:00")


def hole(days: float, hours: float = 7.5, kind: Kind = Kind.SCHOOL) -> Hole:
    starts_at = NOW + timedelta(days=days)
    return Hole(starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours), kind=kind)


def known(one: Hole, pk: int = 1, *, told_again: bool = False) -> Known:
    return Known(
        pk=pk, starts_at=one.starts_at, ends_at=one.ends_at, kind=one.kind, told_again=told_again
    )


@pytest.mark.parametrize(
    ("there", "before", "said"),
    [
        ([], [], News()),
        # A week ahead and not before; with the first come those of the weeks after.
        ([hole(7.1)], [], News()),
        ([hole(7)], [], News(fresh=(hole(7),))),
        ([hole(3), hole(20)], [], News(fresh=(hole(3), hole(20)))),
        # Once.
        ([hole(3)], [known(hole(3))], News()),
        ([hole(3), hole(20)], [known(hole(3))], News()),
        # Again when it is within a day and still there, and then no more.
        ([hole(1)], [known(hole(1))], News(again=(1,))),
        ([hole(1)], [known(hole(1), told_again=True)], News()),
        # Filled in part: there is nothing new to say. Filled: it is gone.
        ([hole(3, hours=2)], [known(hole(3))], News()),
        ([], [known(hole(3))], News(gone=(1,))),
        # It grew: that is another one.
        ([hole(3)], [known(hole(3, hours=2))], News(fresh=(hole(3),), gone=(1,))),
        # One of school is none of a holiday, be it at the same time.
        ([hole(3, kind=Kind.HOLIDAY)], [known(hole(3))], News(fresh=(hole(3, kind=Kind.HOLIDAY),), gone=(1,))),
    ],
)  # fmt: skip
def test_a_hole_is_told_once_a_week_ahead_and_once_more_when_it_is_near(
    there: list[Hole], before: list[Known], said: News
) -> None:
    assert cover.news(there, before, now=NOW) == said
