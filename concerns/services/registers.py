"""The register of low-level concerns about adults: in, out again, or settled, always with reasons (G10)."""

from collections.abc import Sequence
from datetime import datetime

from audit import services as audit
from audit.services import Row
from concerns import policy, selectors
from concerns.models import Concern, Entry
from concerns.policy import Action, EntryKind, Level, Status
from concerns.services import alerts
from concerns.services.entering import append, begin, record
from school.models import StaffMember
from school.terms import calendar
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def lower(concern: Concern, *, by: StaffMember, reasons: str) -> Entry:
    """Move a concern about an adult into the register of low-level concerns; its clock goes on.

    Raises NotAllowed without reasons, before anybody has acknowledged it, for one that is not about
    an adult who works here, and while somebody outside has been told and has not answered.
    """
    now = clock.now()
    concern, scene = begin(concern, Action.LOWER, by=by, now=now)
    if selectors.case_of(concern, scene.facts, scene.people).unanswered:
        raise NotAllowed("Somebody outside has been told. Note their answer first.")
    entry = append(concern, EntryKind.LOWERED, by=by, now=now, text=reasons)
    concern.level = Level.LOW
    concern.save(update_fields=["level"])
    record(concern, Action.LOWER, by=by, now=now)
    return entry


@audit.atomic()
def raise_up(concern: Concern, *, by: StaffMember, reasons: str) -> Entry:
    """Raise a low-level concern to an allegation, settled or not: it has to be decided anew.

    What stands in it stays. Raises NotAllowed without reasons, or when it is not low-level.
    """
    now = clock.now()
    concern, _ = begin(concern, Action.RAISE, by=by, now=now)
    entry = append(concern, EntryKind.RAISED, by=by, now=now, text=reasons)
    concern.level = Level.FULL
    concern.save(update_fields=["level"])
    if concern.status != Status.LOGGED:
        _decide_anew(concern, now=now)
    record(concern, Action.RAISE, by=by, now=now)
    return entry


def _decide_anew(concern: Concern, *, now: datetime) -> None:
    """Begin the wait for a decision; one that was settled is open again."""
    if concern.status == Status.CLOSED:
        concern.status = Status.REOPENED
    concern.closed_at = concern.closed_by = concern.decided_at = None
    concern.decide_by = policy.decide_by(calendar(), acknowledged_at=now)
    concern.save(update_fields=["status", "closed_at", "closed_by", "decided_at", "decide_by"])
    alerts.settle(concern, now=now, why="raised to an allegation")
    alerts.await_decision(concern, now=now)


@audit.atomic()
def settle_low(concern: Concern, *, by: StaffMember, reasons: str) -> Concern:
    """Settle a low-level concern with the reasons: decided and closed, and in the register for good.

    Raises NotAllowed without reasons, before it is acknowledged, or while anything is missing.
    """
    now = clock.now()
    concern, scene = begin(concern, Action.SETTLE, by=by, now=now)
    case = selectors.case_of(concern, scene.facts, scene.people)
    policy.check_settling(case)
    alone = policy.is_alone(case)
    append(concern, EntryKind.SETTLED, by=by, now=now, text=reasons, was_alone=alone)
    concern.status = Status.CLOSED
    concern.decided_at = concern.closed_at = now
    concern.closed_by = by
    concern.save(update_fields=["status", "decided_at", "closed_at", "closed_by"])
    alerts.settle(concern, now=now, why="already settled")
    record(concern, Action.SETTLE, by=by, now=now, alone=alone)
    return concern


@audit.atomic()
def read_register(concerns: Sequence[Concern], *, by: StaffMember) -> None:
    """Record that somebody looked through the register, and with it each concern that it names (E4)."""
    rows = [
        Row(actor=by.actor, verb="concern.read", object=concern.object, detail={"in": "register"})
        for concern in concerns
    ]
    opened = Row(actor=by.actor, verb="concern.register.read", object="concerns.register")
    audit.record_many(at=clock.now(), rows=[opened, *rows])
