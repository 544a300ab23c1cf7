"""Linking concerns about one event: both texts stay as they are (E10)."""

from audit import services as audit
from concerns.models import Concern, Link
from concerns.policy import Action
from concerns.services.entering import NO_WORDS, begin, record
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def link(concern: Concern, *, by: StaffMember, other: Concern, text: str) -> Link:
    """Link two concerns as one event, with the reason.

    Raises NotAllowed for whoever may not read both, without a reason, or when they are linked.
    """
    now = clock.now()
    if not text.strip():
        raise NotAllowed(NO_WORDS)
    if concern.pk == other.pk:
        raise NotAllowed("A concern cannot be linked with itself.")
    # In one order, whoever of two people is at which page.
    first, second = (
        begin(each, Action.LINK, by=by, now=now)[0]
        for each in sorted((concern, other), key=lambda each: each.pk)
    )
    if Link.objects.filter(first=first, second=second, ended_at=None).exists():
        raise NotAllowed("They are linked already.")
    made = Link.objects.create(first=first, second=second, text=text, at=now, by=by)
    _record_both(made, "link", by=by)
    return made


@audit.atomic()
def unlink(concern: Concern, *, by: StaffMember, link: Link) -> Link:
    """End a link that was made by mistake; that it stood stays in the audit.

    Raises NotAllowed for whoever may not read both.
    """
    now = clock.now()
    for each in (link.first, link.second):
        begin(each, Action.LINK, by=by, now=now)
    found = Link.objects.filter(pk=link.pk, ended_at=None).first()
    if found is None or concern.pk not in {found.first_id, found.second_id}:
        raise NotAllowed("They are not linked any more.")
    found.ended_at, found.ended_by = now, by
    found.save(update_fields=["ended_at", "ended_by"])
    _record_both(found, "unlink", by=by)
    return found


def _record_both(made: Link, verb: str, *, by: StaffMember) -> None:
    """Write it down for each, and in neither the other: its reader may not know that it exists (E8)."""
    at = made.ended_at or made.at
    for each in (made.first, made.second):
        record(each, verb, by=by, now=at)
