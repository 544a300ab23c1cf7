"""Members of staff who are on record as family of a pupil."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Subquery

from school import policy
from school.kin import Known, is_one_person
from school.mailboxes import domains
from school.models import Guardian, Guardianship, Pupil, StaffMember

# Of a telephone the last figures are compared first, however it is written.
LAST_FIGURES = 6
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


def kin_of(staff_id: int) -> frozenset[int]:
    """Return every pupil of whom a member of staff is a guardian, blocked or not.

    No list of the office names them to this person: what one guardian says is nothing for the other
    (E35), and whom an order or the pupil keeps away learns nothing (E30, E42). Two queries.
    """
    staff = StaffMember.objects.filter(pk=staff_id).select_related("user").first()
    return _kin(staff, Guardianship.objects.filter(_may_be(staff))) if staff else frozenset()


def family_of(pupil_ids: Collection[int]) -> frozenset[int]:
    """Return the guardians of these pupils: what goes to them is about these pupils too."""
    if not pupil_ids:
        return frozenset()
    ties = Guardianship.objects.filter(pupil__in=pupil_ids)
    return frozenset(ties.values_list("guardian_id", flat=True))


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
    stands = Q(blocked_from__lte=on) | Q(pupil__decides_from__lte=on)
    ties = _seen_by(Guardianship.objects.filter(stands, pupil__in=pupil_ids), seen_by)
    numbers: dict[int, frozenset[str]] = defaultdict(frozenset)
    kept_from = set()
    for tie, is_theirs in ties:
        is_blocked = tie.facts().is_blocked(on=on)
        if is_blocked and (number := policy.number(tie.guardian.telephone)):
            numbers[tie.pupil_id] |= {number}
        if is_theirs and (is_blocked or policy.keeps_away(tie.pupil.own(), on=on)):
            kept_from.add(tie.pupil_id)
    return Orders(numbers=numbers, kept_from=frozenset(kept_from))


def kept_from(staff_id: int, *, on: date) -> frozenset[int]:
    """Return every pupil of whom a member of staff learns nothing: an order keeps them away, or the pupil does (E30, E42)."""
    kin = kin_of(staff_id)
    return orders_about(kin, seen_by=staff_id, on=on).kept_from if kin else frozenset()


def answers_about(
    pupil_ids: Collection[int] | QuerySet[Any, int], *, seen_by: int, on: date
) -> Orders:
    """Return the same for a list of what families said: all of their own family is kept from a reader.

    What one guardian says is nothing for the other (E35). One query.
    """
    numbers: dict[int, frozenset[str]] = defaultdict(frozenset)
    kin = set()
    for tie, is_theirs in _seen_by(Guardianship.objects.filter(pupil__in=pupil_ids), seen_by):
        if tie.facts().is_blocked(on=on) and (number := policy.number(tie.guardian.telephone)):
            numbers[tie.pupil_id] |= {number}
        if is_theirs:
            kin.add(tie.pupil_id)
    return Orders(numbers=numbers, kept_from=frozenset(kin))


def _seen_by(ties: QuerySet[Guardianship], staff_id: int) -> Iterator[tuple[Guardianship, bool]]:
    """Return ties, each with whether its guardian is the member of staff who looks."""
    me = StaffMember.objects.filter(pk=staff_id)
    rows = ties.select_related("guardian", "pupil").annotate(
        my_name=Subquery(me.values("name")),
        my_email=Subquery(me.values("user__email")),
        my_telephone=Subquery(me.values("telephone")),
    )
    for tie in rows:
        mine = Known(
            name=tie.my_name or "", email=tie.my_email or "", telephone=tie.my_telephone or ""
        )
        yield tie, is_one_person(mine, _known(tie.guardian))


def barred_numbers(pupil_ids: Iterable[int], *, on: date) -> Mapping[int, frozenset[str]]:
    """Return for each pupil the telephones at which a blocked person may answer (E30, E31)."""
    return orders_about(list(pupil_ids), seen_by=NOBODY, on=on).numbers


def _kin(staff: StaffMember, ties: QuerySet[Guardianship]) -> frozenset[int]:
    own = Known(name=staff.name, email=staff.email, telephone=staff.telephone)
    return frozenset(
        tie.pupil_id
        for tie in ties.select_related("guardian")
        if is_one_person(own, _known(tie.guardian))
    )


def _known(guardian: Guardian) -> Known:
    return Known(name=guardian.name, email=guardian.email, telephone=guardian.telephone)


def _may_be(staff: StaffMember) -> Q:
    """Pick the ties of guardians who may be this person: never fewer, mostly few."""
    found = Q(pk=None)
    for domain in domains(staff.email):
        found |= Q(guardian__email__iendswith=f"@{domain}")
    figures = re.sub(r"\D", "", policy.number(staff.telephone))[-LAST_FIGURES:]
    if figures:
        found |= Q(guardian__telephone__regex=r"\D*".join(figures) + r"\D*$")
    return found
