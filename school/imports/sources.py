"""The formats that can be read, by the name under which they are chosen."""

from collections.abc import Mapping
from datetime import date

from school.imports.mapped import read_mapped
from school.imports.mappings import ColumnMapping
from school.imports.oneroster import read_oneroster
from school.imports.refusals import ImportRefusal, refused
from school.imports.roster import Roster
from school.imports.sds import read_sds
from school.imports.sds_uk import read_sds_uk
from school.imports.values import DayOrder

SOURCES = {
    "sds": "Microsoft School Data Sync, CSV v2.1",
    "sds-uk": "Microsoft School Data Sync, format for the United Kingdom (v1)",
    "oneroster": "OneRoster 1.1, CSV",
}
READERS = {"sds": read_sds, "sds-uk": read_sds_uk, "oneroster": read_oneroster}


def read(
    source: str, files: Mapping[str, bytes], *, on: date, order: DayOrder | None = None
) -> Roster:
    """Return whom a file set names. `order` is for dates that could be read two ways.

    Raises ImportRefused with everything that is wrong, and KeyError for a source that is not known.
    """
    return _somebody(READERS[source](files, on=on, order=order))


def read_table(
    mapping: ColumnMapping, data: bytes, *, on: date, order: DayOrder | None = None
) -> Roster:
    """Return whom a single CSV or XLSX names, read through a mapping of its headings.

    Raises ImportRefused with everything that is wrong.
    """
    return _somebody(read_mapped(mapping, data, on=on, order=order))


def _somebody(roster: Roster) -> Roster:
    if not roster.children:
        raise refused(ImportRefusal.NOBODY, "There is not one pupil in these files.")
    return roster
