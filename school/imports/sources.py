"""The formats that can be read, by the name under which they are chosen."""

from collections.abc import Mapping
from datetime import date

from school.imports.refusals import ImportRefusal, refused
from school.imports.roster import Roster
from school.imports.sds import read_sds
from school.imports.values import DayOrder

SOURCES = {"sds": "Microsoft School Data Sync, CSV v2.1"}


def read(
    source: str, files: Mapping[str, bytes], *, on: date, order: DayOrder | None = None
) -> Roster:
    """Return whom a file set names. `order` is for dates that could be read two ways.

    Raises ImportRefused with everything that is wrong, and KeyError for a source that is not known.
    """
    roster = {"sds": read_sds}[source](files, on=on, order=order)
    if not roster.children:
        raise refused(ImportRefusal.NOBODY, "There is not one pupil in these files.")
    return roster
