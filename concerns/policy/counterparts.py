"""Two records of one event, a child's and a member of staff's: who may know of the other (E104)."""

from collections.abc import Mapping
from enum import StrEnum

from concerns.policy.access import Guarded, Why, may_view
from school.roles import Role, Viewer

# Who may know that there is another record although they may not read it: whoever answers for the child
# or for the staff has to bring both together. For a deputy, or anybody to whom one was shared, it would
# only say that an adult of the school is accused.
KNOW_OF_IT = frozenset({Role.DSL, Role.HEADTEACHER, Role.CHAIR})

# Whose own case it is. Not who reports to the accused: that may be the whole team, and the child needs one.
OUTSIDE_BOTH = frozenset({Why.SUBJECT, Why.RELATIVE})


class Known(StrEnum):
    """What somebody who reads one of two records knows of the other."""

    ALL = "all"
    REFERENCE = "reference"
    NOTHING = "nothing"


def known_of(viewer: Viewer, other: Guarded) -> Known:
    """Return what a reader of one record may know of its counterpart.

    Whoever stands outside it knows nothing: that it exists would tell a subject, a relative or
    somebody who reports to them that there is an allegation (E1, E8).
    """
    if may_view(viewer, other):
        return Known.ALL
    if viewer.staff_id in other.excluded or not viewer.holds(*KNOW_OF_IT):
        return Known.NOTHING
    return Known.REFERENCE


def outside_both(outside: Mapping[int, Why]) -> frozenset[int]:
    """Return who of those outside the record about an adult stands outside the child's as well.

    It names no adult, so nothing in it would keep the accused from the case of the child (E1).
    """
    return frozenset(staff_id for staff_id, why in outside.items() if why in OUTSIDE_BOTH)
