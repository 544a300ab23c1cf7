"""Which adults may not meet which pupils."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from consent.selectors import KIN
from meetings import policy
from school.models import Guardianship, StaffMember
from school.selectors import kin_among, orders_about
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


def without_own_family(facts: policy.Facts, staff: StaffMember) -> policy.Facts:
    """Return the facts as one of the staff reads them: not who of their own family said what (E35).

    Whether their child takes part they do read, for they may be the host. Where nobody is missing
    nothing is said of any family, and nothing is asked.
    """
    told = [place.pupil_id for place in facts.places if not place.has_consent]
    own = kin_among(staff, told) if told else frozenset()
    if not own:
        return facts
    places = (
        replace(place, consent_words=KIN) if place.pupil_id in own.intersection(told) else place
        for place in facts.places
    )
    return replace(facts, places=tuple(places))


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
