"""What a reader of one of two records about an event knows of the other (E104)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from concerns import policy
from concerns.models import Concern, Counterpart, Exclusion
from concerns.selectors.people import colleagues, facts_of, with_others
from school.roles import Viewer


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The other record, as far as somebody may know of it."""

    reference: str
    desk: str
    is_readable: bool
    is_of_staff: bool


def beside(concern: Concern, viewer: Viewer, *, now: datetime) -> Beside | None:
    """Return the counterpart of a concern as this person may know of it, or None.

    That there is none and that they must not know look alike (E8).
    """
    pair = (
        Counterpart.objects.filter(Q(staff_record=concern) | Q(pupil_record=concern))
        .select_related("staff_record", "pupil_record")
        .first()
    )
    if pair is None:
        return None
    is_of_staff = pair.pupil_record_id == concern.pk
    other = pair.staff_record if is_of_staff else pair.pupil_record
    people = with_others(colleagues(now), frozenset({viewer.staff_id}), now)
    facts = facts_of(other, now=now, people=people)
    known = policy.known_of(viewer, facts)
    if known is policy.Known.NOTHING:
        return None
    return Beside(
        reference=other.reference,
        desk=facts.desk.label,
        is_readable=known is policy.Known.ALL,
        is_of_staff=is_of_staff,
    )


def childs_record(concern: Concern) -> QuerySet[Counterpart, int]:
    """Return the number of the child's own record beside a concern about an adult, where there is one."""
    return Counterpart.objects.filter(staff_record=concern).values_list("pupil_record", flat=True)


def outside_childs_record(concern: Concern) -> frozenset[int]:
    """Return who stands outside a concern about an adult, and so outside the child's own record."""
    rows = Exclusion.objects.standing().filter(concern=concern).values_list("staff_id", "why")
    return policy.outside_both({staff_id: policy.Why(why) for staff_id, why in rows})
