"""Microsoft School Data Sync, the format for schools in the United Kingdom (version 1).

Six files of the roster, and two of guardians, who are known by their address. `Password` is read past.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from school.imports import values
from school.imports.gathering import (
    FAMILY,
    NOT_STATED,
    Nursery,
    adult_of,
    by_identity,
    child_of,
    groups_of,
    only_one_school,
    passed_over,
    whole_name,
)
from school.imports.refusals import ImportRefusal
from school.imports.roster import Adult, Bond, Child, Group, Note, Roster, Teacher
from school.imports.tables import Faults, Row, by_lower_name, rows_of
from school.imports.values import DayOrder

NAMES = ("First Name", "Last Name")
OVER = frozenset({"inactive", "dropped", "withdrawn", "left", "deleted"})


class _Files:
    """The rows of one file set, without people whose time is over."""

    def __init__(self, files: Mapping[str, bytes], *, order: DayOrder | None) -> None:
        self.files, self.order, self.faults = by_lower_name(files), order, Faults()
        self.nursery = Nursery()
        self.pupils = self._people(
            "Student.csv", ("ID", *NAMES, "Grade"), ("School DfE Number", "Birthdate")
        )
        self.teachers = self._people("Teacher.csv", ("ID", *NAMES, "Username"), ())

    def __contains__(self, file: str) -> bool:
        return file.lower() in self.files

    def rows(self, file: str, required: tuple[str, ...], wanted: tuple[str, ...] = ()) -> list[Row]:
        """Return the rows of a file that may be missing."""
        return rows_of(self.files, file, required=required, wanted=wanted) if file in self else []

    def _people(
        self, file: str, required: tuple[str, ...], wanted: tuple[str, ...]
    ) -> dict[str, Row]:
        rows = rows_of(self.files, file, required=required, wanted=(*wanted, "Status"))
        return by_identity(rows, "ID", self.faults)


def read_sds_uk(files: Mapping[str, bytes], *, on: date, order: DayOrder | None = None) -> Roster:
    """Return whom the files name. Raises ImportRefused with everything that is wrong."""
    del on  # These files have no day on which somebody's time ends: they say who is here.
    found = _Files(files, order=order)
    children = _children(found)
    teachers = {
        source_id: _teacher(found, source_id, row)
        for source_id, row in found.teachers.items()
        if not _is_over(row)
    }
    adults, bonds, notes = _families(found, children)
    groups = _groups(found, children, teachers)
    found.faults.settle()
    return Roster(
        children=tuple(children.values()),
        adults=adults,
        bonds=bonds,
        teachers=tuple(teachers.values()),
        groups=groups,
        lists_families="user.csv" in found and "guardianrelationship.csv" in found,
        lists_classes="Section.csv" in found and "StudentEnrollment.csv" in found,
        notes=(*found.nursery.notes, *notes),
    )


def _is_over(row: Row) -> bool:
    return row.cells.get("Status", "").casefold() in OVER


def _children(found: _Files) -> dict[str, Child]:
    here = {one: row for one, row in found.pupils.items() if not _is_over(row)}
    only_one_school(list(here.values()), "School DfE Number", found.faults)
    born = values.dates(list(here.values()), "Birthdate", found.faults, order=found.order)
    return {
        source_id: child_of(
            source_id,
            row,
            NAMES,
            found.faults,
            year_group=values.year_group(row, "Grade", found.faults),
            born_on=born.get(row.number),
        )
        for source_id, row in here.items()
        if not found.nursery.takes(row, "Grade")
    }


def _teacher(found: _Files, source_id: str, row: Row) -> Teacher:
    """Return a teacher; a user name that is no address tells no account."""
    is_address = "@" in row.cells["Username"]
    return Teacher(
        source_id=source_id,
        name=whole_name(row, NAMES, found.faults),
        email=values.address(row, "Username", found.faults) if is_address else "",
    )


def _families(
    found: _Files, children: Mapping[str, Child]
) -> tuple[tuple[Adult, ...], tuple[Bond, ...], tuple[Note, ...]]:
    people, notes = _by_address(found)
    bonds: dict[tuple[str, str], Bond] = {}
    for row in found.rows("guardianrelationship.csv", ("SIS ID", "Email", "Role")):
        child_id, address = row.cells["SIS ID"], _address(row)
        if not _is_known(found, row, people) or child_id not in children:
            continue
        relationship = row.cells["Role"].casefold() or NOT_STATED
        if len(people[address]) > 1:
            continue
        if relationship in FAMILY or relationship == NOT_STATED:
            bonds[child_id, address] = Bond(
                child_id=child_id, adult_id=address, relationship=relationship
            )
        else:
            notes.append(passed_over(row, "Role"))
    adults = [
        adult_of(
            address,
            people[address][0],
            NAMES,
            found.faults,
            email="Email",
            numbers=("Phone",),
        )
        for address in dict.fromkeys(bond.adult_id for bond in bonds.values())
    ]
    return tuple(adults), tuple(bonds.values()), tuple(notes)


def _address(row: Row) -> str:
    return row.cells["Email"].casefold()


def _by_address(found: _Files) -> tuple[dict[str, list[Row]], list[Note]]:
    """Return the guardians by their address; who shares one cannot be told from the other."""
    people: dict[str, list[Row]] = defaultdict(list)
    for row in found.rows("user.csv", ("Email", *NAMES, "Phone", "SIS ID")):
        values.identity(row, "Email", found.faults)
        people[_address(row)].append(row)
    notes = [
        Note(
            place=f"{rows[1].file}, row {rows[1].number}",
            words=f"This address is in row {rows[0].number} too, and the files do not say which of the "
            "two adults is with which child. Neither is taken: add them by hand.",
        )
        for rows in people.values()
        if len(rows) > 1
    ]
    return people, notes


def _is_known(found: _Files, row: Row, people: Mapping[str, list[Row]]) -> bool:
    """Tell whether both are in the files; it is a fault where one is not."""
    for column, is_there, file in (
        ("SIS ID", row.cells["SIS ID"] in found.pupils, "Student.csv"),
        ("Email", _address(row) in people, "user.csv"),
    ):
        if not is_there:
            words = f"Nobody in {file} has this: the files do not belong together."
            found.faults.add(row.fault(ImportRefusal.UNKNOWN_PERSON, words, column))
            return False
    return True


def _groups(
    found: _Files, children: Mapping[str, Child], teachers: Mapping[str, Teacher]
) -> tuple[Group, ...]:
    members: dict[str, list[str]] = defaultdict(list)
    for file, people in (
        ("StudentEnrollment.csv", found.pupils),
        ("TeacherRoster.csv", found.teachers),
    ):
        for row in found.rows(file, ("Section ID", "ID")):
            person = values.identity(row, "ID", found.faults)
            if person and person not in people:
                words = "Nobody has this identity: the files do not belong together."
                found.faults.add(row.fault(ImportRefusal.UNKNOWN_PERSON, words, "ID"))
            members[row.cells["Section ID"]].append(person)
    rows = [
        row
        for row in found.rows("Section.csv", ("ID", "Section Name"), ("Status",))
        if not _is_over(row)
    ]
    return groups_of(rows, ("ID", "Section Name"), members, children, teachers, found.faults)
