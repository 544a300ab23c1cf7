"""One table of a school's own system, as CSV or XLSX, read through a mapping of its headings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256

from school.imports import values
from school.imports.gathering import GIVEN, NOT_STATED, WHOLE, Nursery
from school.imports.mappings import (
    ALWAYS,
    LABELS,
    MOST_CONTACTS,
    NUMBER,
    OF_CONTACTS,
    PARTED_NAME,
    WHOLE_NAME,
    ColumnMapping,
    Field,
)
from school.imports.refusals import AGAIN, Fault, ImportRefusal, ImportRefused, refused
from school.imports.roster import DOUBTS, Adult, Bond, Child, Doubt, Group, Note, Roster
from school.imports.tables import Faults, Row, kept_of, lines_of, text_of
from school.imports.unpacking import unpack
from school.imports.values import DayOrder
from school.imports.workbooks import OLD_EXCEL, Lines, is_workbook, sheets_of
from school.mailboxes import mailbox
from schoolsafe.lib.zips import is_cut_off

# Reports begin with their title, and some lines further down with the headings.
HEADINGS_WITHIN = 20
DATES = (Field.BORN_ON, Field.ADMITTED_ON, Field.LEAVES_ON)
YES = frozenset({"y", "yes", "true", "t", "1", "full", "shared", "joint"})
NO = frozenset({"n", "no", "false", "f", "0", "none", "-"})


@dataclass(frozen=True, kw_only=True)
class _Table:
    """The rows of a table, and under which headings each field stands in it."""

    mapping: ColumnMapping
    rows: Sequence[Row]
    headings: Mapping[str, tuple[str, ...]]
    contacts: tuple[str, ...]

    @property
    def identity(self) -> Field:
        """Return by what a pupil is known: the school's own number, or else the UPN."""
        return Field.PUPIL_ID if Field.PUPIL_ID in self.headings else Field.UPN

    def column(self, row: Row, what: Field, contact: str = "") -> str:
        """Return the heading under which a field is filled in this row, or its first heading, or ''."""
        found = self.headings.get(_key(what, contact), ())
        return next((one for one in found if row.cells[one]), found[0] if found else "")

    def everything(self, row: Row, what: Field, contact: str) -> list[str]:
        """Return what is filled in under any heading of a field."""
        names = self.headings.get(_key(what, contact), ())
        return [row.cells[one] for one in names if row.cells[one]]

    def said(self, row: Row, what: Field, contact: str = "") -> str:
        """Return what stands there."""
        return row.cells.get(self.column(row, what, contact), "")


def read_mapped(
    mapping: ColumnMapping, data: bytes, *, on: date, order: DayOrder | None = None
) -> Roster:
    """Return whom a table names: a row for each pupil, or for each pupil and contact.

    Raises ImportRefused with everything that is wrong.
    """
    table = _table(mapping, _sheets(data))
    reading = _Reading(table, on=on, order=order)
    for row in table.rows:
        reading.read(row)
    return reading.roster()


def that_fits(mappings: Iterable[ColumnMapping], data: bytes) -> ColumnMapping | None:
    """Return the mapping of which most headings stand in a table, if all do without which it is not read.

    Raises ImportRefused for what is no table.
    """
    _, sheets = _sheets(data)
    heads = [head for lines in sheets for _, head in lines[:HEADINGS_WITHIN]]
    found = [(_headings(mapping, head), mapping) for mapping in mappings for head in heads]
    fitting = [(len(headings), mapping) for headings, mapping in found if not _lacking(headings)]
    return max(fitting, key=lambda fit: fit[0], default=(0, None))[1]


# --- From bytes to a table ----------------------------------------------------------------------------
def _sheets(data: bytes) -> tuple[str, list[Lines]]:
    """Return the name by which faults speak of the file, and the lines of its sheets."""
    if data.startswith(OLD_EXCEL):
        words = (
            "This is a workbook of an old Excel, or a locked one. Save it as .xlsx or as CSV UTF-8."
        )
        raise refused(ImportRefusal.UNREADABLE, words)
    if is_cut_off(data):
        raise refused(ImportRefusal.CUT_OFF, AGAIN)
    if is_workbook(data):
        return "workbook", sheets_of(data, "workbook")
    file, content = "file", data
    if data.startswith(b"PK"):
        packed = unpack(data)
        if len(packed) != 1:
            words = "There is more than one table in this zip: send the one with the pupils."
            raise refused(ImportRefusal.NOT_A_FILE_SET, words)
        [(file, content)] = packed.items()
    return file, [list(lines_of(text_of(content, file), file))]


def _table(mapping: ColumnMapping, found: tuple[str, list[Lines]]) -> _Table:
    file, sheets = found
    for lines in sheets:
        for place, (_, head) in enumerate(lines[:HEADINGS_WITHIN]):
            headings = _headings(mapping, head)
            if not _lacking(headings):
                return _filled(mapping, file, lines[place:], headings)
    raise _no_headings(mapping, file, sheets)


def _filled(
    mapping: ColumnMapping, file: str, lines: Lines, headings: Mapping[str, tuple[str, ...]]
) -> _Table:
    _, head = lines[0]
    names = [name.strip() for name in head]
    plain = [_plain(name) for name in head]
    used = [one for several in headings.values() for one in several]
    faults = Faults()
    for name in dict.fromkeys(used):
        if plain.count(_plain(name)) > 1:
            faults.add(
                Fault(
                    reason=ImportRefusal.DOUBLED,
                    words="This column is there twice.",
                    file=file,
                    column=name,
                )
            )
    faults.settle()
    rows = kept_of(iter(lines[1:]), head, file, {name: names.index(name) for name in used})
    contacts = tuple(
        number
        for number in ("", *map(str, range(1, MOST_CONTACTS + 1)))
        if any(headings.get(_key(one, number)) for one in OF_CONTACTS)
    )
    return _Table(mapping=mapping, rows=rows, headings=headings, contacts=contacts)


def _key(what: Field, contact: str) -> str:
    return f"{what} {contact}" if contact else what.value


def _headings(mapping: ColumnMapping, head: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return under which headings of a line each field stands, as they are written there."""
    written = {_plain(name): name.strip() for name in head if name.strip()}
    found = {}
    for what, wanted in mapping.columns.items():
        for number in ("", *map(str, range(1, MOST_CONTACTS + 1))):
            names = [
                one.replace(NUMBER, number) for one in wanted if (NUMBER in one) == bool(number)
            ]
            here = [written[_plain(one)] for one in names if _plain(one) in written]
            if here:
                found[_key(what, number)] = tuple(here)
    return found


def _no_headings(mapping: ColumnMapping, file: str, sheets: list[Lines]) -> ImportRefused:
    """Say what was looked for, and what there is, so that the mapping can be corrected."""
    lines = [head for sheet in sheets for _, head in sheet[:HEADINGS_WITHIN]]
    best = max(lines, key=lambda head: len(_headings(mapping, head)), default=[])
    faults = [
        Fault(
            reason=ImportRefusal.MISSING_COLUMN,
            words=f"There is no column for: {LABELS[one][0]}. Looked for: "
            f"{', '.join(mapping.columns.get(one, ())) or 'nothing'}.",
        )
        for one in _lacking(_headings(mapping, best))
    ]
    names = ", ".join(f"“{name.strip()}”" for name in best if name.strip())[:1500]
    there = Fault(
        reason=ImportRefusal.MISSING_COLUMN,
        words=f"The headings that are there: {names or 'none'}.",
        file=file,
    )
    return ImportRefused(*faults, there)


def _plain(heading: str) -> str:
    """Return a heading as two of them are compared: a line break within it is a blank."""
    return " ".join(heading.split()).casefold()


def _lacking(headings: Mapping[str, tuple[str, ...]]) -> list[Field]:
    """Return the fields without which no row says who a pupil is."""
    known_by = {Field.PUPIL_ID, Field.UPN} & headings.keys()
    return [
        one for one in (*ALWAYS, *(() if known_by else (Field.PUPIL_ID,))) if one not in headings
    ]


# --- From rows to people ------------------------------------------------------------------------------
@dataclass(kw_only=True)
class _Found:
    """Whom the rows have named so far."""

    children: dict[str, tuple[Row, Child]] = field(default_factory=dict)
    adults: dict[str, tuple[Row, Adult]] = field(default_factory=dict)
    bonds: dict[tuple[str, str], Bond] = field(default_factory=dict)
    classes: dict[str, tuple[str, list[str]]] = field(default_factory=dict)


class _Reading:
    """Goes through a table row by row."""

    def __init__(self, table: _Table, *, on: date, order: DayOrder | None) -> None:
        self.table, self.on = table, on
        self.faults, self.nursery, self.found = Faults(), Nursery(), _Found()
        self.later: list[Row] = []
        columns = [one for what in DATES for one in table.headings.get(what, ())]
        order = order or values.order_of(table.rows, columns)
        self.days = {
            column: values.dates(table.rows, column, self.faults, order=order) for column in columns
        }

    def read(self, row: Row) -> None:
        """Read one row."""
        if not self._is_here(row):
            return
        child = self._child(row)
        self._class(row, child)
        for contact in self.table.contacts:
            self._contact(row, contact, child)

    def roster(self) -> Roster:
        """Return whom all rows named. Raises ImportRefused with everything that is wrong."""
        self.faults.settle()
        found = self.found
        return Roster(
            children=tuple(child for _, child in found.children.values()),
            adults=tuple(adult for _, adult in found.adults.values()),
            bonds=tuple(self._bonds()),
            groups=tuple(
                Group(source_id=key, name=name, child_ids=tuple(dict.fromkeys(children)))
                for key, (name, children) in found.classes.items()
            ),
            lists_families=bool(self.table.contacts),
            lists_classes=Field.CLASS_NAME in self.table.headings,
            notes=(*self.nursery.notes, *self._later()),
        )

    def _bonds(self) -> Iterator[Bond]:
        """Give the ties; an order about somebody and one child is looked at for each of their children."""
        bonds = self.found.bonds.values()
        ordered = {bond.adult_id for bond in bonds if bond.doubt is Doubt.COURT_ORDER}
        for bond in bonds:
            yield replace(bond, doubt=Doubt.COURT_ORDER) if bond.adult_id in ordered else bond

    def _is_here(self, row: Row) -> bool:
        """Tell whether the row is of a pupil of this day: not gone, not to come, not of the nursery."""
        leaves_on = self._day(row, Field.LEAVES_ON)
        admitted_on = self._day(row, Field.ADMITTED_ON)
        if leaves_on and leaves_on <= self.on:
            return False
        if admitted_on and admitted_on > self.on:
            self.later.append(row)
            return False
        return not self.nursery.takes(row, self.table.column(row, Field.YEAR_GROUP))

    def _day(self, row: Row, what: Field) -> date | None:
        return self.days.get(self.table.column(row, what), {}).get(row.number)

    def _later(self) -> Iterator[Note]:
        if self.later:
            yield Note(
                place=f"{self.later[0].file}, from row {self.later[0].number}",
                words=f"{len(self.later)} {'row is' if len(self.later) == 1 else 'rows are'} of pupils "
                "who have not come yet: read past until they do.",
            )

    def _child(self, row: Row) -> Child:
        what = self.table.identity
        known_by = values.upn if what is Field.UPN else _number
        child = Child(
            source_id=known_by(row, self.table.column(row, what), self.faults),
            given_name=self._name(row, Field.GIVEN_NAME),
            family_name=self._name(row, Field.FAMILY_NAME),
            year_group=values.year_group(
                row, self.table.column(row, Field.YEAR_GROUP), self.faults
            ),
            born_on=self._day(row, Field.BORN_ON),
        )
        first, same = self.found.children.setdefault(child.source_id, (row, child))
        if same != child:
            words = f"Row {first.number} says something else of the same pupil."
            self.faults.add(row.fault(ImportRefusal.DOUBLED, words, self.table.column(row, what)))
        return child

    def _name(self, row: Row, what: Field) -> str:
        return values.name(row, self.table.column(row, what), self.faults, most=GIVEN)

    def _class(self, row: Row, child: Child) -> None:
        if not self.table.said(row, Field.CLASS_NAME):
            return
        column = self.table.column(row, Field.CLASS_NAME)
        name = values.name(row, column, self.faults, most=60)
        _, children = self.found.classes.setdefault(name.casefold(), (name, []))
        children.append(child.source_id)

    # --- Contacts -------------------------------------------------------------------------------------
    def _contact(self, row: Row, contact: str, child: Child) -> None:
        name = self._contact_name(row, contact)
        if not name:
            return
        email = values.address(row, self.table.column(row, Field.EMAIL, contact), self.faults)
        telephone = values.telephone(
            row, self.table.column(row, Field.TELEPHONE, contact), self.faults
        )
        adult = Adult(
            source_id=self._known_by(row, contact) or _by_name(name, email, telephone, child),
            name=name,
            email=email,
            telephone=telephone,
        )
        first, same = self.found.adults.setdefault(adult.source_id, (row, adult))
        if same != adult:
            words = f"Row {first.number} says something else of the same contact."
            column = self.table.column(row, Field.CONTACT_ID, contact)
            self.faults.add(row.fault(ImportRefusal.DOUBLED, words, column))
        said = self.table.said(row, Field.RELATIONSHIP, contact).casefold()
        key = child.source_id, adult.source_id
        before = self.found.bonds.get(key)
        doubts = {self._doubt(row, contact), before.doubt if before else None}
        # Said once is said: another row that leaves it open takes nothing back.
        self.found.bonds[key] = Bond(
            child_id=child.source_id,
            adult_id=adult.source_id,
            relationship=before.relationship
            if before
            else " ".join(said.split())[:40] or NOT_STATED,
            doubt=next((one for one in DOUBTS if one in doubts), None),
        )

    def _contact_name(self, row: Row, contact: str) -> str:
        """Return the name of a contact; nothing where no part of it is filled in."""
        names = WHOLE_NAME if self.table.said(row, Field.CONTACT_NAME, contact) else PARTED_NAME
        columns = [self.table.column(row, one, contact) for one in names]
        if not any(row.cells.get(one) for one in columns):
            return ""
        parts = [values.name(row, one, self.faults, most=WHOLE) for one in columns]
        return " ".join(parts)[:WHOLE]

    def _known_by(self, row: Row, contact: str) -> str:
        column = self.table.column(row, Field.CONTACT_ID, contact)
        return _number(row, column, self.faults) if row.cells.get(column) else ""

    def _doubt(self, row: Row, contact: str) -> Doubt | None:
        """Return what the file says against asking this adult, if anything."""
        orders = self.table.everything(row, Field.COURT_ORDER, contact)
        if any(one.casefold() not in NO for one in orders):
            return Doubt.COURT_ORDER
        shares = self.table.everything(row, Field.RESPONSIBILITY, contact)
        if any(one.casefold() not in YES for one in shares):
            return Doubt.NO_RESPONSIBILITY
        letters = self.table.everything(row, Field.CORRESPONDENCE, contact)
        return Doubt.NO_LETTERS if any(one.casefold() in NO for one in letters) else None


def _number(row: Row, column: str, faults: Faults) -> str:
    """Return a number by which somebody is known, without the zeros that a spreadsheet takes away."""
    value = values.identity(row, column, faults)
    return value.lstrip("0") or value if value.isdecimal() else value


def _by_name(name: str, email: str, telephone: str, child: Child) -> str:
    """Return what an adult without a number is known by: the same for all children they are with."""
    reached = mailbox(email) if email else "".join(filter(str.isdigit, telephone))
    what = f"{name.casefold()}\0{reached or child.source_id}"
    return f"by-name-{sha256(what.encode()).hexdigest()[:32]}"
