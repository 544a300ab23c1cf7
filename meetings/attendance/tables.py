"""The tables in the rows of a report: known by their English labels, or by their shape alone.

In another language only the numbered headings, the number of columns and the times are known. That
is enough for the reports that are given out after a call; a list of comings and goings in words
that we do not know is turned away.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from meetings.attendance.refusals import ReportRefusal, ReportRefused
from meetings.attendance.stamps import Stamp, is_split, stamp_of


class Kind(StrEnum):
    """What one row of a table tells."""

    # When a person first came and last left.
    PERSON = "person"
    # One stay, from a coming to the next going.
    STAY = "stay"
    # One coming or going; in local time, or in UTC.
    EVENT = "event"
    UTC_EVENT = "utc_event"


class Column(StrEnum):
    """What we read of a row, in the order of Entry."""

    NAME = "name"
    FIRST = "first"
    LAST = "last"
    LENGTH = "length"
    EMAIL = "email"
    ACCOUNT = "account"
    ROLE = "role"
    ACTION = "action"
    VISIT = "visit"


class Entry(NamedTuple):
    """One row of a table, as it stands in the report."""

    name: str
    first: Stamp
    last: Stamp
    length: str
    email: str
    account: str
    role: str
    action: str
    visit: str


@dataclass
class Tables:
    """Everything that is read of a report's rows."""

    summary: dict[str, str] = field(default_factory=dict)
    entries: dict[Kind, list[Entry]] = field(default_factory=dict)

    def begin(self, kind: Kind) -> list[Entry]:
        """Return where the rows of a table go; the same table twice is no report of one call."""
        if kind in self.entries:
            raise ReportRefused(ReportRefusal.DAMAGED)
        return self.entries.setdefault(kind, [])


# For each column that we read, in the order of Entry: which cell of a row it is, or none.
Columns = tuple[int | None, ...]

TITLE, MEETING_ID, START, END = "meetingtitle", "meetingid", "starttime", "endtime"
_SUMMARY = {
    "meetingtitle": TITLE,
    "meetingid": MEETING_ID,
    "starttime": START,
    "meetingstarttime": START,
    "endtime": END,
    "meetingendtime": END,
}
_LABELS = {
    "name": Column.NAME,
    "fullname": Column.NAME,
    "firstjoin": Column.FIRST,
    "firstjointime": Column.FIRST,
    "jointime": Column.FIRST,
    "timestamp": Column.FIRST,
    "utceventtimestamp": Column.FIRST,
    "lastleave": Column.LAST,
    "lastleavetime": Column.LAST,
    "leavetime": Column.LAST,
    "duration": Column.LENGTH,
    "inmeetingduration": Column.LENGTH,
    "email": Column.EMAIL,
    "participantid(upn)": Column.ACCOUNT,
    "role": Column.ROLE,
    "useraction": Column.ACTION,
    "action": Column.ACTION,
    "participantid": Column.VISIT,
}
_FIRST_LABELS = frozenset({"name", "fullname", "sessionid"})
# A table is known by its column of times, and must have these others.
_KINDS = {
    "firstjoin": (Kind.PERSON, Column.LAST),
    "firstjointime": (Kind.PERSON, Column.LAST),
    "jointime": (Kind.STAY, Column.LAST),
    "timestamp": (Kind.EVENT, Column.ACTION),
    "utceventtimestamp": (Kind.UTC_EVENT, Column.ACTION),
}
_BY_PLACE = {
    Kind.PERSON: (
        Column.NAME,
        Column.FIRST,
        Column.LAST,
        Column.LENGTH,
        Column.EMAIL,
        Column.ACCOUNT,
        Column.ROLE,
    ),
    Kind.STAY: (
        Column.NAME,
        Column.FIRST,
        Column.LAST,
        Column.LENGTH,
        Column.EMAIL,
        Column.ROLE,
    ),
}
_SECTIONS = {"2": Kind.PERSON, "3": Kind.STAY}
_PLACES = {
    kind: tuple(order.index(column) if column in order else None for column in Column)
    for kind, order in _BY_PLACE.items()
}
_LAST = list(Column).index(Column.LAST)
_BREAK = re.compile(r"[\n\r\t]")
_NOT_A_LABEL = re.compile(r"[\s_-]+")
_HEADING = re.compile(r"([1-9])\. ?\S.{0,80}")


def has_sections(text: str) -> bool:
    """Tell whether a text has the numbered headings of a report, in whatever language."""
    return all(re.search(rf'^"?{number}\. ?\S', text, re.MULTILINE) for number in "12")


def english_tables(rows: Iterable[Sequence[str]]) -> Tables:
    """Read the tables whose English labels are known; whatever else stands between them is left."""
    tables = Tables()
    columns: Columns = ()
    current: list[Entry] | None = None
    for row in rows:
        header = _header(row)
        if header is not None:
            kind, columns = header
            current = tables.begin(kind)
        elif current is None:
            if not tables.entries:
                _note(tables, row)
        elif cells := _cells(row):
            if _heading(cells):
                current = None
            else:
                current.append(_entry(cells, columns))
    return tables


def shaped_tables(rows: Iterable[Sequence[str]]) -> Tables:
    """Read the tables of a report in another language by headings, columns and times alone."""
    tables = Tables()
    section, header = "", 0
    current: list[Entry] | None = None
    for row in rows:
        cells = _cells(row)
        if heading := _heading(cells):
            section, header, current = heading, 0, None
        elif current is None and section in _SECTIONS and _is_timed(cells):
            current = tables.begin(_shape(section, header))
        if current is not None and cells:
            current.append(_entry(cells, _PLACES[_SECTIONS[section]]))
        elif section == "1":
            _note_by_place(tables, cells)
        header = len(cells)
    return tables


def _cells(row: Sequence[str]) -> list[str]:
    """Return the cells of a row without the empty ones at its end."""
    cells = [cell.strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _heading(cells: Sequence[str]) -> str:
    """Return the number of a section where its heading stands alone in a row."""
    found = _HEADING.fullmatch(cells[0]) if len(cells) == 1 else None
    return found[1] if found else ""


def _label(cell: str) -> str:
    return _NOT_A_LABEL.sub("", cell[:80]).casefold()


def _header(row: Sequence[str]) -> tuple[Kind, Columns] | None:
    """Return which table begins with this row, and which column is where."""
    if not row or _label(row[0]) not in _FIRST_LABELS:
        return None
    labels = [_label(cell) for cell in row]
    found = {_LABELS[label]: at for at, label in reversed([*enumerate(labels)]) if label in _LABELS}
    for label in labels:
        if label in _KINDS:
            kind, needed = _KINDS[label]
            columns = tuple(found.get(column) for column in Column)
            return (kind, columns) if {needed, Column.NAME} <= found.keys() else None
    return None


def _entry(cells: list[str], columns: Columns) -> Entry:
    """Read a row; one without times is no row of a person, and nobody is left out unnoticed.

    Raises ReportRefused for it, and for a cell with a line break: a quotation mark that is never
    closed would swallow the people who stand after it.
    """
    entry = _read(cells, columns) or _read(_joined(cells), columns)
    if entry is None or _BREAK.search("".join(cells)):
        raise ReportRefused(ReportRefusal.DAMAGED)
    return entry


def _read(cells: Sequence[str], columns: Columns) -> Entry | None:
    """Return what a row says, as far as it reaches, or none where its times are not there."""
    width = len(cells)
    name, came, went, *rest = (cells[at] if at is not None and at < width else "" for at in columns)
    first = stamp_of(came)
    # A list of comings and goings has one time in a row.
    last = first if columns[_LAST] is None else stamp_of(went)
    if first is None or last is None:
        return None
    return Entry(name, first, last, *rest)


def _joined(cells: Sequence[str]) -> list[str]:
    """Put dates and their times, which stand in two cells, into one."""
    joined = [cells[0]]
    rest = iter(range(1, len(cells)))
    for at in rest:
        following = cells[at + 1] if at + 1 < len(cells) else ""
        if is_split(cells[at], following):
            joined.append(f"{cells[at]} {following}")
            next(rest, None)
        else:
            joined.append(cells[at])
    return joined


def _note(tables: Tables, row: Sequence[str]) -> None:
    """Keep a line of the summary."""
    label = _SUMMARY.get(_label(row[0])) if row else None
    if label:
        tables.summary.setdefault(label, " ".join(_cells(row[1:])))


def _note_by_place(tables: Tables, cells: list[str]) -> None:
    """Keep a line of a summary in another language: the title is first, then the two times."""
    if len(cells) < 2:
        return
    value = " ".join(cells[1:])
    if not tables.summary:
        tables.summary[TITLE] = value
    elif stamp_of(value):
        tables.summary[END if START in tables.summary else START] = value


def _is_timed(cells: list[str]) -> bool:
    """Tell whether a row has a coming and a going where every table of stays has them."""
    joined = _joined(cells) if len(cells) > 2 else cells
    return len(joined) > 2 and None not in (stamp_of(joined[1]), stamp_of(joined[2]))


def _shape(section: str, header: int) -> Kind:
    """Return the table of a section, if it has the columns that this table has."""
    kind = _SECTIONS[section]
    if header < len(_BY_PLACE[kind]):
        raise ReportRefused(ReportRefusal.OTHER_LANGUAGE)
    return kind
