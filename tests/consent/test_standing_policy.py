"""A yes for the school year: which later question it answers. Anything unclear is no."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from consent.policy import (
    OWN_STAFF,
    Asked,
    Channel,
    Cover,
    Kind,
    Mode,
    Status,
    Voice,
    Weight,
    cover_of,
    has_lapsed,
    may_offer,
    may_rest,
    misses,
    status_of,
    weight_of,
)
from school.calendar import Calendar, school_year_end
from tests import rules_page

DAY = date(2026, 9, 17)
UNTIL = date(2027, 7, 16)
CALL = Asked(
    title="Reading on Tuesdays",
    purpose="Reading",
    kind="meetings.purpose:3",
    starts_at=datetime(2026, 9, 17, 13, tzinfo=UTC),
    ends_at=datetime(2026, 9, 17, 14, tzinfo=UTC),
    staff=("Helen", "Colin"),
    is_recorded=False,
)
COVER = Cover(
    kind="meetings.purpose:3",
    kind_name="Reading",
    adults=OWN_STAFF,
    platform="Microsoft Teams",
    is_recorded=False,
    until=UNTIL,
)


def test_b20_yes_for_the_year_covers_the_call_it_was_given_with() -> None:
    assert cover_of(CALL, on=DAY, until=UNTIL) == COVER
    assert misses(COVER, CALL, on=DAY) == []


def test_p2_two_adults_of_one_name_are_two_adults() -> None:
    call = replace(CALL, staff=("John", "John"), staff_ids=("1", "2"))
    assert cover_of(call, on=DAY, until=UNTIL) == COVER
    assert misses(COVER, call, on=DAY) == []


def test_p2_reserve_is_no_second_adult() -> None:
    call = replace(CALL, staff=("Helen",), staff_ids=("1",), reserves=("R",), reserve_ids=("9",))
    assert cover_of(call, on=DAY, until=UNTIL) is None
    assert misses(COVER, call, on=DAY) == ["safeguard"]


OFFERED = [
    ("no kind of call", replace(CALL, kind=""), UNTIL),
    ("no name for the kind", replace(CALL, purpose=""), UNTIL),
    ("no platform", replace(CALL, platform=""), UNTIL),
    ("nobody knows who the adults are", replace(CALL, adults=""), UNTIL),
    ("no terms entered", CALL, None),
    ("after the year", CALL, DAY - timedelta(days=1)),
    ("one adult and no recording", replace(CALL, staff=("Helen",)), UNTIL),
    ("one adult named twice", replace(CALL, staff=("Helen", "Helen")), UNTIL),
]


@pytest.mark.parametrize(("name", "asked", "until"), OFFERED, ids=[row[0] for row in OFFERED])
def test_b20_what_is_unclear_is_not_offered(name: str, asked: Asked, until: date | None) -> None:
    assert cover_of(asked, on=DAY, until=until) is None


LATER = [
    ("the same", CALL, DAY, []),
    ("another title", replace(CALL, title="Reading again"), DAY, []),
    ("other colleagues of the school", replace(CALL, staff=("Rita", "Ed")), DAY, []),
    ("three adults", replace(CALL, staff=("Rita", "Ed", "Helen")), DAY, []),
    ("other rules of conduct", replace(CALL, conduct=("Be kind.",)), DAY, []),
    ("the last day of the year", CALL, UNTIL, []),
    ("the day after the year", CALL, UNTIL + timedelta(days=1), ["year"]),
    ("another kind", replace(CALL, kind="meetings.purpose:4"), DAY, ["kind"]),
    ("no kind", replace(CALL, kind=""), DAY, ["kind"]),
    ("a kind with a new name", replace(CALL, purpose="Counselling"), DAY, ["purpose"]),
    ("another platform", replace(CALL, platform="Another"), DAY, ["platform"]),
    ("another kind of adult", replace(CALL, adults="A visiting author"), DAY, ["adults"]),
    ("now recorded", replace(CALL, is_recorded=True), DAY, ["recording"]),
    ("one adult alone", replace(CALL, staff=("Helen",)), DAY, ["safeguard"]),
    (
        "one adult, recorded",
        replace(CALL, staff=("Helen",), is_recorded=True),
        DAY,
        ["recording"],
    ),
]


@pytest.mark.parametrize(("name", "asked", "on", "missing"), LATER, ids=[row[0] for row in LATER])
def test_p5_b20_yes_for_the_year_answers_only_where_nothing_that_matters_differs(
    name: str, asked: Asked, on: date, missing: list[str]
) -> None:
    assert misses(COVER, asked, on=on) == missing


def test_b20_recording_that_was_agreed_to_and_does_not_happen_is_asked_about() -> None:
    recorded = replace(COVER, is_recorded=True)
    assert misses(recorded, CALL, on=DAY) == ["recording"]
    assert misses(recorded, replace(CALL, is_recorded=True, staff=("Helen",)), on=DAY) == []


CLEAR: dict[str, Any] = {"is_reachable": True, "is_doubted": False, "has_answered": False}
RESTS = [
    ("clear", {}, CALL, True),
    ("not covered", {}, replace(CALL, is_recorded=True), False),
    ("cannot be told", {"is_reachable": False}, CALL, False),
    ("a link of theirs went astray", {"is_doubted": True}, CALL, False),
    ("has said something to this call", {"has_answered": True}, CALL, False),
]


@pytest.mark.parametrize(("name", "facts", "asked", "rests"), RESTS, ids=[row[0] for row in RESTS])
def test_p5_question_rests_on_it_only_where_nothing_is_in_doubt(
    name: str, facts: dict[str, Any], asked: Asked, rests: bool
) -> None:
    assert may_rest(COVER, asked, on=DAY, **(CLEAR | facts)) is rests


LAPSES = [
    ("stands", {}, CALL, False),
    ("ended before the call", {"ended_at": CALL.starts_at - timedelta(days=1)}, CALL, True),
    (
        "ended a second before the end",
        {"ended_at": CALL.ends_at - timedelta(seconds=1)},
        CALL,
        True,
    ),
    ("ended with the end", {"ended_at": CALL.ends_at}, CALL, False),
    ("ended long after", {"ended_at": CALL.ends_at + timedelta(days=9)}, CALL, False),
    ("the letter came back", {"has_failed": True}, CALL, True),
    ("the plan is another now", {}, replace(CALL, is_recorded=True), True),
]


@pytest.mark.parametrize(
    ("name", "facts", "asked", "lapses"), LAPSES, ids=[row[0] for row in LAPSES]
)
def test_b20_answer_loses_the_yes_it_rests_on(
    name: str, facts: dict[str, Any], asked: Asked, lapses: bool
) -> None:
    said: dict[str, Any] = {"ended_at": None, "has_failed": False} | facts
    assert has_lapsed(COVER, asked, on=DAY, **said) is lapses


OFFERS = [
    (True, True, None, False, True),
    (False, True, None, False, False),
    (True, False, None, False, False),
    (True, True, True, True, True),
    (True, True, False, True, False),
    (True, True, None, True, False),
]


@pytest.mark.parametrize(
    ("says_yes", "by_link", "may_be_recorded", "is_recorded", "offers"), OFFERS
)
def test_b20_offered_after_a_clear_yes_by_ones_own_link(
    says_yes: bool, by_link: bool, may_be_recorded: bool | None, is_recorded: bool, offers: bool
) -> None:
    assert (
        may_offer(
            says_yes=says_yes,
            by_link=by_link,
            may_be_recorded=may_be_recorded,
            is_recorded=is_recorded,
        )
        is offers
    )


def weigh(**facts: Any) -> Weight:
    said: dict[str, Any] = {
        "is_by_someone_else": False,
        "was_disowned": False,
        "is_accepted": None,
    }
    return weight_of(Kind.YES, Channel.STANDING, **(said | facts))


def test_b20_weight_of_an_answer_that_rests_on_a_yes_for_the_year() -> None:
    assert weigh() is Weight.STANDS
    assert weigh(has_lapsed=True) is Weight.NOTHING
    assert weigh(was_disowned=True) is Weight.WAITS
    assert weigh(was_disowned=True, is_accepted=True, has_lapsed=True) is Weight.NOTHING


def mum(**facts: Any) -> Voice:
    return Voice(who="Mother", guardian_id=1, **facts)


def dad(**facts: Any) -> Voice:
    return Voice(who="Father", guardian_id=2, **facts)


YEAR = mum(kind=Kind.YES, is_for_year=True)
ENDED = mum(has_year_ended=True)
WORDS = [
    ([YEAR], Mode.ANY, Status.GIVEN, "Mother said yes for this school year."),
    (
        [YEAR, dad()],
        Mode.ALL,
        Status.WAITING,
        "Mother said yes for this school year, and this pupil needs everybody's yes. "
        "No answer yet from Father.",
    ),
    (
        [YEAR, dad(kind=Kind.NO)],
        Mode.ANY,
        Status.CONFLICT,
        "Mother said yes for this school year, Father said no: counts as no.",
    ),
    (
        [ENDED],
        Mode.ANY,
        Status.VOID,
        "The yes of Mother for this school year holds no more: ask about this call.",
    ),
    ([ENDED, dad(kind=Kind.YES)], Mode.ANY, Status.GIVEN, "Father said yes."),
    (
        [mum(kind=Kind.WITHDRAWN, has_year_ended=True)],
        Mode.ANY,
        Status.WITHDRAWN,
        "Mother withdrew their yes.",
    ),
]


@pytest.mark.parametrize(("voices", "mode", "status", "words"), WORDS)
def test_b20_status_says_that_a_yes_is_for_the_school_year(
    voices: list[Voice], mode: Mode, status: Status, words: str
) -> None:
    assert status_of(voices, mode=mode) == (status, words)


AUTUMN = (date(2026, 9, 1), date(2026, 12, 18))
SPRING = (date(2027, 1, 4), date(2027, 3, 25))
SUMMER = (date(2027, 4, 12), date(2027, 7, 16))
NEXT = (date(2027, 9, 2), date(2027, 12, 17))
YEARS = [
    ("no terms", (), date(2026, 9, 15), None),
    ("in term", (AUTUMN, SPRING, SUMMER, NEXT), date(2026, 9, 15), date(2027, 7, 16)),
    ("at Christmas", (AUTUMN, SPRING, SUMMER, NEXT), date(2026, 12, 24), date(2027, 7, 16)),
    ("first day", (AUTUMN, SPRING, SUMMER), date(2026, 9, 1), date(2027, 7, 16)),
    ("day before", (AUTUMN, SPRING, SUMMER), date(2026, 8, 31), None),
    ("last day", (AUTUMN, SPRING, SUMMER, NEXT), date(2027, 7, 16), date(2027, 7, 16)),
    ("in summer", (AUTUMN, SPRING, SUMMER, NEXT), date(2027, 8, 1), None),
    ("next year", (AUTUMN, SPRING, SUMMER, NEXT), date(2027, 10, 1), date(2027, 12, 17)),
    ("in any order", (NEXT, SUMMER, AUTUMN, SPRING), date(2026, 10, 1), date(2027, 7, 16)),
    ("one term entered", (AUTUMN,), date(2026, 9, 15), date(2026, 12, 18)),
    ("after what is entered", (AUTUMN,), date(2027, 1, 15), None),
]


@pytest.mark.parametrize(("name", "terms", "day", "last"), YEARS, ids=[row[0] for row in YEARS])
def test_school_year_ends_with_its_last_term_and_is_not_guessed(
    name: str, terms: tuple[tuple[date, date], ...], day: date, last: date | None
) -> None:
    calendar = Calendar(
        opens_at=time(8, 30),
        closes_at=time(16),
        zone=ZoneInfo("Europe/London"),
        nation="ENG",
        terms=terms,
    )
    assert school_year_end(calendar, day) == last


def test_rules_page_tells_what_the_yes_answers() -> None:
    told = {label: rules_page.covered(cover, asked) for label, cover, asked in rules_page.LATER}
    assert told["another day and hour of the year"] == "yes"
    assert set(told.values()) == {"yes", "no, the family is asked"}
