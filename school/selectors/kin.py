"""Members of staff who are on record as family of a pupil."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Subquery

from school import policy
from school.kin import is_one_person, marks
from school.models import Guardian, Guardianship, Pupil, StaffMember

NOBODY = 0


def kin_among(staff: StaffMember, pupil_ids: Iterable[int]) -> frozenset[int]:
    """Return the pupils among these of whom a member of staff is a guardian, blocked or not (E30)."""
    return _kin(staff, Guardianship.objects.filter(pupil__in=list(pupil_ids)))


def is_kin(staff: StaffMember, person: Guardian | Pupil) -> bool:
    """Tell whether a member of staff is family of a pupil, or of any pupil of a guardian (E30)."""
    if isinstance(person, Pupil):
        return bool(kin_among(staff, [person.pk]))
    theirs = Guardianship.objects.filter(guardian=person).values("pupil")
    return bool(_kin(staff, Guardianship.objects.filter(pupil__in=theirs)))


@dataclass(frozen=True, kw_only=True)
class Orders:
    """What no-contact orders, and pupils who keep away from their family, mean for a list.

    `numbers` are by pupil the telephones that a blocked person may answer; of the pupils `kept_from` the
    person who looks learns nothing: an order keeps them away, or the pupil does (E30, E31, E42).
    """

    numbers: Mapping[int, frozenset[str]]
    kept_from: frozenset[int]


def orders_about(
    pupil_ids: Collection[int] | QuerySet[Any, int], *, seen_by: int, on: date
) -> Orders:
    """Return what keeps whom from whom among these pupils, in one query, as one member of staff sees it."""
    me = StaffMember.objects.filter(pk=seen_by)
    stands = Q(blocked_from__lte=on) | Q(pupil__decides_from__lte=on)
    ties = (
        Guardianship.objects.filter(stands, pupil__in=pupil_ids)
        .select_related("guardian", "pupil")
        .annotate(
            my_name=Subquery(me.values("name")),
            my_email=Subquery(me.values("user__email")),
            my_telephone=Subquery(me.values("telephone")),
        )
    )
    numbers: dict[int, frozenset[str]] = defaultdict(frozenset)
    kept_from = set()
    for tie in ties:
        link = tie.facts()
        is_blocked = link.is_blocked(on=on)
        if is_blocked and (number := policy.number(tie.guardian.telephone)):
            numbers[tie.pupil_id] |= {number}
        mine = marks(
            name=tie.my_name or "", email=tie.my_email or "", telephone=tie.my_telephone or ""
        )
        keeps_away = is_blocked or policy.keeps_away(tie.pupil.own(), on=on)
        if keeps_away and is_one_person(mine, _marks(tie)):
            kept_from.add(tie.pupil_id)
    return Orders(numbers=numbers, kept_from=frozenset(kept_from))


def barred_numbers(pupil_ids: Iterable[int], *, on: date) -> Mapping[int, frozenset[str]]:
    """Return for each pupil the telephones at which a blocked person may answer (E30, E31)."""
    return orders_about(list(pupil_ids), seen_by=NOBODY, on=on).numbers


def _kin(staff: StaffMember, ties: QuerySet[Guardianship]) -> frozenset[int]:
    own = marks(name=staff.name, email=staff.email, telephone=staff.telephone)
    return frozenset(
        tie.pupil_id for tie in ties.select_related("guardian") if is_one_person(own, _marks(tie))
    )


def _marks(tie: Guardianship) -> frozenset[str]:
    found = tie.guardian
    return marks(name=found.name, email=found.email, telephone=found.telephone)
