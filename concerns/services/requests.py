"""Somebody asks to see a child's file: the steps on the way, and the reminders until it has ended."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from audit import services as audit
from concerns import policy, selectors
from concerns.models import AccessRequest, AccessStep, Hold
from concerns.policy.access import Desk
from concerns.policy.requests import (
    Asker,
    ChildSays,
    Ending,
    Heard,
    RequestStep,
    check_extension,
    may_note_request,
    reminders,
)
from concerns.policy.transfer import Plan
from notices import models as outbox
from notices import services as notices
from notices.kinds import Climb, Draft
from school.models import Guardian, Pupil, StaffMember
from school.services import lock_row
from school.terms import calendar
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

REQUESTED = "concern_requested"
HOLD_REASONS = "Somebody has asked to see it: nothing is destroyed before that has ended."


@audit.atomic()
def note_request(
    pupil: Pupil,
    *,
    by: StaffMember,
    asker: Asker,
    heard: Heard,
    name: str,
    words: str,
    received_on: date,
) -> AccessRequest:
    """Write down that somebody asked, by whoever was asked; the month runs from that day (G37, E95).

    The team is told at once, and the child's file is held until the request has ended (E96). The same
    once more is one request, as long as it is open (E20). Raises NotAllowed for whoever does not work
    here, without a name, or for a day to come.
    """
    now = clock.now()
    if not may_note_request(by.viewer()):
        raise NotAllowed("Whoever works at the school writes down that somebody asked.")
    if not name.strip() or not words.strip():
        raise NotAllowed("Write down who asks, and for what.")
    if received_on > clock.local(now).date():
        raise NotAllowed("Nobody has asked on a day to come.")
    pupil = lock_row(Pupil, pupil.pk, no_key=False)
    noted = AccessRequest.objects.open().filter(
        pupil=pupil, noted_by=by, asker=asker, heard=heard, received_on=received_on
    )
    for same in noted:
        if (same.name, same.words) == (name, words):
            return same
    # On the desk of the team, whoever wrote it down: those who see to it read why.
    hold = Hold.objects.create(
        pupil=pupil,
        desk=Desk.TEAM,
        why=policy.HoldWhy.ACCESS,
        reasons=HOLD_REASONS,
        placed_at=now,
        placed_by=by,
    )
    request = AccessRequest.objects.create(
        pupil=pupil,
        received_on=received_on,
        heard=heard,
        asker=asker,
        name=name,
        words=words,
        noted_at=now,
        noted_by=by,
        hold_number=hold.pk,
    )
    step_of(request, RequestStep.NOTED, by=by, now=now, happened_on=received_on)
    notices.start_ladder(REQUESTED, request.object, due_at=now, now=now)
    record(request, RequestStep.NOTED, by=by, now=now)
    return request


@audit.atomic()
def ask_identity(
    request: AccessRequest, *, by: StaffMember, happened_on: date, text: str
) -> AccessRequest:
    """Record that the asker has to show who they are: the clock stands until they have (G37).

    Raises NotAllowed when they were asked already, or when it is known who they are.
    """
    now, request = clock.now(), lock(request, by=by)
    check_day(request, happened_on, now=now)
    if request.identity_asked_on is not None or request.identity_on is not None:
        raise NotAllowed("They were asked already, or it is known who they are.")
    request.identity_asked_on = happened_on
    return _note(request, RequestStep.IDENTITY_ASKED, by, now, happened_on=happened_on, text=text)


@audit.atomic()
def check_identity(
    request: AccessRequest, *, by: StaffMember, happened_on: date, text: str
) -> AccessRequest:
    """Record how it was made sure who the asker is; from then on the clock runs again."""
    now, request = clock.now(), lock(request, by=by)
    check_day(request, happened_on, now=now)
    if request.identity_asked_on is not None and happened_on < request.identity_asked_on:
        raise NotAllowed("They were asked later than that.")
    request.identity_on = happened_on
    return _note(request, RequestStep.IDENTITY, by, now, happened_on=happened_on, text=text)


@audit.atomic()
def check_authority(
    request: AccessRequest,
    *,
    by: StaffMember,
    happened_on: date,
    text: str,
    guardian: Guardian | None = None,
) -> AccessRequest:
    """Record that the asker may ask: parental responsibility, or that the child understands it (G37).

    Raises NotAllowed for a parent who is on record without responsibility, or of another child.
    """
    now, request = clock.now(), lock(request, by=by)
    check_day(request, happened_on, now=now)
    if guardian is not None:
        tie = guardian.guardianships.filter(pupil=request.pupil).first()
        if tie is None or not tie.has_parental_responsibility:
            raise NotAllowed("The record says that they have no parental responsibility.")
    request.guardian, request.authority_on = guardian, happened_on
    return _note(request, RequestStep.AUTHORITY, by, now, happened_on=happened_on, text=text)


@audit.atomic()
def ask_child(
    request: AccessRequest, *, by: StaffMember, happened_on: date, answer: ChildSays, text: str
) -> AccessRequest:
    """Record what the child says to it, or why it was not asked (E95); an objection takes two people."""
    now, request = clock.now(), lock(request, by=by)
    check_day(request, happened_on, now=now)
    if request.asker == Asker.PUPIL:
        raise NotAllowed("It is the child who asks.")
    request.child_says = answer
    return _note(
        request, RequestStep.CHILD, by, now, happened_on=happened_on, answer=answer, text=text
    )


@audit.atomic()
def extend_request(
    request: AccessRequest, *, by: StaffMember, happened_on: date, text: str
) -> AccessRequest:
    """Record that the asker was told of two more months, and why (G37).

    Raises NotAllowed when the first month was over on that day, or a second time.
    """
    now, request = clock.now(), lock(request, by=by)
    check_day(request, happened_on, now=now)
    check_extension(request.asked(), told_on=happened_on)
    request.extended_on = happened_on
    return _note(request, RequestStep.EXTENDED, by, now, happened_on=happened_on, text=text)


@audit.atomic()
def flag_request(request: AccessRequest, *, by: StaffMember, text: str) -> AccessRequest:
    """Say that harm may come of it: from now on two different people have to agree (E94)."""
    now, request = clock.now(), lock(request, by=by)
    request.is_flagged = True
    today = clock.local(now).date()
    return _note(request, RequestStep.FLAGGED, by, now, happened_on=today, text=text)


@audit.atomic()
def note_advice(
    request: AccessRequest, *, by: StaffMember, whom: str, happened_on: date, text: str
) -> AccessRequest:
    """Record what whoever leads on data protection says (E94)."""
    now, request = clock.now(), lock(request, by=by)
    check_day(request, happened_on, now=now)
    if not whom.strip():
        raise NotAllowed("Write down who it was.")
    request.advised_on = happened_on
    return _note(
        request, RequestStep.ADVISED, by, now, happened_on=happened_on, whom=whom, text=text
    )


@audit.atomic()
def end_request(
    request: AccessRequest, *, by: StaffMember, ending: Ending, happened_on: date, text: str
) -> AccessRequest:
    """Record how it ended; the reminders stop, and the hold on the file is lifted (E96).

    Raises NotAllowed when it is said to be given and nothing was made.
    """
    now, request = clock.now(), lock(request, by=by)
    check_day(request, happened_on, now=now)
    is_released = request.steps.filter(kind=RequestStep.RELEASED).exists()
    if is_released != (ending is Ending.GIVEN) and ending is not Ending.WITHDRAWN:
        raise NotAllowed(
            "Something was made for them: say that they have it, or that they withdrew."
            if is_released
            else "Nothing was made for them yet."
        )
    request.ended_at, request.ending = now, ending
    _note(request, RequestStep.ENDED, by, now, happened_on=happened_on, answer=ending, text=text)
    number = request.hold_number or 0
    held = Hold.objects.select_for_update().filter(pk=number, lifted_at=None).first()
    if held is not None:
        held.lifted_at, held.lifted_by, held.lifted_because = now, by, f"{ending.label}."
        held.save(update_fields=["lifted_at", "lifted_by", "lifted_because"])
    return request


def lock(request: AccessRequest, *, by: StaffMember) -> AccessRequest:
    """Return the row as it is now, for this transaction alone.

    Raises NotAllowed for whoever does not see to it any more, or once it has ended.
    """
    locked = AccessRequest.objects.select_for_update().select_related("pupil").get(pk=request.pk)
    if not AccessRequest.objects.filter(pk=request.pk).visible_to(by.viewer()).exists():
        raise NotAllowed("The safeguarding team and the headteacher see to requests.")
    if locked.ended_at is not None:
        raise NotAllowed("It has ended. Who asks again makes a new request.")
    return locked


def check_day(request: AccessRequest, happened_on: date, *, now: datetime) -> None:
    """Refuse a day to come, or one before anybody had asked."""
    if happened_on > clock.local(now).date():
        raise NotAllowed("It can be noted once it has been done, not before.")
    if happened_on < request.received_on:
        raise NotAllowed("They had not asked yet on that day.")


def step_of(
    request: AccessRequest,
    kind: RequestStep,
    *,
    by: StaffMember,
    now: datetime,
    **facts: Any,
) -> AccessStep:
    """Append one thing that was done."""
    facts.setdefault("happened_on", clock.local(now).date())
    return AccessStep.objects.create(request=request, kind=kind, at=now, by=by, **facts)


def record(
    request: AccessRequest, kind: RequestStep, *, by: StaffMember, now: datetime, **detail: object
) -> None:
    """Write into the audit what was done about a request."""
    audit.record(
        at=now, actor=by.actor, verb=f"concern.request.{kind}", object=request.object, **detail
    )


def _note(
    request: AccessRequest, kind: RequestStep, by: StaffMember, now: datetime, **facts: Any
) -> AccessRequest:
    """Save what has changed with its step, and set the reminders to what is due now."""
    if not str(facts["text"]).strip() and kind is not RequestStep.IDENTITY_ASKED:
        raise NotAllowed("Write how, or why: without it nobody can tell later.")
    request.save()
    step_of(request, kind, by=by, now=now, **facts)
    plan = reminders(request.asked(), calendar())
    if plan is None:
        notices.stop_ladder(REQUESTED, request.object, now=now)
        notices.drop(about=request.object, kinds=(REQUESTED,), now=now, why="it has ended")
    else:
        due_at = plan.due_at(plan.step_at(now) + 1)
        notices.start_ladder(REQUESTED, request.object, due_at=due_at, now=now)
        notices.move_ladder(REQUESTED, request.object, due_at=due_at)
    record(request, kind, by=by, now=now)
    return request


def climb_requests(ladders: Sequence[outbox.Ladder], now: datetime) -> list[Climb]:
    """Return, for each open request, who is reminded now, and when again."""
    names = {ladder.pk: AccessRequest.reference_in(ladder.about) for ladder in ladders}
    rows = AccessRequest.objects.open().filter(reference__in=names.values())
    open_ = {row.reference: row for row in rows.select_related("pupil")}
    told = selectors.to_tell_of_requests(list(open_.values()), selectors.colleagues(now))
    days = calendar()
    return [
        _climb(ladder.pk, row, plan, told[row.pk], now)
        if (row := open_.get(names[ladder.pk])) and (plan := reminders(row.asked(), days))
        else Climb(ladder_id=ladder.pk, drafts=(), next_due=None)
        for ladder in ladders
    ]


def _climb(
    ladder_id: int, row: AccessRequest, plan: Plan, told: Sequence[int], now: datetime
) -> Climb:
    step = plan.step_at(now)
    stem = f"request:{row.pk}:{int(plan.first[0].timestamp())}:{step}"
    drafts = tuple(
        Draft(
            kind=REQUESTED,
            key=f"{stem}:{staff_id}",
            due_at=now,
            about=row.object,
            staff_id=staff_id,
            detail={"step": step},
        )
        for staff_id in told
    )
    return Climb(ladder_id=ladder_id, drafts=drafts, next_due=plan.due_at(step + 1))
