"""Which files of a concern go inside a copy of a child's file, and what is said of those that do not."""

from collections.abc import Sequence
from enum import StrEnum

from concerns.policy.attachments import MEGABYTE

# The whole copy is drawn and locked in memory, and has to go through a letter box of somebody else.
MOST_BYTES_INSIDE = 60 * MEGABYTE


class Fate(StrEnum):
    """What becomes of a file where a copy is made."""

    GOES = "goes"
    OTHERS = "others"
    TOO_MUCH = "too_much"
    UNREADABLE = "unreadable"
    SEALED = "sealed"
    REMOVED = "removed"

    @property
    def words(self) -> str:
        """Return why it is not in the copy."""
        return FATES[self]

    @property
    def is_described(self) -> bool:
        """Tell whether it is said what the file shows: of one in the wrong place that may name another child."""
        return self not in {Fate.SEALED, Fate.REMOVED}


FATES = {
    Fate.GOES: "",
    Fate.OTHERS: "Left out: another child is in this concern; hand it over by hand",
    Fate.TOO_MUCH: "Left out: too large together with the others; hand it over by hand",
    Fate.UNREADABLE: "Left out: it cannot be read",
    Fate.SEALED: "Sealed off: not in this copy",
    Fate.REMOVED: "Taken away: not in this copy",
}


def fate_of(*, is_removed: bool, is_sealed: bool, has_others: bool, is_ticked: bool) -> Fate:
    """Return what becomes of a file: what is sealed off never goes (E16), whoever ticks it.

    One of a concern with another child in it goes only where somebody says so of this very file (E93).
    """
    if is_removed:
        return Fate.REMOVED
    if is_sealed:
        return Fate.SEALED
    return Fate.OTHERS if has_others and not is_ticked else Fate.GOES


def that_fit(fates: Sequence[tuple[Fate, int]], *, most: int = MOST_BYTES_INSIDE) -> list[Fate]:
    """Return what becomes of files by their sizes: as many go as fit, in their order."""
    found, taken = list[Fate](), 0
    for fate, size in fates:
        if fate is Fate.GOES and taken + size > most:
            fate = Fate.TOO_MUCH
        taken += size if fate is Fate.GOES else 0
        found.append(fate)
    return found
