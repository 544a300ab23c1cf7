"""The rules of a call that runs, as tables: late presses, one pupil, the prompt, cover, the end."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from meetings import policy
from meetings.policy import EntryKind, Facts, IncidentKind, Mend, Presence, SeatRole, Turnout
from schoolsafe.lib.rules import NotAllowed
from tests.meetings.test_policy import (
    AMY,
    BEN,
    CAT,
    CO_HOST,
    DURING,
    ENDS,
    HOST,
    OPEN,
    SECOND,
    STARTS,
    admitted,
    call,
    place,
    seat,
)

WAIT = timedelta(minutes=10)
AT_DOOR = replace(AMY, presence=Presence.AT_DOOR)
ON_CALL = admitted(AMY)
GONE = replace(CO_HOST, has_dropped_out=True)
HOST_GONE = replace(HOST, has_dropped_out=True)
RESERVE = seat(3, name="Rita Reserve", checks=frozenset())


def refused(words: str) -> AbstractContextManager[Any]:
    return pytest.raises(NotAllowed, match=words) if words else nullcontext()


# --- Presses that come late -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("ago", "opened_at", "expected"),
    [
        (timedelta(0), STARTS, DURING),
        (timedelta(minutes=3), STARTS, DURING - timedelta(minutes=3)),
        # Nothing was pressed before the door opened, nor in the future.
        (timedelta(hours=3), STARTS, STARTS),
        (timedelta(minutes=-3), STARTS, DURING),
        (timedelta(minutes=3), None, DURING),
    ],
)
def test_press_that_waited_was_made_while_the_door_was_open(
    ago: timedelta, opened_at: datetime | None, expected: datetime
) -> None:
    assert policy.pressed_at(DURING, ago=ago, opened_at=opened_at) == expected


TURNED_ROUND = "Something newer was noted"


@pytest.mark.parametrize(
    ("kind", "newest", "why"),
    [
        (EntryKind.ADMITTED, None, ""),
        (EntryKind.ADMITTED, DURING - SECOND, ""),
        (EntryKind.ADMITTED, DURING, ""),
        (EntryKind.ADMITTED, DURING + SECOND, TURNED_ROUND),
        (EntryKind.LEFT, DURING + SECOND, TURNED_ROUND),
        (EntryKind.UNMUTED, DURING + SECOND, TURNED_ROUND),
        (EntryKind.PRESENTING, DURING + SECOND, TURNED_ROUND),
        (EntryKind.RETURNED, DURING + SECOND, TURNED_ROUND),
        (EntryKind.DROPPED_OUT, DURING + SECOND, TURNED_ROUND),
        # What protects a child is taken however late it comes.
        (EntryKind.REMOVED, DURING + SECOND, ""),
        (EntryKind.UNKNOWN_NAME, DURING + SECOND, ""),
    ],
)
def test_p10_press_that_was_overtaken_is_refused_and_a_removal_never(
    kind: EntryKind, newest: datetime | None, why: str
) -> None:
    with refused(why):
        policy.check_overtaken(kind, pressed_at=DURING, newest=newest)


# --- Only one pupil -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("facts", "now", "expected"),
    [
        ({"places": (AT_DOOR, BEN)}, STARTS - SECOND, Turnout.AS_PLANNED),
        ({"places": (AT_DOOR, BEN)}, STARTS, Turnout.ONE_SO_FAR),
        ({"places": (ON_CALL, BEN)}, STARTS + WAIT - SECOND, Turnout.ONE_SO_FAR),
        ({"places": (ON_CALL, BEN)}, STARTS + WAIT, Turnout.ONE_ONLY),
        ({"places": (AMY, BEN)}, STARTS + WAIT, Turnout.AS_PLANNED),
        ({"places": (AT_DOOR, admitted(BEN))}, STARTS + WAIT, Turnout.AS_PLANNED),
        # Whoever has left, or was sent out, has come.
        ({"places": (ON_CALL, replace(BEN, presence=Presence.LEFT))}, STARTS, Turnout.AS_PLANNED),
        # Planned for one pupil, with two adults.
        ({"places": (ON_CALL,)}, STARTS + WAIT, Turnout.AS_PLANNED),
        ({"places": (ON_CALL, place(2, has_consent=False))}, STARTS, Turnout.AS_PLANNED),
    ],
)
def test_e56_one_pupil_of_several_is_told_from_a_call_planned_for_one(
    facts: dict[str, Any], now: datetime, expected: Turnout
) -> None:
    assert policy.turnout(call(**OPEN, **facts), now, wait=WAIT) is expected
    assert policy.turnout(call(**facts), now, wait=WAIT) is Turnout.AS_PLANNED


@pytest.mark.parametrize(
    ("facts", "now", "why"),
    [
        ({"places": (ON_CALL, BEN)}, STARTS, ""),
        ({"places": (AT_DOOR, BEN), "seats": (HOST,)}, STARTS, "needs a second adult"),
        ({"places": (AT_DOOR, BEN), "seats": (HOST, GONE)}, STARTS, "needs a second adult"),
        ({"places": (ON_CALL, BEN)}, STARTS + WAIT, "time to wait is over"),
        ({"places": (ON_CALL, admitted(BEN))}, STARTS, "More than one pupil"),
    ],
)
def test_e56_waiting_with_one_pupil_takes_two_adults_and_ends(
    facts: dict[str, Any], now: datetime, why: str
) -> None:
    with refused(why):
        policy.check_waiting(call(**OPEN, **facts), now, wait=WAIT)


def test_e56_only_one_came_is_written_down_only_where_it_is_so() -> None:
    one, both = call(**OPEN, places=(ON_CALL, BEN)), call(**OPEN, places=(ON_CALL, admitted(BEN)))
    policy.check_one_came(one, STARTS, wait=WAIT)
    with refused("More than one pupil"):
        policy.check_one_came(both, STARTS, wait=WAIT)


# --- What the line says and which press mends it --------------------------------------------------
END_OR = "Nobody is left in reserve"


@pytest.mark.parametrize(
    ("facts", "words", "press", "staff_id", "mend"),
    [
        (
            {"seats": (HOST, GONE, RESERVE), "places": (ON_CALL, BEN), "is_recorded": True},
            "The co-host Adult 2 has left, and Pupil 1 is on the call with Adult 1 alone.",
            Mend.CALL_RESERVE, 3, "Bring in Rita Reserve, who is in reserve, or end the call",
        ),
        (
            {"seats": (HOST, GONE), "places": (ON_CALL, BEN), "is_recorded": True},
            "The co-host Adult 2 has left, and Pupil 1 is on the call with Adult 1 alone.",
            Mend.END, None, END_OR,
        ),
        (
            {"seats": (HOST_GONE, GONE, RESERVE), "places": (ON_CALL, admitted(BEN))},
            "The host Adult 1 and the co-host Adult 2 have left, and Pupil 1 and Pupil 2 are on the "
            "call with no adult.",
            Mend.CALL_RESERVE, 3, "Bring in Rita Reserve",
        ),
        # Four names would fill a phone.
        (
            {"seats": (HOST, GONE), "places": tuple(admitted(place(n)) for n in range(1, 5))},
            "The co-host Adult 2 has left, and 4 pupils are on the call with Adult 1 alone.",
            Mend.END, None, END_OR,
        ),
        # Called in already, and still to confirm.
        (
            {"seats": (HOST, GONE, replace(RESERVE, is_called=True)), "places": (ON_CALL, BEN),
             "is_recorded": True},
            "The co-host Adult 2 has left, and Pupil 1 is on the call with Adult 1 alone.",
            Mend.END, None, "Rita Reserve was called in and has the checklist to confirm.",
        ),
        # Nobody has left: the rule's own words.
        (
            {"seats": (HOST,), "places": (ON_CALL, BEN, CAT), "is_recorded": True},
            "Only Pupil 1 is on the call with one adult.", Mend.END, None, END_OR,
        ),
        (
            {"seats": (HOST, replace(CO_HOST, barred_from=frozenset({1}))),
             "places": (ON_CALL, admitted(BEN))},
            "Adult 2 cannot be on this call", Mend.MARK_GONE, 2, "Mark them as not there",
        ),
        (
            {"places": (place(1, has_consent=False), place(2, has_consent=False))},
            "No family has consented", Mend.END, None, "Wait for the families",
        ),
    ],
)  # fmt: skip
def test_e57_e58_line_names_who_left_and_the_press_that_mends_it(
    facts: dict[str, Any], words: str, press: Mend, staff_id: int | None, mend: str
) -> None:
    running = call(**OPEN, **facts)
    said = policy.prompt(running, policy.assess(running, DURING).blocking[0])
    assert said.words.startswith(words)
    assert said.mend.startswith(mend)
    assert (said.press, said.staff.staff_id if said.staff else None) == (press, staff_id)


@pytest.mark.parametrize(
    "unfit",
    [
        {"is_called": True},
        {"has_dropped_out": True},
        {"is_eligible": False},
        {"is_away": True},
        {"barred_from": frozenset({1})},
        {"role": SeatRole.CO_HOST},
    ],
)
def test_reserve_who_cannot_come_is_not_offered(unfit: dict[str, Any]) -> None:
    facts = call(**OPEN, seats=(HOST, GONE), places=(ON_CALL,))
    assert policy.is_callable(facts, RESERVE)
    assert not policy.is_callable(facts, replace(RESERVE, **unfit))


# --- Cover ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("candidate", "why"),
    [
        (seat(9), ""),
        (seat(9, is_eligible=False), "not eligible"),
        (seat(9, is_away=True), "away"),
        (seat(9, barred_from=frozenset({AMY.pupil_id})), "cannot be on this call"),
        (seat(9, barred_from=frozenset({99})), ""),
        (HOST, "already"),
    ],
)
def test_e75_cover_is_eligible_there_and_barred_from_nobody(candidate: Any, why: str) -> None:
    with refused(why):
        policy.check_cover(call(), candidate)


# --- Nobody left, and after the end ---------------------------------------------------------------
@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"places": (ON_CALL, BEN)}, ()),
        ({"seats": (HOST, GONE), "places": (ON_CALL, BEN)}, (IncidentKind.ALONE_ON_CALL,)),
        ({"seats": (HOST_GONE, GONE), "places": (ON_CALL, BEN)}, (IncidentKind.UNATTENDED,)),
        ({"seats": (HOST_GONE, GONE), "places": (AT_DOOR, BEN)}, ()),
    ],
)
def test_e58_pupils_without_an_adult_reach_the_team(
    facts: dict[str, Any], expected: tuple[IncidentKind, ...]
) -> None:
    assert policy.incidents_now(call(**OPEN, **facts)) == expected
    assert policy.incidents_now(call(**facts)) == ()
    running: Facts = call(**OPEN, **facts)
    is_held = policy.assess(running, DURING).blocks
    for is_reported in (True, False):
        turned = policy.has_turned(running, DURING, is_held=is_held, is_reported=is_reported)
        assert turned is (bool(expected) and not is_reported)


@pytest.mark.parametrize(
    ("ended_at", "now", "why"),
    [
        (None, ENDS, "five minutes"),
        (ENDS, ENDS + timedelta(minutes=5) - SECOND, "five minutes"),
        (ENDS, ENDS + timedelta(minutes=5), ""),
    ],
)
def test_e65_look_counts_from_five_minutes_after_the_end(
    ended_at: datetime | None, now: datetime, why: str
) -> None:
    with refused(why):
        policy.check_look(ended_at, now)


# --- Recordings -----------------------------------------------------------------------------------
TODAY = date(2026, 9, 17)


@pytest.mark.parametrize(
    ("was_recorded", "destroy_by", "why"),
    [
        (False, None, ""),
        (True, TODAY, ""),
        (True, None, "by which day"),
        (True, TODAY - timedelta(days=1), "in the past"),
    ],
)
def test_p2_recording_has_a_day_by_which_it_is_destroyed(
    was_recorded: bool, destroy_by: date | None, why: str
) -> None:
    with refused(why):
        policy.check_destroy_by(was_recorded=was_recorded, destroy_by=destroy_by, today=TODAY)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, ""),
        ({"was_recorded": False}, "not recorded"),
        ({"is_destroyed": True}, "already"),
        ({"open_incidents": [IncidentKind.HUNG_UP]}, "keep the recording"),
    ],
)
def test_recording_is_kept_while_the_team_looks_into_the_call(
    facts: dict[str, Any], why: str
) -> None:
    standing: dict[str, Any] = {"was_recorded": True, "is_destroyed": False, "open_incidents": []}
    with refused(why):
        policy.check_destruction(**standing | facts)


@pytest.mark.parametrize(
    ("late", "escalates"),
    [(timedelta(0), False), (timedelta(days=7) - SECOND, False), (timedelta(days=7), True)],
)
def test_recording_that_is_kept_too_long_reaches_the_team_in_a_week(
    late: timedelta, escalates: bool
) -> None:
    rung = policy.recording_rung(due_at=ENDS, now=ENDS + late)
    assert (rung.escalates, rung.next_due) == (escalates, ENDS + late + timedelta(days=7))


def test_e63_every_adult_confirms_that_there_are_no_breakout_rooms() -> None:
    said = policy.CheckItem.ONE_ROOM
    assert said in policy.checks_needed(call())
    without = replace(HOST, checks=HOST.checks - {said})
    found = policy.assess_opening(call(seats=(without, CO_HOST)), STARTS).blocking
    assert [finding.code for finding in found] == ["checks_missing"]
