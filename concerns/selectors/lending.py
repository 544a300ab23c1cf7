"""What pages show of sight that was lent: shared concerns, and those opened in an emergency."""

from dataclasses import dataclass
from datetime import date, datetime

from audit import selectors as audit
from concerns import policy
from concerns.models import Concern, Entry, Opening, Share
from concerns.policy import EntryKind, Sight
from concerns.selectors.casework import Chronology, as_told, chronology, staff_at_work
from concerns.selectors.people import colleagues, facts_of, with_others
from school.roles import Viewer


@dataclass(frozen=True, kw_only=True)
class Lent:
    """A concern lent to one person: by what right, until when, and how much of it they see."""

    concern: Concern
    sight: Sight
    until: datetime
    by: str = ""
    reason: str = ""
    shows_work: bool = False
    last_day: date | None = None


def lent_to(viewer: Viewer, *, now: datetime) -> list[Lent]:
    """Return everything that is lent to a person now, what ends first before the rest."""
    shares = Share.objects.running(now).filter(staff=viewer.staff_id)
    openings = Opening.objects.running(now).filter(staff=viewer.staff_id)
    found = [
        *[_shared(row) for row in shares.select_related("concern__reporter", "by")],
        *[_opened(row) for row in openings.select_related("concern__reporter")],
    ]
    # To most people nothing is lent: nobody's home and line is looked up for that.
    seen = _seen(viewer, [row.concern.pk for row in found], now=now) if found else set()
    kept = [row for row in found if (row.sight, row.concern.pk) in seen]
    return sorted(kept, key=lambda lent: lent.until)


def _seen(viewer: Viewer, ids: list[int], *, now: datetime) -> set[tuple[Sight, int]]:
    """Return by what right this person may read which of these concerns now."""
    these = Concern.objects.filter(pk__in=ids)
    ways = {
        Sight.SHARED: these.shared_with(viewer, now=now),
        Sight.EMERGENCY: these.opened_by(viewer, now=now),
    }
    return {(sight, pk) for sight, rows in ways.items() for pk in rows.values_list("pk", flat=True)}


def lent(viewer: Viewer, reference: str, sight: Sight, *, now: datetime) -> Lent | None:
    """Return one concern that is lent to a person by this right, or None: it does not exist."""
    found = [row for row in lent_to(viewer, now=now) if row.sight is sight]
    return next((row for row in found if row.concern.reference == reference), None)


def not_to_lend_to(concern: Concern, *, now: datetime) -> frozenset[int]:
    """Return who of the staff stands outside a concern: it cannot be shared with them (E4)."""
    people = with_others(colleagues(now), staff_at_work(), now)
    return facts_of(concern, now=now, people=people).excluded


def _shared(row: Share) -> Lent:
    """Return what was shared."""
    return Lent(
        concern=row.concern,
        sight=Sight.SHARED,
        until=row.until,
        by=row.by.name,
        reason=str(row.reason),
        shows_work=row.shows_work,
        last_day=row.last_day,
    )


def _opened(row: Opening) -> Lent:
    """Return what was opened in an emergency: whoever acts on it must know what was done."""
    return Lent(
        concern=row.concern,
        sight=Sight.EMERGENCY,
        until=row.until,
        reason=str(row.reason),
        shows_work=True,
    )


def told_to(lent: Lent, viewer: Viewer) -> Chronology:
    """Return what somebody sees of what was done: all of it, or only what they added themselves.

    What corrects the account is shown in any case: it says what is true of what they read (E12).
    """
    rows = chronology(lent.concern)
    own = [row for row in rows if row.by_id == viewer.staff_id or _corrects_account(row)]
    return as_told(rows if lent.shows_work else own, among=rows)


def _corrects_account(row: Entry) -> bool:
    """Tell whether an entry corrects what was logged."""
    return row.kind == EntryKind.CORRECTION and row.follows_id is None


def shares_of(concern: Concern) -> list[Share]:
    """Return with whom a concern is and was shared, oldest first."""
    return list(concern.shares.select_related("staff", "by", "ended_by"))


def openings_of(concern: Concern) -> list[Opening]:
    """Return who opened a concern in an emergency, and what was said of it."""
    return list(concern.openings.select_related("staff", "reviewed_by"))


def openings_for(viewer: Viewer) -> list[Opening]:
    """Return the openings that a person may review or has reviewed, those that wait first.

    Of a concern that they stand outside, and of their own, there is none (E8).
    """
    if not policy.may_review_openings(viewer):
        return []
    concerns = Concern.objects.outside_of(viewer.staff_id)
    rows = Opening.objects.filter(concern__in=concerns).exclude(staff=viewer.staff_id)
    found = rows.select_related("concern", "staff", "reviewed_by")
    return sorted(found, key=lambda row: row.reviewed_at is not None)


def pages_opened(opening: Opening) -> list[datetime]:
    """Return when the opener opened a page of the concern within the hour."""
    looks = audit.about(opening.concern.object).filter(
        verb="concern.read",
        actor=f"staff:{opening.staff_id}",
        at__gte=opening.at,
        at__lte=opening.until,
    )
    return list(looks.order_by("at").values_list("at", flat=True))
