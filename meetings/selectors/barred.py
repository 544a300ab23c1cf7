"""Which adults may not meet which pupils."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from meetings import policy
from school.models import Guardianship, StaffMember
from school.selectors import orders_about
from schoolsafe.lib import clock


def seen_by(facts: policy.Facts, staff_id: int, now: datetime) -> policy.Facts:
    """Return the facts as a member of staff may see them: without whom they are kept from.

    An order keeps them away, today or on the day of the call, or the pupil does (E30, E42). Of most
    calls the places themselves say that nobody is: nothing is asked then.
    """
    guarded = [place.pupil_id for place in facts.places if place.is_guarded]
    if not guarded:
        return facts
    today = clock.local(now).date()
    kept_from = orders_about(guarded, seen_by=staff_id, on=today).kept_from
    own = (seat.barred_from for seat in facts.seats if seat.staff_id == staff_id)
    return policy.hushed(facts, kept_from.union(*own))


def blocks_about(pupil_ids: Iterable[int]) -> list[policy.Block]:
    """Return the no-contact orders about these pupils, whenever they stand."""
    rows = Guardianship.objects.filter(pupil__in=list(pupil_ids), blocked_from__isnull=False)
    return [
        policy.Block(name=row.guardian.name, link=row.facts())
        for row in rows.select_related("guardian", "pupil")
    ]


def barred_from(person: StaffMember, blocks: Sequence[policy.Block], *, on: date) -> frozenset[int]:
    """Return the pupils whom a member of staff may not meet on a day (E30)."""
    return policy.barred_from(
        name=person.name,
        email=person.email,
        telephone=person.telephone,
        blocks=blocks,
        on=on,
    )
