"""What is done with a logged concern: read, added to, acknowledged, decided, closed, reopened."""

from datetime import datetime

from audit import services as audit
from concerns import policy
from concerns.models import Concern, Entry, Outcome
from concerns.policy import Action, EntryKind
from concerns.services import alerts, filing, routing
from concerns.services.alerts import Notice
from concerns.services.filing import Call
from notices import services as notices
from notices.kinds import Draft
from school.models import StaffMember
from school.services import SWEEP
from school.terms import calendar
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


class AlreadyAcknowledged(NotAllowed):
    """Somebody else was first; the message says who, and when."""


@audit.atomic()
def read(concern: Concern, *, by: StaffMember) -> None:
    """Record that somebody opened a concern. Reading is not acknowledging (E21)."""
    audit.record(at=clock.now(), actor=by.actor, verb="concern.read", object=concern.object)


@audit.atomic()
def add(concern: Concern, *, by: StaffMember, text: str) -> Entry:
    """Add something to a concern; who took charge of it is told, or whoever may read it now.

    Raises NotAllowed for whoever neither works on it nor logged it, or when nothing was written.
    """
    now = clock.now()
    concern, _ = _open(concern, Action.ADD, by=by, now=now)
    entry = _append(concern, EntryKind.ADDENDUM, by=by, now=now, text=text)
    routing.follow(concern, by=SWEEP, now=now)
    scene = alerts.look(concern, now=now)
    told = policy.to_tell_of_more(scene.facts, scene.people, besides=by.pk)
    alerts.tell_of_more(concern, told, what=str(entry.pk), now=now)
    _record(concern, Action.ADD, by=by, now=now)
    return entry


@audit.atomic()
def record_call(concern: Concern, *, by: StaffMember, call: Call) -> Entry:
    """Note a telephone call: one that reached nobody makes the concern climb at once (P14).

    A call that was taken ends the reminders, not the wait for an acknowledgement (E88).
    Raises NotAllowed for whoever neither works on it nor logged it, or for a call in the future.
    """
    now = clock.now()
    concern, scene = _open(concern, Action.CALL, by=by, now=now)
    entry = filing.note_call(concern, call, by=by, now=now)
    if call.called.pk not in scene.facts.excluded:
        notices.drop(
            about=concern.object,
            kinds=(Notice.NAG, Notice.UNCALLED),
            now=now,
            why="a call was noted",
        )
    if not call.was_reached:
        alerts.hurry(concern, now=now)
    _record(concern, Action.CALL, by=by, now=now, reached=call.was_reached)
    return entry


@audit.atomic()
def acknowledge(concern: Concern, *, by: StaffMember) -> Concern:
    """Take charge of a concern: its ladder ends, and the reporter is told.

    Raises AlreadyAcknowledged when somebody was first, NotAllowed for whoever may not read it.
    """
    now = clock.now()
    concern = _lock(concern)
    _refuse_second(concern, by=by, now=now)
    concern, _ = _open(concern, Action.ACKNOWLEDGE, by=by, now=now)
    concern.status = policy.Status.ACKNOWLEDGED
    concern.acknowledged_at, concern.acknowledged_by = now, by
    concern.decide_by = policy.decide_by(calendar(), acknowledged_at=now)
    concern.save(update_fields=["status", "acknowledged_at", "acknowledged_by", "decide_by"])
    _append(concern, EntryKind.ACKNOWLEDGEMENT, by=by, now=now)
    alerts.settle(concern, now=now, why="already acknowledged")
    alerts.await_decision(concern, now=now)
    if concern.reporter_id != by.pk:
        _tell_reporter(concern, now=now)
    _record(concern, Action.ACKNOWLEDGE, by=by, now=now)
    return concern


def _refuse_second(concern: Concern, *, by: StaffMember, now: datetime) -> None:
    """Say who was first, to somebody who may know."""
    scene = alerts.look(concern, now=now)
    taken = concern.acknowledged_by, concern.acknowledged_at
    if taken[0] is None or taken[1] is None or not policy.may_view(by.viewer(), scene.facts):
        return
    if concern.status == policy.Status.ACKNOWLEDGED:
        at = clock.local(taken[1])
        raise AlreadyAcknowledged(
            f"{taken[0]} acknowledged this concern at {at:%H:%M} on {at.day} {at:%B}."
        )


def _tell_reporter(concern: Concern, *, now: datetime) -> None:
    """Tell the reporter that somebody has taken charge."""
    notices.queue(
        [
            Draft(
                kind=Notice.READ,
                key=f"concern:{concern.pk}:{Notice.READ}:{int(now.timestamp())}",
                due_at=now,
                about=concern.object,
                staff_id=concern.reporter_id,
            )
        ],
        now=now,
    )


@audit.atomic()
def decide(
    concern: Concern,
    *,
    by: StaffMember,
    outcome: Outcome,
    reasons: str,
    agency_reference: str = "",
) -> Entry:
    """Append a decision with its reasons; one before it stays beside it (G1).

    Raises NotAllowed without reasons, or before anybody has acknowledged.
    """
    now = clock.now()
    concern, _ = _open(concern, Action.DECIDE, by=by, now=now)
    kind = EntryKind.REFERRAL if outcome.is_referral else EntryKind.DECISION
    entry = _append(
        concern,
        kind,
        by=by,
        now=now,
        text=reasons,
        outcome=outcome,
        agency_reference=agency_reference,
    )
    concern.decided_at = now
    concern.save(update_fields=["decided_at"])
    alerts.settle(concern, now=now, why="already decided")
    _record(concern, Action.DECIDE, by=by, now=now, outcome=outcome.pk)
    return entry


@audit.atomic()
def close(concern: Concern, *, by: StaffMember, reasons: str) -> Concern:
    """Close a concern with the reasons. Raises NotAllowed without them, or before an acknowledgement."""
    now = clock.now()
    concern, _ = _open(concern, Action.CLOSE, by=by, now=now)
    _append(concern, EntryKind.CLOSURE, by=by, now=now, text=reasons)
    concern.status = policy.Status.CLOSED
    concern.closed_at, concern.closed_by = now, by
    concern.save(update_fields=["status", "closed_at", "closed_by"])
    alerts.settle(concern, now=now, why="already closed")
    _record(concern, Action.CLOSE, by=by, now=now)
    return concern


@audit.atomic()
def reopen(concern: Concern, *, by: StaffMember, reasons: str) -> Concern:
    """Open a closed concern again with the reasons; it waits for a decision anew.

    Raises NotAllowed without reasons, or when it is not closed.
    """
    now = clock.now()
    concern, _ = _open(concern, Action.REOPEN, by=by, now=now)
    _append(concern, EntryKind.REOPENING, by=by, now=now, text=reasons)
    concern.status = policy.Status.REOPENED
    concern.closed_at = concern.closed_by = concern.decided_at = None
    concern.decide_by = policy.decide_by(calendar(), acknowledged_at=now)
    concern.save(update_fields=["status", "closed_at", "closed_by", "decided_at", "decide_by"])
    alerts.await_decision(concern, now=now)
    _record(concern, Action.REOPEN, by=by, now=now)
    return concern


def _lock(concern: Concern) -> Concern:
    """Return the row as it is now, for this transaction alone."""
    return Concern.objects.select_for_update().get(pk=concern.pk)


def _open(
    concern: Concern, action: Action, *, by: StaffMember, now: datetime
) -> tuple[Concern, alerts.Scene]:
    """Lock a concern and check that this person may do this now."""
    concern = _lock(concern)
    scene = alerts.look(concern, now=now)
    policy.next_status(action, by.viewer(), scene.facts)
    return concern, scene


def _append(
    concern: Concern, kind: EntryKind, *, by: StaffMember, now: datetime, **fields: object
) -> Entry:
    """Append to the chronology. Raises NotAllowed when reasons are due and missing."""
    if "text" in fields and not str(fields["text"]).strip():
        raise NotAllowed("Write it down: without words the record says nothing.")
    return Entry.objects.create(concern=concern, kind=kind, at=now, by=by, **fields)


def _record(
    concern: Concern, action: Action, *, by: StaffMember, now: datetime, **detail: object
) -> None:
    """Write the audit entry, last of all."""
    audit.record(at=now, actor=by.actor, verb=f"concern.{action}", object=concern.object, **detail)
