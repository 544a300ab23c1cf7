"""What an interval, a key and a plan may never be."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from meetings.attendance import Expected, ExpectedPupil, Interval, Plan, ReportRefusal
from meetings.attendance.refusals import SENTENCES
from meetings.attendance.reports import key_of

START = datetime(2026, 9, 15, 13, tzinfo=UTC)
END = START + timedelta(minutes=30)
HELEN = Expected(key="staff-1", name="Helen Host")


def plan(**changes: object) -> Plan:
    facts: dict[str, object] = {
        "booked": Interval(START, END),
        "opened": START,
        "ended": END,
        "staff": (HELEN,),
        "pupils": (),
        "recording_promised": False,
        "recording_made": None,
    }
    return Plan(**(facts | changes))


def test_interval_is_as_long_as_it_says_and_may_be_empty():
    assert Interval(START, END).seconds == 1800
    assert Interval(START, START).seconds == 0


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (END, START),
        (START.replace(tzinfo=None), END),
        (START, END.astimezone(timezone(timedelta(hours=1)))),
        (START.replace(microsecond=1), END),
    ],
    ids=["backwards", "naive", "not UTC", "finer than a second"],
)
def test_interval_is_refused(start, end):
    with pytest.raises(ValueError, match="An interval"):
        Interval(start, end)


def test_pupil_who_is_only_named_has_neither_consent_nor_been_let_in():
    pupil = ExpectedPupil(key="pupil-1", name="Poppy Pupil")
    assert (pupil.has_consent, pupil.was_let_in) == (False, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"pupils": (ExpectedPupil(key="staff-1", name="Poppy Pupil"),)},
        {"pupils": (ExpectedPupil(key="in-1", name="Poppy Pupil"),)},
        {"confirmed": {"in-1": "staff-2"}},
    ],
    ids=["two of one key", "the key of an attendee", "confirmed as nobody"],
)
def test_plan_is_refused(changes):
    with pytest.raises(ValueError, match="expected"):
        plan(**changes)


def test_key_is_the_account_before_the_address_before_the_name():
    known = key_of(user_id="a", email="b", name="c", first=START)
    assert known == key_of(user_id="a", email="", name="x")
    address = key_of(user_id="", email="b", name="c", first=START)
    assert address == key_of(user_id="", email="b", name="x")
    named = key_of(user_id="", email="", name="c", first=START)
    assert named != key_of(user_id="", email="", name="c", first=END)
    assert len({known, address, named}) == 3


def test_every_reason_has_a_sentence():
    assert set(SENTENCES) == set(ReportRefusal)
