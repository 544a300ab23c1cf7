"""What is done with a logged concern: read, added to, acknowledged, decided."""

from collections.abc import Sequence
from datetime import datetime

from audit import services as audit
from concerns import policy
from concerns.models import Concern, Entry, Outcome
from concerns.policy import Action, EntryKind
from concerns.services import alerts, filing, indexing, naming, routing
from concerns.services.alerts import Notice
from concerns.services.entering import append, begin, lock, of, record
from concerns.services.filing import Call, Named
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
def add(
    concern: Concern,
    *,
    by: StaffMember,
    text: str,
    question: Entry | None = None,
    people: Sequence[Named] = (),
) -> Entry:
    """Add something to a concern; who took charge of it is told, or whoever may read it now.

    `people`: staff named in it with their parts; who must not read it is shut out before it is there.
    `question`: what whoever logged it was asked, and answers by this (A24).
    Raises NotAllowed for whoever neither works on it nor logged it, or when nothing was written.
    """
    now = clock.now()
    concern, _ = begin(concern, Action.ADD, by=by, now=now)
    asked = None if question is None else of(concern, question, EntryKind.QUESTION)
    concern = naming.involve_too(concern, people, by=by, now=now)
    entry = append(concern, EntryKind.ADDENDUM, by=by, now=now, text=text, follows=asked)
    routing.follow(concern, by=SWEEP, now=now)
    scene = alerts.look(concern, now=now)
    told = policy.to_tell_of_more(scene.facts, scene.people, besides=by.pk)
    alerts.tell_of_more(concern, told, what=str(entry.pk), now=now)
    record(concern, Action.ADD, by=by, now=now)
    return entry


@audit.atomic()
def record_call(
    concern: Concern, *, by: StaffMember, call: Call, people: Sequence[Named] = ()
) -> Entry:
    """Note a telephone call: one that reached nobody makes the concern climb at once (P14).

    `people`: staff named in it with their parts; who must not read it is shut out before it is there.
    A call that was taken ends the reminders, not the wait for an acknowledgement (E88).
    Raises NotAllowed for whoever neither works on it nor logged it, or for a call in the future.
    """
    now = clock.now()
    concern, _ = begin(concern, Action.CALL, by=by, now=now)
    concern = naming.involve_too(concern, people, by=by, now=now)
    entry = filing.note_call(concern, call, by=by, now=now)
    indexing.index(concern)
    if call.called.pk not in alerts.look(concern, now=now).facts.excluded:
        notices.drop(
            about=concern.object,
            kinds=(Notice.NAG, Notice.UNCALLED),
            now=now,
            why="a call was noted",
        )
    if not call.was_reached:
        alerts.hurry(concern, now=now)
    record(concern, Action.CALL, by=by, now=now, reached=call.was_reached)
    return entry


@audit.atomic()
def acknowledge(concern: Concern, *, by: StaffMember) -> Concern:
    """Take charge of a concern: it is theirs (A29), its ladder ends, and the reporter is told.

    Raises AlreadyAcknowledged when somebody was first, NotAllowed for whoever may not read it.
    """
    now = clock.now()
    concern = lock(concern)
    _refuse_second(concern, by=by, now=now)
    concern, _ = begin(concern, Action.ACKNOWLEDGE, by=by, now=now)
    concern.status = policy.Status.ACKNOWLEDGED
    concern.acknowledged_at, concern.acknowledged_by, concern.owner = now, by, by
    concern.decide_by = policy.decide_by(calendar(), acknowledged_at=now)
    concern.save(
        update_fields=["status", "acknowledged_at", "acknowledged_by", "owner", "decide_by"]
    )
    append(concern, EntryKind.ACKNOWLEDGEMENT, by=by, now=now)
    alerts.settle(concern, now=now, why="already acknowledged")
    alerts.await_decision(concern, now=now)
    if concern.reporter_id != by.pk:
        _tell_reporter(concern, now=now)
    record(concern, Action.ACKNOWLEDGE, by=by, now=now)
    return concern


def _refuse_second(concern: Concern, *, by: StaffMember, now: datetime) -> None:
    """Say who was first, to somebody who may know."""
    scene = alerts.look(concern, now=now)
    taken = concern.acknowledged_by, concern.acknowledged_at
    if taken[0] is None or taken[1] is None or not policy.may_view(by.viewer(), scene.facts):
        return
    if concern.status == policy.Status.ACKNOWLEDGED:
        at = clock.in_words(taken[1])
        raise AlreadyAcknowledged(f"{taken[0]} acknowledged this concern on {at}.")


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
def decide(concern: Concern, *, by: StaffMember, outcome: Outcome, reasons: str) -> Entry:
    """Append a decision with its reasons; one before it stays beside it (G1, A31).

    Raises NotAllowed without reasons, or before anybody has acknowledged.
    """
    now = clock.now()
    concern, _ = begin(concern, Action.DECIDE, by=by, now=now)
    entry = append(concern, EntryKind.DECISION, by=by, now=now, text=reasons, outcome=outcome)
    concern.decided_at = now
    concern.save(update_fields=["decided_at"])
    alerts.settle(concern, now=now, why="already decided")
    record(concern, Action.DECIDE, by=by, now=now, outcome=outcome.pk)
    return entry
