"""The ledger of what was destroyed, beside each backup: a restore destroys it again (E97)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from concerns import selectors, services
from school import selectors as school
from school.services import System, take_up_again
from schoolsafe.backup import files
from schoolsafe.backup.files import BackupFault
from schoolsafe.lib import ledger
from schoolsafe.lib.ledger import Told
from schoolsafe.lib.rules import NotAllowed

NAME = "destroyed.ledger"
RESTORE = System("restore")
# Stands in a line about a school year, and in none about concerns.
YEAR = "year"


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What the ledgers at hand say; `faults` are for a person to look at."""

    told: tuple[Told, ...]
    faults: tuple[str, ...]


def write_beside(backup: Path) -> None:
    """Add to the ledger in the folder of a backup all that was ever destroyed. Raises BackupFault."""
    path = backup.parent / NAME
    with files.explained(path):
        ledger.append(path, told_now())


def told_now() -> list[Told]:
    """Return all that this database says was ever destroyed: concerns, and school years."""
    return [*selectors.ledger(), *school.years_ledger()]


def at_hand(backup: Path, *, named: Path | None = None) -> Ledger:
    """Read the ledgers beside a backup, of this installation, and one that is named.

    That there is none is a fault: nobody knows then what must go again. Raises BackupFault when
    the one that is named is not there.
    """
    if named is not None and not named.is_file():
        raise BackupFault(f"There is no ledger {named}.")
    places = [backup.parent / NAME, settings.DESTRUCTION_LEDGER, *([named] if named else [])]
    found = [path for path in places if path.is_file()]
    if not found:
        return Ledger(told=(), faults=(MISSING,))
    return read(found)


MISSING = (
    f"No ledger of what was destroyed ({NAME}) lies beside the backup, nor where DESTRUCTION_LEDGER "
    "says: what was destroyed since may be back. Find the newest one, and run manage.py "
    "destruction_ledger --apply with it before anything starts."
)


def read(paths: Iterable[Path]) -> Ledger:
    """Read ledgers, each certificate once."""
    told: dict[str, Told] = {}
    faults = []
    for path in paths:
        good, wrong = ledger.read(path)
        told |= {str(one["certificate"]): one for one in good}
        if wrong:
            lines = ", ".join(str(number) for number in wrong)
            faults.append(
                f"{path} was altered: what stands in line {lines} has no seal of ours, and was not done."
            )
    return Ledger(told=tuple(told.values()), faults=tuple(faults))


@dataclass(frozen=True, kw_only=True)
class Applied:
    """How many concerns were destroyed again, and how many school years go again by the sweep."""

    concerns: int
    years: int
    faults: tuple[str, ...]


def apply(told: Collection[Told]) -> Applied:
    """Destroy again the concerns that a ledger names, and have the sweep destroy its school years again."""
    again, faults = 0, []
    for one in told:
        if YEAR in one:
            try:
                again += take_up_again(one, by=RESTORE) is not None
            except NotAllowed as fault:
                faults.append(str(fault))
    gone = services.destroy_again([one for one in told if YEAR not in one], by=RESTORE)
    return Applied(concerns=gone, years=again, faults=tuple(faults))
