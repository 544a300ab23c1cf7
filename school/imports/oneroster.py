"""OneRoster 1.1 CSV (1EdTech): a manifest, and a file for each kind of thing.

The columns are the standard's. Of `demographics` the date of birth is read and no more; `password`,
`userIds` and `identifier` are read past.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from school.imports import values
from school.imports.gathering import (
    FAMILY,
    Nursery,
    adult_of,
    by_identity,
    child_of,
    groups_of,
    only_one_school,
    passed_over,
    whole_name,
)
from school.imports.refusals import ImportRefusal, refused
from school.imports.roster import Bond, Child, Group, Note, Roster, Teacher
from school.imports.tables import Faults, Row, by_lower_name, rows_of
from school.imports.values import DayOrder

PUPIL = "student"
TEACHES = frozenset({"teacher", "administrator", "aide", "proctor"})
NAMES = ("givenName", "familyName")
READ = ("users", "classes", "enrollments", "demographics")


class _Files:
    """The rows of one file set, without what is to be deleted."""

    def __init__(self, files: Mapping[str, bytes], *, order: DayOrder | None) -> None:
        self.files, self.order, self.faults = by_lower_name(files), order, Faults()
        self.nursery = Nursery()
        self.said = self._manifest()
        users = by_identity(
            self._all(
                "users.csv",
                required=("sourcedId", "role", *NAMES),
                wanted=("orgSourcedIds", "email", "sms", "phone", "agentSourcedIds", "grades"),
            ),
            "sourcedId",
            self.faults,
        )
        self.people = {one: row for one, row in users.items() if not _is_gone(row)}
        self.gone = users.keys() - self.people.keys()

    def __contains__(self, name: str) -> bool:
        return f"{name}.csv" in self.files and self.said.get(f"file.{name}") != "absent"

    def of_role(self, *roles: str) -> dict[str, Row]:
        """Return the people with one of these roles."""
        return {one: row for one, row in self.people.items() if _role(row) in roles}

    def rows(self, name: str, *, required: tuple[str, ...]) -> list[Row]:
        """Return the rows of a file that may be missing, without those that are to be deleted."""
        if name not in self:
            return []
        return [row for row in self._all(f"{name}.csv", required=required) if not _is_gone(row)]

    def is_person(self, row: Row, source_id: str, column: str) -> bool:
        """Tell whether somebody is in the file of people; it is a fault where nobody ever was."""
        if source_id not in self.people and source_id not in self.gone:
            words = "Nobody in users.csv has this identity: the files do not belong together."
            self.faults.add(row.fault(ImportRefusal.UNKNOWN_PERSON, words, column))
        return source_id in self.people

    def _all(
        self, file: str, *, required: tuple[str, ...], wanted: tuple[str, ...] = ()
    ) -> list[Row]:
        return rows_of(self.files, file, required=required, wanted=("status", *wanted))

    def _manifest(self) -> dict[str, str]:
        """Return what the manifest says. Raises ImportRefused for files of changes alone."""
        rows = rows_of(self.files, "manifest.csv", required=("propertyName", "value"))
        said = {row.cells["propertyName"]: row.cells["value"].casefold() for row in rows}
        for row in rows:
            name = row.cells["propertyName"].removeprefix("file.")
            if name in READ and row.cells["value"].casefold() == "delta":
                raise refused(
                    ImportRefusal.ONLY_CHANGES,
                    f"The file {name}.csv holds only what has changed since the last export. Make a "
                    "full export, which is called 'bulk'.",
                    file="manifest.csv",
                    row=row.number,
                    column="value",
                )
        return said


def read_oneroster(
    files: Mapping[str, bytes], *, on: date, order: DayOrder | None = None
) -> Roster:
    """Return whom the files name. Raises ImportRefused with everything that is wrong."""
    del on  # The standard has no day on which a role ends.
    found = _Files(files, order=order)
    children = _children(found)
    teachers = {
        source_id: Teacher(
            source_id=source_id,
            name=whole_name(row, NAMES, found.faults),
            email=values.address(row, "email", found.faults),
        )
        for source_id, row in found.of_role(*TEACHES).items()
    }
    bonds, notes = _bonds(found, children)
    adults = tuple(
        adult_of(
            source_id,
            found.people[source_id],
            NAMES,
            found.faults,
            email="email",
            numbers=("sms", "phone"),
        )
        for source_id in dict.fromkeys(bond.adult_id for bond in bonds)
    )
    groups = _groups(found, children, teachers)
    found.faults.settle()
    return Roster(
        children=tuple(children.values()),
        adults=adults,
        bonds=bonds,
        teachers=tuple(teachers.values()),
        groups=groups,
        lists_families=bool(found.of_role(*FAMILY)),
        lists_classes="classes" in found and "enrollments" in found,
        notes=(*found.nursery.notes, *notes),
    )


def _role(row: Row) -> str:
    return row.cells["role"].casefold()


def _is_gone(row: Row) -> bool:
    return row.cells.get("status", "").casefold() == "tobedeleted"


def _children(found: _Files) -> dict[str, Child]:
    rows = found.rows("demographics", required=("sourcedId", "birthDate"))
    days = values.dates(rows, "birthDate", found.faults, order=found.order)
    born = {row.cells["sourcedId"]: days.get(row.number) for row in rows}
    pupils = found.of_role(PUPIL)
    only_one_school(list(pupils.values()), "orgSourcedIds", found.faults)
    return {
        source_id: child_of(
            source_id,
            row,
            NAMES,
            found.faults,
            year_group=values.year_group(row, "grades", found.faults),
            born_on=born.get(source_id),
        )
        for source_id, row in pupils.items()
        if not found.nursery.takes(row, "grades")
    }


def _bonds(
    found: _Files, children: Mapping[str, Child]
) -> tuple[tuple[Bond, ...], tuple[Note, ...]]:
    """Return who is family of whom: the pupil's row says it, or the adult's, or both."""
    bonds: dict[tuple[str, str], Bond] = {}
    passed: dict[str, Row] = {}
    for source_id, row in found.people.items():
        for other in _several(row.cells.get("agentSourcedIds", "")):
            if not found.is_person(row, other, "agentSourcedIds"):
                continue
            child_id, adult_id = (source_id, other) if _role(row) == PUPIL else (other, source_id)
            relationship = _role(found.people[adult_id])
            if child_id not in children:
                continue
            if relationship in FAMILY:
                bonds[child_id, adult_id] = Bond(
                    child_id=child_id, adult_id=adult_id, relationship=relationship
                )
            else:
                passed[adult_id] = found.people[adult_id]
    return tuple(bonds.values()), tuple(passed_over(row, "role") for row in passed.values())


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(",") if part.strip()]


def _groups(
    found: _Files, children: Mapping[str, Child], teachers: Mapping[str, Teacher]
) -> tuple[Group, ...]:
    members: dict[str, list[str]] = defaultdict(list)
    for row in found.rows("enrollments", required=("classSourcedId", "userSourcedId")):
        person = values.identity(row, "userSourcedId", found.faults)
        if person and found.is_person(row, person, "userSourcedId"):
            members[row.cells["classSourcedId"]].append(person)
    rows = found.rows("classes", required=("sourcedId", "title"))
    return groups_of(rows, ("sourcedId", "title"), members, children, teachers, found.faults)
