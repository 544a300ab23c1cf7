"""What the page of a call offers to print."""

from collections.abc import Sequence
from dataclasses import dataclass

from consent.selectors import AskedRow
from consent.selectors.standing import AskedPerson
from meetings.pages.parts import Actions
from meetings.policy import Action


@dataclass(frozen=True, kw_only=True)
class Papers:
    """For whom a form can be printed now, and how many of them have not answered."""

    people: tuple[AskedPerson, ...]
    missing: int


def papers(families: Sequence[AskedRow], actions: Actions) -> Papers:
    """Return for whom this person may print a form."""
    if Action.PRINT not in actions:
        return Papers(people=(), missing=0)
    people = tuple(one for row in families for one in row.people if one.has_paper)
    return Papers(people=people, missing=sum(one.needs_answer for one in people))
