"""What Teams says of a meeting, held against the policy: a table of readings that break a rule or do not."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from meetings import policy
from meetings.policy import Facts, Status, TeamsFacts
from tests.meetings.test_policy import BEFORE, DURING, ENDS, HOST, SECOND, STARTS, call, seat

CO_HOST_ID, RESERVE_ID = "c" * 8, "d" * 8
CO_HOST = seat(2, entra_id=CO_HOST_ID)
GOOD = TeamsFacts(
    read_at=BEFORE,
    is_known=True,
    lobby="organizer",
    dial_in_bypasses=False,
    presenters="roleIsPresenter",
    admitters="organizerAndCoOrganizers",
    chat="disabled",
    records_itself=False,
    has_breakout_rooms=False,
    kind="scheduled",
    co_organisers=frozenset({CO_HOST_ID}),
    is_in_calendar=True,
    is_same_link=True,
    event_starts_at=STARTS,
    event_ends_at=ENDS,
)


def teams(read: dict[str, Any], **facts: Any) -> Facts:
    """A call with two adults whose Teams meeting is as it should be but for this."""
    return call(**({"seats": (HOST, CO_HOST), "teams": replace(GOOD, **read)} | facts))


def found(facts: Facts, now: datetime = BEFORE) -> list[str]:
    return [finding.code for finding in policy.drift(facts, now)]


RECORDED = {"is_recorded": True}
RESERVE = {"seats": (HOST, CO_HOST, seat(3, entra_id=RESERVE_ID))}
# code, clause, what is read that breaks it, what is read that only just does not, other facts
ROWS: list[tuple[str, str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("teams_lobby_open", "P8", {"lobby": "organization"}, {}, {}),
    ("teams_lobby_open", "P8", {"lobby": "organizationAndFederated"}, {}, {}),
    ("teams_lobby_open", "P8", {"lobby": "organizationExcludingGuests"}, {}, {}),
    ("teams_lobby_open", "P8", {"lobby": "invited"}, {}, {}),
    ("teams_lobby_open", "P8", {"lobby": "everyone"}, {}, {}),
    ("teams_dial_in", "P8", {"dial_in_bypasses": True}, {"dial_in_bypasses": None}, {}),
    ("teams_presenters", "P11", {"presenters": "everyone"}, {"presenters": "organizer"}, {}),
    ("teams_presenters", "P11", {"presenters": "organization"}, {}, {}),
    ("teams_meet_now", "P8", {"kind": "meetnow"}, {"kind": "recurring"}, {}),
    ("teams_ad_hoc", "P8", {"kind": "adhoc"}, {"kind": "scheduled"}, {}),
    ("teams_ad_hoc", "P8", {"kind": "broadcast"}, {"kind": "meetnow"}, {}),
    ("teams_records", "P5", {"records_itself": True}, {"records_itself": None}, {}),
    ("teams_not_recording", "P2", {"records_itself": False}, {"records_itself": True}, RECORDED),
    ("teams_event_gone", "P8", {"is_in_calendar": False}, {"is_in_calendar": None}, {}),
    (
        "teams_event_moved",
        "P8",
        {"event_starts_at": STARTS + SECOND},
        {"event_starts_at": None},
        {},
    ),
    ("teams_event_moved", "P8", {"event_ends_at": ENDS - SECOND}, {"event_ends_at": None}, {}),
    ("teams_link_differs", "P4", {"is_same_link": False}, {"is_same_link": None}, {}),
    ("teams_unknown", "P4", {"is_known": False}, {"is_known": None}, {}),
    ("teams_admitters", "P10", {"admitters": "organizerAndCoOrganizersAndPresenters"}, {}, {}),
    ("teams_co_organiser", "P10", {"co_organisers": frozenset()}, {"co_organisers": None}, {}),
    (
        "teams_co_organiser",
        "P10",
        {},
        {"co_organisers": frozenset({CO_HOST_ID, RESERVE_ID})},
        RESERVE,
    ),
    ("teams_breakout", "P1", {"has_breakout_rooms": True}, {"has_breakout_rooms": None}, {}),
    ("teams_chat", "P11", {"chat": "enabled"}, {"chat": "limited"}, {}),
    ("teams_unread", "P8", {"read_at": None}, {}, {}),
    ("teams_stale", "P8", {"read_at": STARTS - timedelta(hours=2)}, {"read_at": DURING}, {}),
]
WHEN = {"teams_stale": DURING}
BLOCKS = {
    "teams_lobby_open",
    "teams_dial_in",
    "teams_presenters",
    "teams_meet_now",
    "teams_records",
}


@pytest.mark.parametrize(("code", "clause", "breaks", "keeps", "facts"), ROWS)
def test_drift_is_found_where_it_is_and_nowhere_else(
    code: str, clause: str, breaks: dict[str, Any], keeps: dict[str, Any], facts: dict[str, Any]
) -> None:
    now = WHEN.get(code, BEFORE)
    [finding] = [one for one in policy.drift(teams(breaks, **facts), now) if one.code == code]
    assert (finding.clause, finding.blocks) == (clause, code in BLOCKS)
    assert finding.words.endswith(".")
    assert finding.mend_with == "teams"
    assert code not in found(teams(keeps, **facts), now)


def test_every_rule_of_drift_stands_in_the_table() -> None:
    assert {row[0] for row in ROWS} | {"teams_unclear"} == {x.code for x in policy.DRIFT_RULES}


def test_meeting_as_the_policy_asks_has_not_drifted() -> None:
    assert found(teams({})) == []


def test_where_microsoft_is_not_asked_nothing_is_said() -> None:
    assert found(call(teams=None)) == []


UNKNOWN: dict[str, Any] = {
    "lobby": "unknownFutureValue",
    "dial_in_bypasses": None,
    "presenters": "",
    "admitters": "somebody",
    "chat": "loud",
    "records_itself": None,
    "has_breakout_rooms": None,
    "kind": "",
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_word_that_nobody_knows_advises_and_is_never_passed_over(name: str) -> None:
    assert found(teams({name: UNKNOWN[name]})) == ["teams_unclear"]
    assert not policy.assess(teams({name: UNKNOWN[name]}), BEFORE).blocks


def test_e63_breakout_rooms_are_advised_against() -> None:
    [finding] = policy.drift(teams({"has_breakout_rooms": True}), BEFORE)
    assert (finding.code, finding.clause) == ("teams_breakout", "P1")


def test_e70_meet_now_by_what_teams_says_is_no_call_with_pupils() -> None:
    assert policy.assess(teams({"kind": "meetnow"}), BEFORE).sentence == (
        "Teams says that this is a 'meet now', not a scheduled meeting."
    )


OPEN = {"status": Status.OPEN}
HOUR = STARTS - timedelta(hours=1)


@pytest.mark.parametrize(
    ("facts", "read_at", "now", "is_old"),
    [
        ({}, HOUR - SECOND, HOUR, False),
        ({}, HOUR - SECOND, HOUR + timedelta(minutes=10) - SECOND, False),
        ({}, HOUR - SECOND, HOUR + timedelta(minutes=10), True),
        ({}, HOUR, HOUR + timedelta(minutes=30), False),
        ({"status": Status.ASKED}, HOUR - SECOND, STARTS - SECOND, False),
        (OPEN, DURING, DURING + timedelta(minutes=15), False),
        (OPEN, DURING, DURING + timedelta(minutes=15) + SECOND, True),
    ],
)
def test_old_reading_is_said_and_stops_nothing(
    facts: dict[str, Any], read_at: datetime, now: datetime, is_old: bool
) -> None:
    old = teams({"read_at": read_at, "fault": "Microsoft is busy."}, **facts)
    assert ("teams_stale" in found(old, now)) is is_old
    assert not policy.assess(old, now).blocks


def test_bad_reading_goes_on_blocking_however_old_it_is() -> None:
    old = teams({"read_at": BEFORE, "lobby": "everyone"})
    assert policy.assess(old, DURING).blocking[0].code == "teams_lobby_open"


def test_fault_is_said_where_nothing_was_ever_read() -> None:
    [finding] = policy.drift(call(teams=TeamsFacts(fault="Microsoft is busy.")), BEFORE)
    assert finding.words.endswith("could not be read. Microsoft is busy.")


def test_plan_is_judged_without_what_teams_says_and_everything_else_with_it() -> None:
    drifted = teams({"lobby": "everyone"})
    assert not policy.assess_plan(drifted, BEFORE).blocks
    assert policy.assess_sharing(drifted, BEFORE).blocks
    assert policy.assess_opening(drifted, DURING).blocks
    opened = replace(drifted, status=Status.OPEN)
    assert policy.door(opened, 1, DURING).door is policy.Door.ON_HOLD


QUARTER = STARTS - timedelta(minutes=15)


@pytest.mark.parametrize(
    ("last", "opened_at", "now", "due"),
    [
        (None, None, BEFORE, BEFORE),
        (BEFORE, None, BEFORE, HOUR),
        (BEFORE, None, HOUR - SECOND, HOUR),
        (BEFORE, None, HOUR, HOUR),
        (HOUR, None, HOUR, QUARTER),
        (HOUR, None, QUARTER + SECOND, QUARTER + SECOND),
        (QUARTER, None, DURING, None),
        (QUARTER, DURING, DURING, DURING),
        (DURING, DURING, DURING, DURING + timedelta(minutes=5)),
    ],
)
def test_meeting_is_read_when_its_link_is_new_before_the_start_at_opening_and_while_it_runs(
    last: datetime | None, opened_at: datetime | None, now: datetime, due: datetime | None
) -> None:
    found = policy.next_reading(starts_at=STARTS, opened_at=opened_at, last=last, now=now)
    assert found == due


@pytest.mark.parametrize(
    ("facts", "seconds", "tries"),
    [
        ({"tries": 0}, 5, 1),
        ({"tries": 5}, 900, 6),
        ({"tries": 6}, None, 7),
        ({"tries": 3, "is_busy": True, "wait": 90}, 90, 3),
        ({"tries": 9, "is_busy": True}, 5, 9),
        ({"tries": 0, "is_ours": True}, None, 1),
    ],
)
def test_call_of_no_use_is_made_again_later_and_later_and_then_a_person_looks(
    facts: dict[str, Any], seconds: int | None, tries: int
) -> None:
    given = {"is_ours": False, "is_busy": False, "wait": 0.0, "now": BEFORE} | facts
    again = policy.after_trouble(**given)
    assert again.tries == tries
    assert again.at == (None if seconds is None else BEFORE + timedelta(seconds=seconds))
