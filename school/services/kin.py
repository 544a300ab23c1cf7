"""Nobody of the staff does the office's work about a pupil whose guardian they are (E30, E34, E42)."""

from collections.abc import Iterable

from school.models import Guardian, Pupil, StaffMember
from school.selectors import is_kin, kin_among
from schoolsafe.lib.rules import NotAllowed

KIN = "You are on record as family of this pupil: somebody else does this."


def check_no_kin(person: Guardian | Pupil, *, by: StaffMember) -> None:
    """Raise NotAllowed for family of a pupil, or of any pupil of a guardian, whatever their role."""
    if is_kin(by, person):
        raise NotAllowed(KIN)


def check_no_kin_among(pupil_ids: Iterable[int], *, by: StaffMember) -> None:
    """Raise NotAllowed for family of any of these pupils."""
    if kin_among(by, pupil_ids):
        raise NotAllowed(KIN)
