"""Of which source files are that were taken for those of another."""

from collections.abc import Mapping

from school.imports.mapped import that_fits
from school.imports.mappings import ColumnMapping
from school.imports.refusals import Fault, ImportRefusal, ImportRefused
from school.imports.sources import SOURCES
from school.imports.unpacking import unpack

# By which files each format is known; the first that has all of them there is it.
KNOWN_BY = {
    "oneroster": {"manifest.csv", "users.csv"},
    "sds": {"users.csv", "roles.csv"},
    "sds-uk": {"student.csv", "teacher.csv"},
}
# Why files of another source are refused.
STRANGE = frozenset(
    {ImportRefusal.NOT_A_FILE_SET, ImportRefusal.MISSING_FILE, ImportRefusal.MISSING_COLUMN}
)


def explained(
    refusal: ImportRefused,
    *,
    source: str,
    data: bytes | Mapping[str, bytes],
    mappings: Mapping[str, ColumnMapping],
) -> ImportRefused:
    """Return a refusal that says which source the files are of, where that is not the chosen one."""
    if refusal.reason not in STRANGE:
        return refusal
    title = _format_of(data, but=source) or _table_of(data, mappings, but=source)
    if not title:
        return refusal
    words = f"These are the headings of another source: choose “{title}”."
    other = Fault(reason=ImportRefusal.OTHER_SOURCE, words=words)
    # Which headings a mapping has looked for is still said: it may be the mapping that is wrong.
    rest = refusal.faults if refusal.reason is ImportRefusal.MISSING_COLUMN else ()
    return ImportRefused(other, *rest)


def _format_of(data: bytes | Mapping[str, bytes], *, but: str) -> str:
    """Return what the format of a file set is called, or '' where it is none, or the chosen one."""
    try:
        names = {name.lower() for name in (unpack(data) if isinstance(data, bytes) else data)}
    except ImportRefused:
        return ""
    found = next((one for one, files in KNOWN_BY.items() if files <= names), but)
    return "" if found == but else SOURCES[found]


def _table_of(
    data: bytes | Mapping[str, bytes], mappings: Mapping[str, ColumnMapping], *, but: str
) -> str:
    """Return what the source of a table is called, or '' where it has none, or the chosen one."""
    if not isinstance(data, bytes):
        return ""
    try:
        found = that_fits(mappings.values(), data)
    except ImportRefused:
        return ""
    return "" if found is None or found.source == but else found.title
