"""Who is offered as brother or sister of a child that somebody writes about."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Bond:
    """A guardian's tie to a child who is on roll, as it stands on a day.

    `is_hidden`: the child's address is confidential. `is_blocked`: an order forbids this guardian
    contact with this child. `is_corporate`: the guardian is a social worker.
    """

    guardian_id: int
    pupil_id: int
    is_blocked: bool = False
    is_corporate: bool = False
    is_hidden: bool = False

    @property
    def tells(self) -> bool:
        """Tell whether this tie may show of whose family a child is."""
        return not (self.is_blocked or self.is_corporate or self.is_hidden)


def siblings(pupil_id: int, bonds: Iterable[Bond]) -> frozenset[int]:
    """Return the children who share a guardian with a child, as far as one may tell of the other.

    A child with a confidential address is told by no other, and tells of none (E44). A guardian who
    may have no contact with one of them makes nobody known (E30), nor does a social worker, whose
    children have nothing in common but being looked after.
    """
    known = [bond for bond in bonds if bond.tells]
    own = {bond.guardian_id for bond in known if bond.pupil_id == pupil_id}
    return frozenset(bond.pupil_id for bond in known if bond.guardian_id in own) - {pupil_id}
