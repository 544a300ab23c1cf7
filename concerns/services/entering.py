"""How every change of a logged concern begins and ends: locked, checked, appended, recorded."""

from datetime import datetime, timedelta

from audit import services as audit
from concerns import policy
from concerns.models import Concern, Entry
from concerns.policy import Action, EntryKind
from concerns.services import alerts, indexing
from school.models import StaffMember
from schoolsafe.lib.rules import NotAllowed

# Whoever goes back in the browser and presses again, or presses twice on a slow line.
SAME_WITHIN = timedelta(minutes=10)
NO_WORDS = "Write it down: without words the record says nothing."


class Repeated(NotAllowed):
    """Somebody writes once more what they have just written: it stands there once (E20)."""


def lock(concern: Concern) -> Concern:
    """Return the row as it is now, for this transaction alone."""
    row = Concern.objects.select_for_update().filter(pk=concern.pk).first()
    if row is None:
        raise NotAllowed("This concern is no longer there.")
    return row


def begin(
    concern: Concern, action: Action, *, by: StaffMember, now: datetime
) -> tuple[Concern, alerts.Scene]:
    """Lock a concern and check that this person may do this now."""
    concern = lock(concern)
    scene = alerts.look(concern, now=now)
    policy.next_status(action, by.viewer(), scene.facts)
    return concern, scene


def append(
    concern: Concern, kind: EntryKind, *, by: StaffMember, now: datetime, **fields: object
) -> Entry:
    """Append to the chronology; the concern must be locked by the caller.

    Raises NotAllowed when words are due and missing, Repeated for the same once more.
    """
    if "text" in fields and not str(fields["text"]).strip():
        raise NotAllowed(NO_WORDS)
    _check_new(concern, kind, by=by, now=now, fields=fields)
    entry = Entry.objects.create(concern=concern, kind=kind, at=now, by=by, **fields)
    indexing.index(concern)
    return entry


def _check_new(
    concern: Concern, kind: EntryKind, *, by: StaffMember, now: datetime, fields: dict[str, object]
) -> None:
    """Raise Repeated when the last thing that this person wrote here says all of this already."""
    if not fields.get("text"):
        return
    last = concern.entries.filter(by=by, at__gt=now - SAME_WITHIN).order_by("-pk").first()
    if (
        last is not None
        and last.kind == kind
        and all(getattr(last, name) == value for name, value in fields.items())
    ):
        raise Repeated("You wrote exactly this a moment ago: it is kept, once.")


def check_past(at: datetime, *, now: datetime) -> None:
    """Refuse to note what has not been done yet (A34)."""
    if at > now:
        raise NotAllowed("It can be noted once it has been done, not before.")


def of(concern: Concern, entry: Entry, *kinds: EntryKind) -> Entry:
    """Return an entry of this concern, as it is now. Raises NotAllowed when it is of another kind."""
    found = concern.entries.filter(pk=entry.pk, kind__in=kinds).first()
    if found is None:
        raise NotAllowed("This belongs to nothing in this concern.")
    return found


def record(
    concern: Concern, action: Action | str, *, by: StaffMember, now: datetime, **detail: object
) -> None:
    """Write the audit entry, last of all: ids, never words (E102)."""
    audit.record(at=now, actor=by.actor, verb=f"concern.{action}", object=concern.object, **detail)
