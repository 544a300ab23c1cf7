"""Every rule of a call as a table: facts that break it, facts that only just do not."""

import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from meetings import policy
from meetings.policy import (
    Action,
    CheckItem,
    Door,
    Facts,
    IncidentKind,
    PlaceFacts,
    Presence,
    RecordingRule,
    SameLink,
    SeatFacts,
    SeatRole,
    Status,
)
from meetings.policy.rules import ON_A_CALL
from school.roles import Role, Viewer
from schoolsafe.lib.rules import NotAllowed, Severity

STARTS = datetime(2026, 9, 17, 13, 0, tzinfo=UTC)
ENDS = STARTS + timedelta(minutes=45)
SECOND = timedelta(seconds=1)
BEFORE = STARTS - timedelta(days=1)
DURING = STARTS + timedelta(minutes=5)
ALL_CHECKS = frozenset(CheckItem)
THREE = frozenset(CheckItem) - {CheckItem.RECORDING}

HOST_ID, CO_HOST_ID, RESERVE_ID, CALLED_ID, OTHER_ID = 1, 2, 3, 4, 9


def seat(staff_id: int = HOST_ID, **facts: Any) -> SeatFacts:
    role = {1: SeatRole.HOST, 2: SeatRole.CO_HOST}.get(staff_id, SeatRole.RESERVE)
    defaults: dict[str, Any] = {"name": f"Adult {staff_id}", "role": role, "checks": ALL_CHECKS}
    return SeatFacts(staff_id=staff_id, **(defaults | facts))


def place(pupil_id: int = 1, **facts: Any) -> PlaceFacts:
    defaults: dict[str, Any] = {
        "name": f"Pupil {pupil_id}",
        "has_consent": True,
        "is_waiting": False,
        "may_be_recorded": True,
    }
    return PlaceFacts(pupil_id=pupil_id, **(defaults | facts))


def other_call(starts: int, ends: int, **facts: Any) -> SameLink:
    """Another call with the same link, in minutes from the start of this one."""
    begins, finishes = STARTS + timedelta(minutes=starts), STARTS + timedelta(minutes=ends)
    return SameLink(starts_at=begins, ends_at=finishes, **facts)


HOST, CO_HOST, RESERVE = seat(1), seat(2), seat(3)
CALLED = seat(CALLED_ID, is_called=True)
AMY, BEN, CAT = place(1), place(2), place(3)
TWO_ADULTS, TWO_PUPILS = (HOST, CO_HOST), (AMY, BEN)


def call(**facts: Any) -> Facts:
    """A shared call that keeps to everything: two adults, two pupils, not recorded."""
    defaults: dict[str, Any] = {
        "status": Status.SHARED,
        "starts_at": STARTS,
        "ends_at": ENDS,
        "scheduled_at": STARTS - timedelta(days=7),
        "recording_rule": RecordingRule.OPTIONAL,
        "is_recorded": False,
        "has_link": True,
        "seats": TWO_ADULTS,
        "places": TWO_PUPILS,
    }
    return Facts(**(defaults | facts))


def codes(verdict: policy.Verdict) -> set[str]:
    return {finding.code for finding in verdict.findings}


def blocking(facts: Facts, now: datetime = BEFORE) -> list[str]:
    return [finding.code for finding in policy.assess(facts, now).blocking]


def admitted(one: PlaceFacts) -> PlaceFacts:
    return replace(one, presence=Presence.ADMITTED)


NO = {"has_consent": False, "may_be_recorded": False}
WAITING = {**NO, "is_waiting": True}
OPEN = {"status": Status.OPEN}
ALONE = {"seats": (HOST,)}

# code, clause, facts that break it, facts that only just do not
RULE_ROWS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("no_host", "P10", {"seats": (CO_HOST,)}, {"seats": (HOST,)}),
    ("no_host", "P10", {"seats": (seat(1, is_eligible=False), CO_HOST)}, {}),
    ("no_pupils", "P5", {"places": ()}, {"places": (AMY,)}),
    ("no_adult", "P1", {"seats": ()}, ALONE),
    ("no_adult", "P1", {"seats": (seat(1, is_away=True),)}, ALONE),
    ("no_adult", "P1", {"seats": (RESERVE,)}, {"seats": (seat(3, is_called=True),)}),
    ("no_adult", "P1", {**OPEN, "seats": (seat(1, checks=frozenset()),)}, {**OPEN, **ALONE}),
    ("one_to_one", "P1", {**ALONE, "places": (AMY,)}, {**ALONE, "places": TWO_PUPILS}),
    ("one_to_one", "P1", {**ALONE, "places": (AMY,)}, {"places": (AMY,)}),
    # Recording does not cure it.
    (
        "one_to_one",
        "P1",
        {**ALONE, "places": (AMY,), "is_recorded": True},
        {**ALONE, "places": TWO_PUPILS, "is_recorded": True},
    ),
    # Without consent a pupil does not make two, nor does one who was removed.
    ("one_to_one", "P1", {**ALONE, "places": (AMY, place(2, **NO))}, {**ALONE}),
    ("one_to_one", "P1", {**ALONE, "places": (AMY, place(2, **WAITING))}, {**ALONE}),
    ("one_to_one", "P1", {**ALONE, "places": (AMY, replace(BEN, presence=Presence.REMOVED))}, {}),
    # An adult who is away, not eligible, gone, not called or unconfirmed does not make two.
    ("one_to_one", "P1", {"seats": (HOST, seat(2, is_away=True)), "places": (AMY,)}, {}),
    ("one_to_one", "P1", {"seats": (HOST, seat(2, is_eligible=False)), "places": (AMY,)}, {}),
    ("one_to_one", "P1", {"seats": (HOST, seat(2, has_dropped_out=True)), "places": (AMY,)}, {}),
    ("one_to_one", "P1", {"seats": (seat(1, has_dropped_out=True), CO_HOST), "places": (AMY,)}, {}),
    (
        "one_to_one",
        "P1",
        {"seats": (HOST, RESERVE), "places": (AMY,)},
        {"seats": (HOST, seat(3, is_called=True)), "places": (AMY,)},
    ),
    (
        "one_to_one",
        "P1",
        {**OPEN, "seats": (HOST, seat(3, is_called=True, checks=frozenset())), "places": (AMY,)},
        {**OPEN, "seats": (HOST, seat(3, is_called=True)), "places": (AMY,)},
    ),
    ("alone_now", "P1", {**OPEN, **ALONE, "places": (admitted(AMY), BEN)}, {**OPEN, **ALONE}),
    (
        "alone_now",
        "P1",
        {**OPEN, **ALONE, "is_recorded": True, "places": (admitted(AMY), BEN)},
        {**OPEN, **ALONE, "is_recorded": True, "places": (admitted(AMY), admitted(BEN))},
    ),
    ("alone_now", "P1", {**OPEN, **ALONE, "places": (admitted(AMY), BEN)},
     {**OPEN, "places": (admitted(AMY), BEN)}),
    # Not before the door is open: nobody is on the call.
    ("alone_now", "P1", {**OPEN, **ALONE, "places": (admitted(AMY), BEN)},
     {**ALONE, "places": (admitted(AMY), BEN)}),
    # Someone who has to go is no company, and is not to be left alone with the adult either.
    (
        "alone_now",
        "P1",
        {**OPEN, **ALONE, "places": (admitted(AMY), BEN, admitted(place(3, **NO)))},
        {**OPEN, **ALONE, "places": (admitted(AMY), admitted(BEN), admitted(place(3, **NO)))},
    ),
    (
        "alone_now",
        "P1",
        {**OPEN, **ALONE, "places": (AMY, BEN, admitted(place(3, **NO)))},
        {**OPEN, **ALONE, "places": (AMY, BEN, place(3, **NO))},
    ),
    ("single_adult_unrecorded", "P2", ALONE, {**ALONE, "is_recorded": True}),
    ("single_adult_unrecorded", "P2", {"seats": (HOST, seat(2, has_dropped_out=True))}, {}),
    ("recording_refused", "P2", {"is_recorded": True, "places": (AMY, place(2, may_be_recorded=False))},
     {"is_recorded": True}),
    ("recording_refused", "P2", {"is_recorded": True, "places": (AMY, place(2, may_be_recorded=False))},
     {"places": (AMY, place(2, may_be_recorded=False))}),
    ("recording_refused", "P2", {"is_recorded": True, "places": (AMY, place(2, may_be_recorded=False))},
     {"is_recorded": True, "places": (AMY, place(2, **NO))}),
    ("recording_required", "P3", {"recording_rule": RecordingRule.REQUIRED},
     {"recording_rule": RecordingRule.REQUIRED, "is_recorded": True}),
    ("recording_not_allowed", "P3", {"recording_rule": RecordingRule.NOT_ALLOWED, "is_recorded": True},
     {"recording_rule": RecordingRule.NOT_ALLOWED}),
    ("recording_advice_unanswered", "P3", {"recording_rule": RecordingRule.ADVISED},
     {"recording_rule": RecordingRule.ADVISED, "recording_declined_because": "Art: hands only."}),
    ("recording_advice_unanswered", "P3",
     {"recording_rule": RecordingRule.ADVISED, "recording_declined_because": " \n"},
     {"recording_rule": RecordingRule.ADVISED, "is_recorded": True}),
    ("recording_advice_declined", "P3",
     {"recording_rule": RecordingRule.ADVISED, "recording_declined_because": "Art: hands only."},
     {"recording_rule": RecordingRule.ADVISED}),
    ("recording_advice_declined", "P3",
     {"recording_rule": RecordingRule.ADVISED, "recording_declined_because": "Art: hands only."},
     {"recording_rule": RecordingRule.OPTIONAL, "recording_declined_because": "Art: hands only."}),
    ("times_wrong", "P8", {"ends_at": STARTS}, {"ends_at": STARTS + SECOND}),
    ("times_wrong", "P8", {"ends_at": STARTS + timedelta(hours=4) + SECOND},
     {"ends_at": STARTS + timedelta(hours=4)}),
    ("meet_now", "P8", {"scheduled_at": STARTS - timedelta(minutes=30) + SECOND},
     {"scheduled_at": STARTS - timedelta(minutes=30)}),
    ("no_school_day", "P8", {"closed_because": "a weekend"}, {}),
    ("no_link_yet", "P4", {"has_link": False, "status": Status.DRAFT}, {"status": Status.DRAFT}),
    ("no_link_yet", "P4", {"has_link": False, "status": Status.ASKED}, {"has_link": False}),
    ("no_link", "P4", {"has_link": False}, {"has_link": False, "status": Status.ASKED}),
    ("no_link", "P4", {"has_link": False, **OPEN}, OPEN),
    ("link_leaked", "P9", {"has_link": False, "is_link_leaked": True}, {}),
    ("link_leaked", "P9", {"is_link_leaked": True}, {"status": Status.DRAFT, "is_link_leaked": True}),
    ("link_unproven", "P4", {"link_proves_tenant": False}, {}),
    ("link_unproven", "P4", {"link_proves_tenant": False},
     {"link_proves_tenant": False, "has_link": False}),
    # The door opens a quarter of an hour before a call: two groups can meet even before both have begun.
    ("link_twice_at_once", "P4", {"same_link": (other_call(-60, 0),)}, {"same_link": (other_call(-60, -15),)}),
    ("link_twice_at_once", "P4", {"same_link": (other_call(59, 90),)}, {"same_link": (other_call(60, 90),)}),
    ("link_twice_at_once", "P4", {"same_link": (other_call(0, 45, is_of_series=True),)}, {}),
    ("link_twice_at_once", "P4", {**OPEN, "same_link": (other_call(10, 20),)}, OPEN),
    ("link_twice", "P4", {"same_link": (other_call(-9000, -8000),)},
     {"same_link": (other_call(-9000, -8000, is_of_series=True),)}),
    ("link_twice", "P4", {"same_link": (other_call(60, 90),)}, {"same_link": (other_call(59, 90),)}),
    ("link_twice", "P4", {"same_link": (other_call(60, 90), other_call(900, 990, is_of_series=True))},
     {"same_link": (other_call(900, 990), other_call(0, 45))}),
    ("nobody_consented", "P5", {"places": (place(1, **NO), place(2, **NO))}, {"places": (AMY,)}),
    ("nobody_consented", "P5", {"places": (place(1, **WAITING),)},
     {"places": (place(1, **WAITING),), "status": Status.ASKED}),
    ("consent_waiting", "P5", {"places": (AMY, BEN, place(3, **WAITING))}, {}),
    ("consent_waiting", "P5", {"places": (AMY, BEN, place(3, **WAITING))},
     {"places": (AMY, BEN, place(3, **WAITING)), "status": Status.DRAFT}),
    ("consent_missing", "P5", {"places": (AMY, BEN, place(3, **NO))}, {}),
    ("consent_missing", "P5", {"places": (AMY, BEN, place(3, **NO))},
     {"places": (AMY, BEN, place(3, **NO)), "status": Status.DRAFT}),
    ("does_not_count", "P2", {"seats": (HOST, seat(2, is_away=True))}, {}),
    ("does_not_count", "P2", {"seats": (HOST, seat(2, is_eligible=False))},
     {"seats": (HOST, CO_HOST, seat(3, is_eligible=False))}),
    ("barred", "P5", {"seats": (HOST, seat(2, barred_from=frozenset({1})))},
     {"seats": (HOST, seat(2, barred_from=frozenset({3})))}),
    ("barred", "P5", {"seats": (HOST, CO_HOST, seat(3, barred_from=frozenset({2})))},
     {"seats": (HOST, CO_HOST, seat(3, barred_from=frozenset({2}))), **OPEN}),
    ("barred", "P5", {"seats": (HOST, CO_HOST, seat(2, barred_from=frozenset({2}))), **OPEN},
     {"seats": (HOST, CO_HOST, seat(2, barred_from=frozenset({2}), has_dropped_out=True)), **OPEN}),
    ("twice_on_call", "P2", {"seats": (HOST, CO_HOST, seat(2, role=SeatRole.RESERVE))},
     {"seats": (HOST, CO_HOST, RESERVE)}),
    ("twice_on_call", "P2", {"seats": (HOST, seat(1, role=SeatRole.RESERVE), CO_HOST)}, {}),
    ("on_another_call", "P2", {"seats": (HOST, seat(2, is_on_another_call=True))}, {}),
    ("one_household", "P2", {"seats": (seat(1, household="Mill"), seat(2, household="Mill"))},
     {"seats": (seat(1, household="Mill"), seat(2, household="Lane"))}),
    ("one_household", "P2", {"seats": (seat(1, household="Mill"), seat(2, household="Mill"))},
     {"seats": (seat(1, household="Mill"), seat(2))}),
    ("one_household", "P2", {"seats": (seat(1, household="Mill"), seat(2, household="Mill"))},
     {"seats": (seat(1, household="Mill"),)}),
]  # fmt: skip
RULES = {rule.code: rule for rule in policy.RULES}


@pytest.mark.parametrize(
    ("code", "clause", "breaks", "keeps"),
    RULE_ROWS,
    ids=[f"{row[0]}-{number}" for number, row in enumerate(RULE_ROWS)],
)
def test_rule_speaks_for_facts_that_break_it_and_not_for_those_that_just_do_not(
    code: str, clause: str, breaks: dict[str, Any], keeps: dict[str, Any]
) -> None:
    found = {x.code: x for x in policy.assess(call(**breaks), BEFORE).findings}
    assert code in found
    assert found[code].clause == clause == RULES[code].clause
    assert found[code].severity is RULES[code].severity
    is_live = breaks.get("status") is Status.OPEN
    mend = ON_A_CALL.get(code, RULES[code].mend) if is_live else RULES[code].mend
    assert (found[code].mend, found[code].mend_with) == (mend, RULES[code].mend_with)
    assert code not in codes(policy.assess(call(**keeps), BEFORE))


@pytest.mark.parametrize("code", sorted(ON_A_CALL))
def test_mend_during_a_call_never_speaks_of_planning(code: str) -> None:
    assert code in RULES
    assert "turn recording on" not in ON_A_CALL[code]
    assert "end the call" in ON_A_CALL[code]


def test_every_rule_stands_in_the_table() -> None:
    assert {row[0] for row in RULE_ROWS} | {"in_the_past"} == set(RULES)
    assert len(RULES) == len(policy.RULES)


def test_plan_in_the_past_is_blocked_until_links_are_out() -> None:
    for status in (Status.DRAFT, Status.ASKED):
        facts = call(status=status)
        assert "in_the_past" not in blocking(facts, STARTS - SECOND)
        assert "in_the_past" in blocking(facts, STARTS)
        assert "in_the_past" in blocking(facts, STARTS + SECOND)
    assert blocking(call(), STARTS) == []
    assert blocking(call(**OPEN), STARTS) == []


@pytest.mark.parametrize(
    ("seats", "words"),
    [
        ((HOST, seat(2, is_away=True)), "Adult 2 is away then."),
        ((seat(1, is_away=True), seat(2, is_away=True)), "Adult 1 and Adult 2 are away then."),
        ((HOST, seat(2, is_eligible=False)), "Adult 2 is not eligible for calls."),
        (
            (seat(1, is_away=True), seat(2, is_eligible=False)),
            "Adult 1 is away then. Adult 2 is not eligible for calls.",
        ),
    ],
)
def test_e59_finding_names_who_is_away_and_who_is_not_eligible(
    seats: tuple[SeatFacts, ...], words: str
) -> None:
    found = policy.assess(call(seats=seats), BEFORE).findings
    assert [x.words for x in found if x.code == "does_not_count"] == [words]


def test_e66_day_off_is_said_and_blocks_nothing() -> None:
    verdict = policy.assess(call(closed_because="outside term"), BEFORE)
    assert not verdict.blocks
    assert [x.words for x in verdict.advice] == ["That day is no school day: outside term."]


def test_finding_names_the_people_and_has_a_sentence() -> None:
    verdict = policy.assess(call(places=(place(1, **NO), place(2, **NO), place(3, **NO))), BEFORE)
    assert [x.words for x in verdict.advice] == [
        "Pupil 1, Pupil 2 and Pupil 3 may not take part: no valid consent."
    ]
    assert verdict.sentence == "No family has consented, so no pupil may take part."
    assert policy.assess(call(), BEFORE).sentence == "This call keeps to the policy."


# --- P1 and P2, all combinations ------------------------------------------------------------------
@pytest.mark.parametrize("stage", [Status.DRAFT, Status.ASKED, Status.SHARED, Status.OPEN])
@pytest.mark.parametrize("is_recorded", [True, False])
@pytest.mark.parametrize("pupils", [0, 1, 2, 3])
@pytest.mark.parametrize("adults", [0, 1, 2])
def test_adults_pupils_recording_and_stage_decide_together(
    adults: int, pupils: int, is_recorded: bool, stage: Status
) -> None:
    facts = call(
        status=stage,
        seats=(HOST, CO_HOST)[:adults],
        places=(AMY, BEN, CAT)[:pupils],
        is_recorded=is_recorded,
    )
    safe = pupils > 0 and (adults == 2 or (adults == 1 and pupils >= 2 and is_recorded))
    assert (blocking(facts) == []) is safe
    opens = safe and stage is Status.OPEN
    assert policy.door(facts, 1, DURING).is_open is opens


@pytest.mark.parametrize(
    "lost",
    [
        {"has_dropped_out": True},
        {"is_away": True},
        {"is_eligible": False},
        {"checks": frozenset({CheckItem.BACKGROUND})},
    ],
)
@pytest.mark.parametrize("who", [0, 1])
def test_open_call_that_loses_an_adult_shuts_the_door(lost: dict[str, Any], who: int) -> None:
    seats = [HOST, CO_HOST]
    assert policy.door(call(**OPEN, seats=tuple(seats)), 1, DURING).is_open
    seats[who] = replace(seats[who], **lost)
    assert policy.door(call(**OPEN, seats=tuple(seats)), 1, DURING).door is Door.ON_HOLD


def test_only_a_recorded_call_goes_on_with_the_co_host_alone_when_the_host_is_gone() -> None:
    seats = (replace(HOST, has_dropped_out=True), CO_HOST)
    assert blocking(call(**OPEN, seats=seats)) == ["single_adult_unrecorded"]
    assert blocking(call(**OPEN, seats=seats, is_recorded=True)) == []
    assert blocking(call(**OPEN, seats=seats, is_recorded=True, places=(AMY,))) == ["one_to_one"]


# --- By number ------------------------------------------------------------------------------------
def test_e56_single_adult_admits_the_first_two_pupils_together_only() -> None:
    facts = call(**OPEN, **ALONE, is_recorded=True)
    with pytest.raises(NotAllowed, match="first two pupils together"):
        policy.check_admission(facts, [1], DURING)
    policy.check_admission(facts, [1, 2], DURING)
    policy.check_admission(replace(facts, places=(AMY, admitted(BEN))), [1], DURING)
    policy.check_admission(call(**OPEN), [1], DURING)


def test_e57_co_host_gone_with_one_pupil_left_is_on_hold_until_a_confirmed_reserve_comes() -> None:
    left = (replace(CO_HOST, has_dropped_out=True), HOST)
    places = (admitted(AMY), replace(BEN, presence=Presence.REMOVED))
    assert blocking(call(**OPEN, seats=left, places=places)) == ["one_to_one"]
    called = replace(RESERVE, is_called=True, checks=frozenset())
    assert blocking(call(**OPEN, seats=(*left, called), places=places)) == ["one_to_one"]
    ready = replace(called, checks=THREE)
    assert blocking(call(**OPEN, seats=(*left, ready), places=places)) == []


def test_e59_adult_who_is_not_eligible_or_away_is_no_second_adult() -> None:
    for why in ({"is_eligible": False}, {"is_away": True}):
        seats = (HOST, replace(CO_HOST, **why))
        assert blocking(call(seats=seats)) == ["single_adult_unrecorded"]
        assert blocking(call(seats=seats, status=Status.DRAFT)) == ["single_adult_unrecorded"]


def test_e60_adults_of_one_household_are_advised_against() -> None:
    facts = call(seats=(seat(1, household="Mill"), seat(2, household="Mill")))
    found = policy.assess(facts, BEFORE)
    assert [(x.code, x.severity) for x in found.findings] == [("one_household", Severity.ADVISES)]


def test_e61_recording_is_no_safeguard_when_one_child_may_not_be_recorded() -> None:
    refusing = (AMY, place(2, may_be_recorded=False))
    assert blocking(call(**ALONE, places=refusing, is_recorded=True)) == ["recording_refused"]
    assert blocking(call(**ALONE, places=refusing)) == ["single_adult_unrecorded"]
    assert blocking(call(places=refusing)) == []
    assert blocking(call(**ALONE, places=refusing, is_recorded=True, status=Status.ASKED)) == [
        "recording_refused"
    ]


def test_e62_one_adult_without_recording_is_an_incident_however_it_was_planned() -> None:
    gone = (HOST, replace(CO_HOST, has_dropped_out=True))
    for is_recorded in (True, False):
        facts = call(**OPEN, seats=gone, is_recorded=is_recorded)
        found = policy.incidents_of_closing(
            facts, hung_up=False, was_recorded=False, took_place=True
        )
        assert found == (IncidentKind.NOT_RECORDED,)


def test_e64_nobody_comes_in_before_the_adults_are_there() -> None:
    for facts in (call(), call(**OPEN, seats=(HOST, replace(CO_HOST, checks=frozenset())))):
        with pytest.raises(NotAllowed):
            policy.check_admission(facts, [1], DURING)
        assert not policy.door(facts, 1, DURING).is_open


# --- Admission ------------------------------------------------------------------------------------
ADMISSIONS: list[tuple[Facts, list[int], str]] = [
    (call(), [1], "The door is not open."),
    (call(**OPEN, **ALONE), [1, 2], "On hold"),
    (call(**OPEN, places=(AMY, BEN, place(3, **NO))), [3], "no valid consent"),
    (call(**OPEN, places=(AMY, BEN, place(3, **WAITING))), [1, 3], "no valid consent"),
    (call(**OPEN), [7], "not on this call"),
    (call(**OPEN), [1, 7], "not on this call"),
    (call(**OPEN), [], "not on this call"),
    # A removal is not undone by a press, neither alone nor among others (P11).
    (call(**OPEN, places=(AMY, replace(BEN, presence=Presence.REMOVED))), [2], "was removed"),
    (call(**OPEN, places=(AMY, replace(BEN, presence=Presence.REMOVED))), [1, 2], "was removed"),
    (
        call(**OPEN, places=(AMY, place(2, presence=Presence.REMOVED, **NO))),
        [2],
        "no valid consent",
    ),
    # A child who has to go is no company for the one who would come in.
    (
        call(**OPEN, **ALONE, is_recorded=True, places=(AMY, BEN, admitted(place(3, **NO)))),
        [1],
        "first two pupils together",
    ),
]


@pytest.mark.parametrize(("facts", "pupil_ids", "why"), ADMISSIONS)
def test_admission_is_refused_with_the_reason(facts: Facts, pupil_ids: list[int], why: str) -> None:
    with pytest.raises(NotAllowed, match=why):
        policy.check_admission(facts, pupil_ids, DURING)


WHY = "She has calmed down."
# where the second pupil stands, their consent, the reason given, what is refused (nothing: let back)
RETURNS: list[tuple[Presence, dict[str, bool], str, str]] = [
    (Presence.REMOVED, {}, WHY, ""),
    (Presence.REMOVED, {}, "", "needs its reason"),
    (Presence.REMOVED, {}, "  ", "needs its reason"),
    (Presence.REMOVED, NO, WHY, "no valid consent"),
    *((where, {}, WHY, "is not removed") for where in Presence if where is not Presence.REMOVED),
]


@pytest.mark.parametrize(("where", "consent", "reason", "refused"), RETURNS)
def test_pupil_is_let_back_after_a_removal_with_a_reason_and_not_otherwise(
    where: Presence, consent: dict[str, bool], reason: str, refused: str
) -> None:
    facts = call(**OPEN, places=(admitted(AMY), place(2, presence=where, **consent)))
    if refused:
        with pytest.raises(NotAllowed, match=refused):
            policy.check_return(facts, 2, reason)
    else:
        policy.check_return(facts, 2, reason)


def test_pupil_of_another_call_is_not_let_back() -> None:
    with pytest.raises(NotAllowed, match="not on this call"):
        policy.check_return(call(**OPEN), 7, WHY)


def test_admission_that_ends_being_alone_is_possible_although_the_call_is_on_hold() -> None:
    facts = call(**OPEN, **ALONE, is_recorded=True, places=(admitted(AMY), BEN))
    assert blocking(facts, DURING) == ["alone_now"]
    policy.check_admission(facts, [2, 2], DURING)


# --- The door -------------------------------------------------------------------------------------
DOORS: list[tuple[Door, Facts, datetime]] = [
    (Door.OPEN, call(**OPEN), DURING),
    (Door.OPEN, call(**OPEN), ENDS + timedelta(minutes=30)),
    (Door.ENDED, call(**OPEN), ENDS + timedelta(minutes=30) + SECOND),
    (Door.ENDED, call(status=Status.ENDED), DURING),
    (Door.ENDED, call(status=Status.CLOSED), DURING),
    (Door.CANCELLED, call(status=Status.CANCELLED), DURING),
    (Door.CANCELLED, call(status=Status.CANCELLED, places=()), ENDS + timedelta(days=9)),
    (Door.NOT_YET, call(status=Status.DRAFT), DURING),
    (Door.NOT_YET, call(status=Status.ASKED), DURING),
    (Door.NOT_YET, call(), DURING),
    (Door.NOT_YET, call(**ALONE), DURING),
    (Door.NO_CONSENT, call(**OPEN, places=(place(1, **NO), BEN, CAT)), DURING),
    (Door.NO_CONSENT, call(**OPEN, places=(place(1, **WAITING), BEN, CAT)), DURING),
    (Door.NO_CONSENT, call(**OPEN, places=(BEN, CAT)), DURING),
    (Door.REMOVED, call(**OPEN, places=(replace(AMY, presence=Presence.REMOVED), BEN)), DURING),
    (Door.ON_HOLD, call(**OPEN, **ALONE), DURING),
    (Door.ON_HOLD, call(**OPEN, has_link=False), DURING),
    (Door.ON_HOLD, call(**OPEN, **ALONE, is_recorded=True, places=(AMY, admitted(BEN))), DURING),
]


@pytest.mark.parametrize(("expected", "facts", "now"), DOORS)
def test_door_stands_as_the_table_says(expected: Door, facts: Facts, now: datetime) -> None:
    answer = policy.door(facts, 1, now)
    assert answer.door is expected
    assert answer.is_open is (expected is Door.OPEN)
    assert answer.words
    assert policy.next_for_family(expected)


def test_every_door_stands_in_the_table() -> None:
    assert {row[0] for row in DOORS} == set(Door)


def test_refused_entry_looks_like_a_missing_consent() -> None:
    assert policy.refuse_entry() == policy.door(call(**OPEN, places=(BEN, CAT)), 1, DURING)


def test_next_step_for_a_family_fits_the_door() -> None:
    assert "Press Join" in policy.next_for_family(Door.OPEN)
    assert "again in a few minutes" in policy.next_for_family(Door.ON_HOLD)
    assert "again in a few minutes" in policy.next_for_family(Door.NOT_YET)
    assert "telephone" in policy.next_for_family(Door.REMOVED)


# --- Opening and sharing --------------------------------------------------------------------------
def test_opening_needs_every_active_adults_checklist() -> None:
    for item in THREE:
        seats = (HOST, replace(CO_HOST, checks=THREE - {item}))
        assert codes(policy.assess_opening(call(seats=seats), STARTS)) == {"checks_missing"}
    seats = (HOST, replace(CO_HOST, checks=THREE))
    assert codes(policy.assess_opening(call(seats=seats), STARTS)) == set()
    recorded = call(seats=seats, is_recorded=True)
    assert codes(policy.assess_opening(recorded, STARTS)) == {"checks_missing"}
    # A reserve who was not called, and whoever is known not to be there, has nothing to confirm.
    idle = (HOST, CO_HOST, replace(RESERVE, checks=frozenset()))
    assert codes(policy.assess_opening(call(seats=idle), STARTS)) == set()
    called = (*idle[:2], replace(idle[2], is_called=True))
    assert codes(policy.assess_opening(call(seats=called), STARTS)) == {"checks_missing"}
    gone = (HOST, replace(CO_HOST, checks=frozenset(), has_dropped_out=True))
    recorded_alone = call(seats=gone, is_recorded=True)
    assert codes(policy.assess_opening(recorded_alone, STARTS)) == set()


def test_door_opens_from_a_quarter_of_an_hour_before_until_half_an_hour_after() -> None:
    early, late = STARTS - timedelta(minutes=15), ENDS + timedelta(minutes=30)
    assert codes(policy.assess_opening(call(), early - SECOND)) == {"too_early"}
    assert codes(policy.assess_opening(call(), early)) == set()
    assert codes(policy.assess_opening(call(), early + SECOND)) == set()
    assert codes(policy.assess_opening(call(), late - SECOND)) == set()
    assert codes(policy.assess_opening(call(), late)) == set()
    assert codes(policy.assess_opening(call(), late + SECOND)) == {"too_late"}


def test_links_first_go_out_before_the_start_only() -> None:
    asked = call(status=Status.ASKED)
    assert codes(policy.assess_sharing(asked, STARTS - SECOND)) == set()
    assert codes(policy.assess_sharing(asked, STARTS)) == {"begun_unshared"}
    assert codes(policy.assess_sharing(asked, STARTS + SECOND)) == {"begun_unshared"}
    assert codes(policy.assess_sharing(call(), STARTS)) == set()
    late = ENDS + timedelta(minutes=30)
    assert codes(policy.assess_sharing(call(), late)) == set()
    assert codes(policy.assess_sharing(call(), late + SECOND)) == {"too_late"}


def test_sharing_is_judged_as_if_links_were_out() -> None:
    waiting = call(
        status=Status.ASKED, **ALONE, is_recorded=True, places=(AMY, place(2, **WAITING))
    )
    assert blocking(waiting) == []
    assert codes(policy.assess_sharing(waiting, BEFORE)) == {"one_to_one", "consent_waiting"}
    assert policy.as_shared(waiting).status is Status.SHARED
    assert policy.as_shared(call(**OPEN)).status is Status.OPEN


def test_plan_is_judged_as_if_everybody_would_come() -> None:
    facts = call(
        **OPEN,
        seats=(HOST, replace(CO_HOST, has_dropped_out=True)),
        places=(place(1, **NO), replace(BEN, presence=Presence.REMOVED)),
    )
    assert blocking(policy.as_planned(facts)) == []
    # Being away is no matter of the moment.
    away = replace(facts, seats=(HOST, replace(CO_HOST, is_away=True)))
    assert blocking(policy.as_planned(away)) == ["single_adult_unrecorded"]


def test_checklist_counts_for_two_hours_and_for_the_time_it_was_given_for() -> None:
    times = {"starts_at": STARTS, "scheduled_at": STARTS - timedelta(days=1)}
    edge = STARTS - timedelta(hours=2)
    assert not policy.check_counts(edge - SECOND, **times)
    assert policy.check_counts(edge, **times)
    assert policy.check_counts(edge + SECOND, **times)
    moved = {"starts_at": STARTS, "scheduled_at": STARTS - timedelta(hours=1)}
    assert not policy.check_counts(STARTS - timedelta(hours=1) - SECOND, **moved)
    assert not policy.check_counts(STARTS - timedelta(hours=1), **moved)
    assert policy.check_counts(STARTS - timedelta(hours=1) + SECOND, **moved)
    assert policy.checks_needed(call()) == THREE
    assert policy.checks_needed(call(is_recorded=True)) == ALL_CHECKS


# --- Closing --------------------------------------------------------------------------------------
CLOSINGS = [
    (call(), (False, False, True), ()),
    (call(), (True, False, True), (IncidentKind.HUNG_UP,)),
    (call(**ALONE, is_recorded=True), (False, True, True), ()),
    # Recording a call that was planned without cures nothing: nobody agreed to it.
    (call(), (False, True, True), (IncidentKind.RECORDED_ANYWAY,)),
    (call(**ALONE), (False, True, True), (IncidentKind.RECORDED_ANYWAY,)),
    (call(is_recorded=True), (False, False, True), ()),
    (call(), (False, True, False), ()),
    (call(**ALONE), (False, False, True), (IncidentKind.NOT_RECORDED,)),
    (call(**ALONE), (True, False, True), (IncidentKind.HUNG_UP, IncidentKind.NOT_RECORDED)),
    (call(**ALONE), (True, False, False), ()),
    (call(seats=(HOST, replace(CO_HOST, checks=frozenset()))), (False, False, True),
     (IncidentKind.NOT_RECORDED,)),
    (call(seats=(HOST, seat(2, is_eligible=False))), (False, False, True),
     (IncidentKind.NOT_RECORDED,)),
    # Nobody can say that it did not take place when the register shows that it did.
    (call(**ALONE, places=(admitted(AMY), BEN)), (True, False, False),
     (IncidentKind.HUNG_UP, IncidentKind.NOT_RECORDED)),
    # Who went through our door may have been on it, though nobody noted an admission.
    (call(**ALONE, places=(replace(AMY, presence=Presence.AT_DOOR), BEN)), (False, False, False),
     (IncidentKind.NOT_RECORDED,)),
    (call(places=(replace(AMY, presence=Presence.AT_DOOR), BEN)), (False, False, False), ()),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "answers", "expected"), CLOSINGS)
def test_closing_raises_what_must_not_be(
    facts: Facts, answers: tuple[bool, bool, bool], expected: tuple[IncidentKind, ...]
) -> None:
    hung_up, was_recorded, took_place = answers
    found = policy.incidents_of_closing(
        facts, hung_up=hung_up, was_recorded=was_recorded, took_place=took_place
    )
    assert found == expected


@pytest.mark.parametrize("presence", list(Presence))
def test_register_tells_whether_the_call_took_place(presence: Presence) -> None:
    facts = call(places=(replace(AMY, presence=presence), BEN))
    on_it = {Presence.ADMITTED, Presence.LEFT, Presence.REMOVED}
    assert policy.has_taken_place(facts) is (presence in on_it)


# facts, what is written down, whether it has turned
TURNS: list[tuple[Facts, tuple[bool, bool], bool]] = [
    (call(), (False, False), False),
    (call(), (True, False), True),
    (call(**ALONE), (False, False), True),
    (call(**ALONE), (True, False), False),
    (call(**ALONE, status=Status.ASKED), (False, False), False),
    (call(**ALONE, status=Status.ENDED), (False, False), False),
    (call(**OPEN), (False, False), False),
    (call(**OPEN, **ALONE, places=(admitted(AMY), BEN)), (True, False), True),
    (call(**OPEN, **ALONE, places=(admitted(AMY), BEN)), (True, True), False),
    (call(**OPEN, places=(admitted(AMY), BEN)), (False, False), False),
]


@pytest.mark.parametrize(("facts", "known", "expected"), TURNS)
def test_e59_call_has_turned_when_it_stands_otherwise_than_is_written_down(
    facts: Facts, known: tuple[bool, bool], expected: bool
) -> None:
    is_held, is_reported = known
    found = policy.has_turned(facts, DURING, is_held=is_held, is_reported=is_reported)
    assert found is expected


@pytest.mark.parametrize(
    ("facts", "now", "expected"),
    [
        (call(**ALONE), STARTS - timedelta(hours=1) - SECOND, False),
        (call(**ALONE), STARTS - timedelta(hours=1), True),
        (call(**ALONE), STARTS - SECOND, True),
        (call(**ALONE), STARTS, False),
        (call(), STARTS - SECOND, False),
        (call(**ALONE, status=Status.ASKED), STARTS - SECOND, False),
    ],
)
def test_e59_call_is_blocked_soon_in_the_hour_before_its_start(
    facts: Facts, now: datetime, expected: bool
) -> None:
    assert policy.is_blocked_soon(facts, now) is expected


def test_unclosed_call_is_reminded_of_and_then_reaches_the_team() -> None:
    def rung(
        minutes: int, seconds: int = 0, *, has_incident: bool = False
    ) -> tuple[bool, datetime]:
        now = ENDS + timedelta(minutes=minutes, seconds=seconds)
        found = policy.closing_rung(ends_at=ENDS, now=now, has_incident=has_incident)
        return found.escalates, found.next_due

    assert rung(10, -1) == (False, ENDS + timedelta(minutes=10))
    assert rung(10) == (False, ENDS + timedelta(minutes=30))
    assert rung(30, -1) == (False, ENDS + timedelta(minutes=30))
    assert rung(30) == (False, ENDS + timedelta(hours=1))
    assert rung(60, -1) == (False, ENDS + timedelta(hours=1))
    assert rung(60) == (True, ENDS + timedelta(hours=25))
    assert rung(60, 1) == (True, ENDS + timedelta(hours=25, seconds=1))
    assert rung(90, has_incident=True) == (False, ENDS + timedelta(hours=25, minutes=30))


# --- Moves: every action × every status × every member of the cast --------------------------------
PEOPLE = {
    "host": Viewer(staff_id=HOST_ID, roles=frozenset({Role.STAFF})),
    "co_host": Viewer(staff_id=CO_HOST_ID, roles=frozenset({Role.STAFF})),
    "reserve": Viewer(staff_id=RESERVE_ID, roles=frozenset({Role.STAFF})),
    "called": Viewer(staff_id=CALLED_ID, roles=frozenset({Role.STAFF})),
    "colleague": Viewer(staff_id=OTHER_ID, roles=frozenset({Role.STAFF})),
    "deputy": Viewer(staff_id=OTHER_ID, roles=frozenset({Role.STAFF, Role.SAFEGUARDING})),
    "lead": Viewer(staff_id=OTHER_ID, roles=frozenset({Role.STAFF, Role.DSL})),
    "head": Viewer(staff_id=OTHER_ID, roles=frozenset({Role.HEADTEACHER})),
    "office": Viewer(staff_id=OTHER_ID, roles=frozenset({Role.OFFICE})),
    "chair": Viewer(staff_id=OTHER_ID, roles=frozenset({Role.CHAIR})),
    "governor": Viewer(staff_id=OTHER_ID, roles=frozenset({Role.GOVERNOR})),
    "it": Viewer(staff_id=OTHER_ID, roles=frozenset({Role.IT})),
    "nobody": Viewer(staff_id=OTHER_ID, roles=frozenset()),
}
RUN, LEAD = {"host", "co_host"}, {"deputy", "lead", "head"}
# A reserve is on the call's list, and does nothing on it until called.
SIT, NEEDED = RUN | {"reserve", "called"}, RUN | {"called"}
S = Status
ALLOWED: dict[Action, tuple[set[str], dict[Status, Status]]] = {
    Action.REVISE: (RUN, {s: s for s in (S.DRAFT, S.ASKED, S.SHARED)}),
    Action.ASK: (RUN, {S.DRAFT: S.ASKED, S.ASKED: S.ASKED}),
    Action.PRINT: (RUN | LEAD | {"office"}, {S.ASKED: S.ASKED, S.SHARED: S.SHARED}),
    Action.SHARE: (RUN, {S.ASKED: S.SHARED, S.SHARED: S.SHARED}),
    Action.CALL: (SIT | LEAD, {S.SHARED: S.SHARED, S.OPEN: S.OPEN}),
    Action.COVER: (RUN | LEAD, {S.SHARED: S.SHARED, S.OPEN: S.OPEN}),
    Action.LOOK: (NEEDED | LEAD, {S.ENDED: S.ENDED, S.CLOSED: S.CLOSED}),
    Action.DESTROY: (RUN | LEAD, {S.CLOSED: S.CLOSED}),
    Action.CONFIRM: (NEEDED, {S.SHARED: S.SHARED, S.OPEN: S.OPEN}),
    Action.OPEN: (RUN, {S.SHARED: S.OPEN}),
    Action.RUN: (NEEDED, {S.OPEN: S.OPEN}),
    Action.END: (SIT | LEAD, {S.OPEN: S.ENDED}),
    Action.CLOSE: (RUN, dict.fromkeys((S.SHARED, S.OPEN, S.ENDED), S.CLOSED)),
    Action.CANCEL: (RUN | LEAD, dict.fromkeys((S.DRAFT, S.ASKED, S.SHARED), S.CANCELLED)),
    Action.CHECK: (RUN | LEAD, {s: s for s in (S.DRAFT, S.ASKED, S.SHARED, S.OPEN)}),
    Action.LEAK: (
        NEEDED | LEAD | {"office"},
        {s: s for s in (S.DRAFT, S.ASKED, S.SHARED, S.OPEN)},
    ),
    Action.RENEW: (NEEDED, {s: s for s in (S.DRAFT, S.ASKED, S.SHARED, S.OPEN)}),
    Action.REPORT: (RUN | LEAD, {s: s for s in (S.SHARED, S.OPEN, S.ENDED, S.CLOSED)}),
}


@pytest.mark.parametrize(
    ("action", "status", "who"), list(product(Action, Status, PEOPLE)), ids=str
)
def test_move_is_for_the_right_people_at_the_right_stage(
    action: Action, status: Status, who: str
) -> None:
    facts = call(status=status, seats=(HOST, CO_HOST, RESERVE, CALLED))
    people, steps = ALLOWED[action]
    if who in people and status in steps:
        assert policy.next_status(action, PEOPLE[who], facts) is steps[status]
        assert action in policy.actions_for(PEOPLE[who], facts)
        return
    with pytest.raises(NotAllowed):
        policy.next_status(action, PEOPLE[who], facts)
    assert action not in policy.actions_for(PEOPLE[who], facts)


def test_every_action_is_in_the_table() -> None:
    assert set(ALLOWED) == set(Action) == set(policy.MOVES)


@pytest.mark.parametrize("who", PEOPLE)
def test_meeting_is_seen_by_those_on_it_and_those_who_review(who: str) -> None:
    facts = call(seats=(HOST, CO_HOST, RESERVE, CALLED))
    assert policy.may_view(PEOPLE[who], facts) is (who in SIT | LEAD | {"office"})


@pytest.mark.parametrize("channel", ["parent_hub", "purple_mash", "paper", "email", "whatsapp", ""])
def test_p9_link_goes_by_hand_on_the_two_platforms_only(channel: str) -> None:
    with nullcontext() if channel in policy.PLATFORMS else pytest.raises(NotAllowed):
        policy.check_platform(channel)


@pytest.mark.parametrize(
    ("presence", "status", "is_alone"),
    [
        (Presence.EXPECTED, Status.SHARED, True),
        (Presence.EXPECTED, Status.OPEN, True),
        # Nobody has had a link yet.
        (Presence.EXPECTED, Status.ASKED, False),
        *((presence, Status.OPEN, False) for presence in Presence if presence != "expected"),
    ],
)
def test_e71_link_of_one_family_leaks_alone_until_somebody_has_pressed_join_with_it(
    presence: Presence, status: Status, is_alone: bool
) -> None:
    facts = call(status=status, places=(replace(AMY, presence=presence), BEN))
    assert policy.is_own_link_alone(facts, AMY.pupil_id) is is_alone
    with nullcontext() if is_alone else pytest.raises(NotAllowed, match="Choose everything"):
        policy.check_one_family(facts, AMY.pupil_id)
    with pytest.raises(NotAllowed, match="not on this call"):
        policy.check_one_family(facts, 99)


def test_rules_load_without_django() -> None:
    code = (
        "import sys, meetings.policy; "
        "sys.exit(any(name.split('.')[0] in {'django', 'celery'} for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
