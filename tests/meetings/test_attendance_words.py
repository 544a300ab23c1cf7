"""How findings of an attendance report are said."""

from datetime import UTC, datetime

import pytest

from meetings import policy
from meetings.attendance import Finding, FindingKind, Interval, NotChecked, Plan, Side
from meetings.pages.attendance.page import _words
from meetings.pages.attendance.words import NOT_CHECKED, SHORT, WORDS, joined, lasting

START = datetime(2026, 9, 17, 13, 0, tzinfo=UTC)
NAMES = {"h": "Helen", "c": "Colin", "a": "Amy", "b": "Ben", "x": "“iPad”", "y": "“Mum”"}
SIDES = dict.fromkeys("hc", Side.ADULT) | dict.fromkeys("ab", Side.PUPIL)
SIDES |= dict.fromkeys("xy", Side.UNKNOWN)


def plan(**facts: bool | None) -> Plan:
    """A call, of which only the recording matters here."""
    given = {"recording_promised": False, "recording_made": None} | facts
    return Plan(
        booked=Interval(START, START), opened=None, ended=None, staff=(), pupils=(), **given
    )


def test_everything_that_can_be_found_has_its_words() -> None:
    assert set(WORDS) == set(FindingKind)
    assert set(SHORT) >= set(policy.RAISES)
    assert set(NOT_CHECKED) == set(NotChecked)


@pytest.mark.parametrize(
    ("kind", "who", "said"),
    [
        (FindingKind.ONE_TO_ONE, "ha", "Helen was alone with Amy."),
        (FindingKind.ONE_TO_ONE, "hx", "Helen was alone with “iPad”."),
        (FindingKind.ONE_TO_ONE, "xa", "“iPad” was alone with Amy."),
        (FindingKind.ONE_TO_ONE, "xy", "“Mum” was alone with “iPad”."),
        (FindingKind.ONE_TO_ONE, "hax", "Helen was alone with Amy, unless “iPad” was another person."),
        (FindingKind.NO_STAFF, "a", "Amy was on the call with no member of staff."),
        (FindingKind.NO_STAFF, "abx", "Amy, Ben and “iPad” were on the call with no member of staff."),
        (FindingKind.WITHOUT_CONSENT, "b", "Ben was on the call without consent."),
        (FindingKind.CAME_BACK, "b", "Ben came back after the call had been ended."),
    ],
)  # fmt: skip
def test_finding_is_said_of_whom_it_is(kind: FindingKind, who: str, said: str) -> None:
    found = Finding(kind=kind, start=START, end=START, seconds=9, certain_seconds=9, who=tuple(who))
    assert _words(found, NAMES, SIDES, plan()) == said


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "There was only one adult, and nobody says that it was recorded."),
        (
            {"recording_made": False},
            "There was only one adult, and the closing form says that it was not recorded.",
        ),
        (
            {"recording_promised": True},
            "It was to be recorded, and nobody says that it was recorded.",
        ),
    ],
)
def test_e62_no_recording_is_said_as_the_closing_form_says_it(
    facts: dict[str, bool], said: str
) -> None:
    found = Finding(
        kind=FindingKind.NOT_RECORDED,
        start=START,
        end=START,
        seconds=90,
        certain_seconds=90,
        who=tuple("hab"),
    )
    assert _words(found, NAMES, SIDES, plan(**facts)) == said


@pytest.mark.parametrize(
    ("seconds", "certain", "said"),
    [
        (278, 278, "4 minutes 38 seconds"),
        (278, 60, "at least 1 minute, at worst 4 minutes 38 seconds"),
        (278, 0, "at worst 4 minutes 38 seconds"),
    ],
)
def test_length_says_what_of_it_is_certain(seconds: int, certain: int, said: str) -> None:
    assert lasting(seconds, certain) == said


def test_many_names_are_not_all_said() -> None:
    assert joined(list("abcdefg")) == "a, b, c, d, e, f and g"
    assert joined(list("abcdefghi")) == "a, b, c, d, e, f and 3 others"
