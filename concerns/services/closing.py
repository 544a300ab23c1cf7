"""Closing a concern once it is complete, with a second person where it was urgent, and opening it again."""

from datetime import datetime

from audit import services as audit
from concerns import policy, selectors
from concerns.models import Concern, Entry
from concerns.policy import Action, EntryKind
from concerns.services import alerts
from concerns.services.entering import append, begin, record
from school.models import StaffMember
from school.terms import calendar
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


class AlreadySigned(NotAllowed):
    """Somebody else was first; the message says who."""


@audit.atomic()
def ask_second(concern: Concern, *, by: StaffMember) -> Entry:
    """Ask somebody else who may read a concern to look at it before it is closed (A32).

    Raises NotAllowed while something else is missing, when it is asked already, or when nobody else
    may read it.
    """
    now = clock.now()
    concern, scene = begin(concern, Action.SECOND, by=by, now=now)
    case = selectors.case_of(concern, scene.facts, scene.people)
    missing = policy.missing_before_second(case)
    if missing:
        raise NotAllowed(missing[0].lack.label)
    others = policy.others(case) - {by.pk}
    if not others:
        raise NotAllowed("Nobody else may read it: it needs no second person.")
    if policy.asked_by(case) is not None or policy.is_signed(case):
        raise NotAllowed("A second person has been asked already.")
    entry = append(concern, EntryKind.SECOND_ASKED, by=by, now=now)
    alerts.tell_of_more(concern, sorted(others), what=str(entry.pk), now=now)
    record(concern, "ask_second", by=by, now=now)
    return entry


@audit.atomic()
def sign(concern: Concern, *, by: StaffMember, text: str = "") -> Entry:
    """Sign as the second person that a concern may be closed (A32).

    Raises AlreadySigned when somebody was first, NotAllowed for whoever decided or asked, when
    nobody asked, or when something has come to be missing since.
    """
    now = clock.now()
    concern, case = _second(concern, by=by, now=now)
    missing = policy.missing_before_second(case)
    if missing:
        raise NotAllowed(missing[0].lack.label)
    entry = append(
        concern, EntryKind.SECOND_SIGNED, by=by, now=now, **({"text": text} if text else {})
    )
    _tell_owner(concern, entry, by=by, now=now)
    record(concern, "sign", by=by, now=now)
    return entry


@audit.atomic()
def refuse(concern: Concern, *, by: StaffMember, reasons: str) -> Entry:
    """Say as the second person why a concern cannot be closed yet (A32)."""
    now = clock.now()
    concern, _ = _second(concern, by=by, now=now)
    entry = append(concern, EntryKind.SECOND_REFUSED, by=by, now=now, text=reasons)
    _tell_owner(concern, entry, by=by, now=now)
    record(concern, "refuse", by=by, now=now)
    return entry


def _second(concern: Concern, *, by: StaffMember, now: datetime) -> tuple[Concern, policy.Case]:
    """Lock a concern and check that this person may be the second one now."""
    concern, scene = begin(concern, Action.SECOND, by=by, now=now)
    case = selectors.case_of(concern, scene.facts, scene.people)
    if policy.is_signed(case):
        signed = concern.entries.select_related("by").filter(kind=EntryKind.SECOND_SIGNED).last()
        raise AlreadySigned(f"{signed.by if signed else 'Somebody'} has signed it already.")
    if not policy.may_sign(by.pk, case):
        raise NotAllowed("The second person is somebody who was asked, and did not decide it.")
    return concern, case


def _tell_owner(concern: Concern, entry: Entry, *, by: StaffMember, now: datetime) -> None:
    """Tell who is in charge what the second person said."""
    if concern.owner_id is not None and concern.owner_id != by.pk:
        alerts.tell_of_more(concern, [concern.owner_id], what=str(entry.pk), now=now)


@audit.atomic()
def close(concern: Concern, *, by: StaffMember, reasons: str) -> Concern:
    """Close a complete concern with the reasons (G2, G18); that nobody else was there stands with them.

    Raises NotAllowed without reasons, before an acknowledgement, or while anything is missing.
    """
    now = clock.now()
    concern, scene = begin(concern, Action.CLOSE, by=by, now=now)
    case = selectors.case_of(concern, scene.facts, scene.people)
    policy.check_closing(case)
    alone = policy.is_alone(case)
    append(concern, EntryKind.CLOSURE, by=by, now=now, text=reasons, was_alone=alone)
    concern.status = policy.Status.CLOSED
    concern.closed_at, concern.closed_by = now, by
    concern.save(update_fields=["status", "closed_at", "closed_by"])
    alerts.settle(concern, now=now, why="already closed")
    record(concern, Action.CLOSE, by=by, now=now, alone=alone)
    return concern


@audit.atomic()
def reopen(concern: Concern, *, by: StaffMember, reasons: str) -> Concern:
    """Open a closed concern again with the reasons; it waits for a decision anew.

    Raises NotAllowed without reasons, or when it is not closed.
    """
    now = clock.now()
    concern, _ = begin(concern, Action.REOPEN, by=by, now=now)
    append(concern, EntryKind.REOPENING, by=by, now=now, text=reasons)
    concern.status = policy.Status.REOPENED
    concern.closed_at = concern.closed_by = concern.decided_at = None
    concern.decide_by = policy.decide_by(calendar(), acknowledged_at=now)
    concern.save(update_fields=["status", "closed_at", "closed_by", "decided_at", "decide_by"])
    alerts.await_decision(concern, now=now)
    record(concern, Action.REOPEN, by=by, now=now)
    return concern
