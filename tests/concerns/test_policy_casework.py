"""The rules of working on a concern as tables: closing, the second person, tasks, seriousness."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from concerns import policy
from concerns.policy import Case, EntryKind, Lack, Missing, Status, Step, Urgency
from schoolsafe.lib.rules import NotAllowed
from tests.concerns.test_policy import (
    CAST,
    DEPUTY,
    HEAD,
    HOURS,
    LEAD,
    LONDON,
    SECOND,
    TUESDAY,
    a_concern,
    a_team,
)

DECIDED = (Step(kind=EntryKind.ACKNOWLEDGEMENT, by=LEAD), Step(kind=EntryKind.DECISION, by=LEAD))
ASKED = Step(kind=EntryKind.SECOND_ASKED, by=LEAD)
SIGNED = Step(kind=EntryKind.SECOND_SIGNED, by=DEPUTY)
COMPLETE = Case(
    status=Status.ACKNOWLEDGED,
    urgencies=frozenset({Urgency.ROUTINE}),
    readers=frozenset({LEAD, DEPUTY, HEAD}),
    steps=DECIDED,
)
URGENT = replace(COMPLETE, urgencies=frozenset({Urgency.ROUTINE, Urgency.URGENT}))


def missing(case: Case) -> list[tuple[Lack, int | None]]:
    return [(one.lack, one.row) for one in policy.missing_for_closure(case)]


# --- What is missing before it is closed (G2, G18) -------------------------------------------------
def test_g18_nothing_is_missing_of_what_is_complete() -> None:
    assert policy.missing_for_closure(COMPLETE) == ()
    policy.check_closing(COMPLETE)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"status": Status.LOGGED}, [(Lack.ACKNOWLEDGEMENT, None)]),
        ({"steps": DECIDED[:1]}, [(Lack.DECISION, None)]),
        (
            {"steps": (*DECIDED, Step(kind=EntryKind.REOPENING, by=LEAD)), "status": "reopened"},
            [(Lack.DECISION, None)],
        ),
        ({"owes_referral": True}, [(Lack.REFERRAL, None)]),
        ({"open_tasks": [4, 7]}, [(Lack.TASK, 4), (Lack.TASK, 7)]),
        ({"unanswered": [5]}, [(Lack.ANSWER, 5)]),
        ({"unreplied": [6]}, [(Lack.REPLY, 6)]),
        ({"unsettled": [8]}, [(Lack.WORDS, 8)]),
        ({"untold": [9]}, [(Lack.TOLD, 9)]),
        ({"unconfirmed": [3]}, [(Lack.HANDING, 3)]),
    ],
)
def test_g18_each_lack_is_named_with_its_row_and_refuses_closing(
    facts: dict[str, object], expected: list[tuple[Lack, int | None]]
) -> None:
    case = replace(COMPLETE, **facts)  # type: ignore[arg-type]

    assert missing(case) == expected
    with pytest.raises(NotAllowed, match=expected[0][0].label):
        policy.check_closing(case)


def test_every_lack_has_words() -> None:
    assert [lack for lack in Lack if not lack.label.endswith(".")] == []


# --- The second person (A32) -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (COMPLETE, ()),
        (URGENT, (Missing(lack=Lack.SECOND),)),
        # The team lowered it since: it was urgent once.
        (replace(URGENT, urgencies=frozenset(Urgency)), (Missing(lack=Lack.SECOND),)),
        (replace(URGENT, steps=(*DECIDED, ASKED)), (Missing(lack=Lack.SECOND),)),
        (replace(URGENT, steps=(*DECIDED, ASKED, SIGNED)), ()),
        # What came since the signature is for the second person's eyes too.
        (
            replace(
                URGENT,
                steps=(*DECIDED, ASKED, SIGNED, Step(kind=EntryKind.ADDENDUM, by=99)),
            ),
            (Missing(lack=Lack.SECOND),),
        ),
        # Nobody else may read it: one person closes it, and the record says so.
        (replace(URGENT, readers=frozenset({LEAD})), ()),
    ],
)
def test_a32_second_person_signs_what_was_ever_urgent(
    case: Case, expected: tuple[Missing, ...]
) -> None:
    assert policy.missing_for_closure(case) == expected


@pytest.mark.parametrize(
    ("steps", "who"),
    [
        (DECIDED, set()),
        ((*DECIDED, ASKED), {DEPUTY, HEAD}),
        # Whoever decided is no second pair of eyes, even when another asked.
        ((*DECIDED, replace(ASKED, by=HEAD)), {DEPUTY}),
        ((*DECIDED, ASKED, SIGNED), set()),
        ((*DECIDED, ASKED, Step(kind=EntryKind.SECOND_REFUSED, by=HEAD)), set()),
        ((*DECIDED, ASKED, Step(kind=EntryKind.DECISION, by=DEPUTY)), set()),
    ],
)
def test_a32_whoever_decided_or_asked_does_not_sign(steps: tuple[Step, ...], who: set[int]) -> None:
    case = replace(URGENT, steps=steps)

    assert {
        viewer.staff_id for viewer in CAST.values() if policy.may_sign(viewer.staff_id, case)
    } == who


def test_a32_it_is_said_that_nobody_else_was_there_only_where_somebody_should_have_been() -> None:
    alone = frozenset({LEAD})

    assert policy.is_alone(replace(URGENT, readers=alone))
    assert not policy.is_alone(URGENT)
    assert not policy.is_alone(replace(COMPLETE, readers=alone))


# --- How serious it is (A13) -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("now", "status", "to", "may"),
    [
        (Urgency.ROUTINE, Status.LOGGED, Urgency.URGENT, True),
        (Urgency.ROUTINE, Status.ACKNOWLEDGED, Urgency.URGENT, True),
        (Urgency.URGENT, Status.LOGGED, Urgency.ROUTINE, False),
        (Urgency.URGENT, Status.ACKNOWLEDGED, Urgency.ROUTINE, True),
        (Urgency.URGENT, Status.REOPENED, Urgency.ROUTINE, True),
        (Urgency.URGENT, Status.ACKNOWLEDGED, Urgency.URGENT, False),
        (Urgency.ROUTINE, Status.LOGGED, Urgency.ROUTINE, False),
    ],
)
def test_a13_lowering_what_nobody_acknowledged_is_not_possible(
    now: Urgency, status: Status, to: Urgency, may: bool
) -> None:
    concern = a_concern(urgency=now, status=status)
    if may:
        policy.check_weighing(concern, to)
        return
    with pytest.raises(NotAllowed):
        policy.check_weighing(concern, to)


@pytest.mark.parametrize("waited", [timedelta(), timedelta(hours=3), timedelta(days=2)])
def test_a13_raising_falls_back_to_no_earlier_step(waited: timedelta) -> None:
    routine = a_concern(urgency=Urgency.ROUTINE)
    now = TUESDAY + waited
    before = policy.rung_at(routine, a_team(), HOURS, now=now)

    began = policy.raised_from(routine, HOURS, now=now)
    after = policy.rung_at(
        replace(routine, urgency=Urgency.URGENT, clock_began_at=began), a_team(), HOURS, now=now
    )

    assert before is not None
    assert after is not None
    assert after.step == min(before.step, 3)


# --- Tasks (A30) -----------------------------------------------------------------------------------
FRIDAY = date(2026, 10, 23)  # the last day before half-term
BACK = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("due_on", "step", "day"),
    [
        (date(2026, 9, 15), 0, date(2026, 9, 15)),
        (date(2026, 9, 15), 2, date(2026, 9, 17)),
        (date(2026, 9, 18), 1, date(2026, 9, 21)),
        (date(2026, 9, 19), 0, date(2026, 9, 21)),
        (FRIDAY, 1, BACK),
    ],
)
def test_a30_reminders_come_when_the_school_opens_and_count_school_days(
    due_on: date, step: int, day: date
) -> None:
    at = policy.reminded_at(HOURS, due_on, step)

    assert at == datetime(day.year, day.month, day.day, 8, 30, tzinfo=LONDON)
    assert policy.reminder_step(HOURS, due_on, now=at) == step
    assert policy.reminder_step(HOURS, due_on, now=at - SECOND) == step - 1


@pytest.mark.parametrize(
    ("owner", "step", "told"),
    [
        (LEAD, 0, (LEAD,)),
        (LEAD, 1, (LEAD,)),
        (LEAD, policy.DESK_AFTER, (LEAD, DEPUTY, HEAD)),
        (None, 0, (LEAD, DEPUTY, HEAD)),
    ],
)
def test_a30_the_owner_is_reminded_and_after_two_school_days_the_desk(
    owner: int | None, step: int, told: tuple[int, ...]
) -> None:
    assert policy.to_remind(a_concern(), a_team(), owner_id=owner, step=step) == told


def test_a30_whoever_stands_outside_owns_nothing_and_is_told_nothing() -> None:
    concern = a_concern(excluded=frozenset({LEAD}))

    assert not policy.may_own(LEAD, concern, a_team())
    assert policy.may_own(DEPUTY, concern, a_team())
    assert policy.to_remind(concern, a_team(), owner_id=LEAD, step=0) == (DEPUTY, HEAD)


@pytest.mark.parametrize(
    ("made_at", "due"),
    [
        (TUESDAY, date(2026, 9, 16)),
        (TUESDAY.replace(hour=20), date(2026, 9, 17)),
        (datetime(2026, 10, 23, 15, tzinfo=LONDON), BACK),
    ],
)
def test_a34_an_agency_is_asked_for_its_answer_on_the_next_school_day(
    made_at: datetime, due: date
) -> None:
    assert policy.answer_due(HOURS, made_at=made_at) == due
