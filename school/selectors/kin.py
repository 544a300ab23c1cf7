"""Members of staff who are on record as family of a pupil."""

from collections.abc import Iterable

from django.db.models import QuerySet

from school.kin import is_one_person, marks
from school.models import Guardian, Guardianship, Pupil, StaffMember


def kin_among(staff: StaffMember, pupil_ids: Iterable[int]) -> frozenset[int]:
    """Return the pupils among these of whom a member of staff is a guardian, blocked or not (E30)."""
    return _kin(staff, Guardianship.objects.filter(pupil__in=list(pupil_ids)))


def is_kin(staff: StaffMember, person: Guardian | Pupil) -> bool:
    """Tell whether a member of staff is family of a pupil, or of any pupil of a guardian (E30)."""
    if isinstance(person, Pupil):
        return bool(kin_among(staff, [person.pk]))
    theirs = Guardianship.objects.filter(guardian=person).values("pupil")
    return bool(_kin(staff, Guardianship.objects.filter(pupil__in=theirs)))


def _kin(staff: StaffMember, ties: QuerySet[Guardianship]) -> frozenset[int]:
    own = marks(name=staff.name, email=staff.email, telephone=staff.telephone)
    return frozenset(
        tie.pupil_id for tie in ties.select_related("guardian") if is_one_person(own, _marks(tie))
    )


def _marks(tie: Guardianship) -> frozenset[str]:
    found = tie.guardian
    return marks(name=found.name, email=found.email, telephone=found.telephone)
