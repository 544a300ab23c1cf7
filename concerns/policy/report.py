"""The numbers of concerns for the governors, and what of them may be shown (A56, E101)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from school.roles import Role, Viewer
from schoolsafe.lib.small_numbers import Name, chained, seen, table_of

READ_BY = frozenset({Role.DSL, Role.HEADTEACHER, Role.CHAIR, Role.GOVERNOR})
EXPORTED_BY = frozenset({Role.DSL, Role.HEADTEACHER})


class Pace(StrEnum):
    """Whether something was done by the time by which it had to be."""

    IN_TIME = "in_time"
    LATE = "late"
    WAITING = "waiting"


class Purpose(StrEnum):
    """For whom the numbers and the list of cases leave the house (A55)."""

    INSPECTION = "inspection"
    GOVERNORS = "governors"
    AUTHORITY = "authority"
    AUDIT = "audit"

    @property
    def label(self) -> str:
        """Return it in words."""
        return PURPOSES[self]


PURPOSES = {
    Purpose.INSPECTION: "An inspection of the school",
    Purpose.GOVERNORS: "A visit of the governors or the trust",
    Purpose.AUTHORITY: "An audit of the local authority",
    Purpose.AUDIT: "An audit that the school has asked for",
}


@dataclass(frozen=True, kw_only=True)
class Counted:
    """One concern as it is counted, each part by its key."""

    term: str
    category: str
    acknowledged: Pace
    decided: Pace
    outcome: str


@dataclass(frozen=True, kw_only=True)
class StaffCounted:
    """One concern about an adult who works here as it is counted."""

    term: str
    level: str


def may_read_report(viewer: Viewer) -> bool:
    """Tell whether a person may read the numbers for the governors: whole-school, never a name."""
    return viewer.holds(*READ_BY)


def may_export_cases(viewer: Viewer) -> bool:
    """Tell whether a person may take out the numbers with the list of cases, on the day of an inspection."""
    return viewer.holds(*EXPORTED_BY)


def pace(*, done_at: datetime | None, due_at: datetime | None) -> Pace:
    """Return whether something was done in time; what never had a time was in time."""
    if done_at is None:
        return Pace.WAITING
    return Pace.LATE if due_at is not None and done_at > due_at else Pace.IN_TIME


def numbers(concerns: Iterable[Counted]) -> dict[Name, int | None]:
    """Return every number about concerns for children, None in the place of one that is not shown (E101).

    By term and category, each by how soon they were acknowledged, and by outcome and by how soon they
    were decided: four ways to divide the same concerns, so what one hides no other may tell.
    """
    counts: dict[tuple[str, str, str], int] = {}
    outcomes: dict[str, int] = {}
    decided: dict[str, int] = {}
    for one in concerns:
        key = (one.term, one.category, one.acknowledged.value)
        counts[key] = counts.get(key, 0) + 1
        outcomes[one.outcome] = outcomes.get(one.outcome, 0) + 1
        decided[one.decided.value] = decided.get(one.decided.value, 0) + 1
    return seen(chained(table_of(counts), {"outcome": outcomes, "decided": decided}))


def staff_numbers(concerns: Iterable[StaffCounted]) -> dict[Name, int | None]:
    """Return every number about concerns about adults; they are in no sum with the others.

    Whoever reads the concerns for children could else subtract those, and learn that there is one
    about an adult: it might be about them.
    """
    counts: dict[tuple[str, str, str], int] = {}
    for one in concerns:
        key = (one.term, "adults", one.level)
        counts[key] = counts.get(key, 0) + 1
    return seen(table_of(counts))
