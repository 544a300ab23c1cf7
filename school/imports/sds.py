"""Microsoft School Data Sync, CSV v2.1: the files a school with Teams makes already.

The columns are Microsoft's. `password`, where it stands, is read past, and so is all of `demographics`
but the date of birth.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
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
from school.imports.refusals import ImportRefusal
from school.imports.roster import Adult, Bond, Child, Group, Note, Roster, Teacher
from school.imports.tables import Faults, Row, by_lower_name, rows_of
from school.imports.values import DayOrder

PUPIL = "student"
COLUMNS = ("givenName", "familyName")


class _Files:
    """The rows of one file set, read once, and what is wrong with them."""

    def __init__(self, files: Mapping[str, bytes], *, on: date, order: DayOrder | None) -> None:
        self.files, self.on, self.order = by_lower_name(files), on, order
        self.faults = Faults()
        self.nursery = Nursery()
        self.users = self._by_id(
            "users.csv",
            required=("sourcedId", "givenName", "familyName"),
            wanted=("email", "phone", "sms"),
        )
        self.roles = self._roles()

    def __contains__(self, file: str) -> bool:
        return file.lower() in self.files

    def rows(self, file: str, *, required: tuple[str, ...]) -> list[Row]:
        """Return the rows of a file that may be missing."""
        return rows_of(self.files, file, required=required) if file.lower() in self.files else []

    def _by_id(
        self, file: str, *, required: tuple[str, ...], wanted: tuple[str, ...]
    ) -> dict[str, Row]:
        rows = rows_of(self.files, file, required=required, wanted=wanted)
        return by_identity(rows, "sourcedId", self.faults)

    def _roles(self) -> dict[str, list[Row]]:
        """Return the roles of each person that are not over."""
        rows = rows_of(
            self.files,
            "roles.csv",
            required=("userSourcedId", "role"),
            wanted=("grade", "isPrimary", "roleEndDate", "orgSourcedId"),
        )
        ends = values.dates(rows, "roleEndDate", self.faults, order=self.order)
        found: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if self.is_person(row, "userSourcedId") and ends.get(row.number, self.on) >= self.on:
                found[row.cells["userSourcedId"]].append(row)
        return found

    def is_person(self, row: Row, column: str) -> bool:
        """Tell whether a row speaks of somebody who is in the file of people."""
        source_id = values.identity(row, column, self.faults)
        if source_id in self.users or not source_id:
            return bool(source_id)
        words = "Nobody in users.csv has this identity: the files do not belong together."
        self.faults.add(row.fault(ImportRefusal.UNKNOWN_PERSON, words, column))
        return False


def read_sds(files: Mapping[str, bytes], *, on: date, order: DayOrder | None = None) -> Roster:
    """Return whom the files name. Raises ImportRefused with everything that is wrong."""
    found = _Files(files, on=on, order=order)
    children = _children(found)
    teachers = _teachers(found, children)
    adults, bonds, notes = _families(found, children)
    groups = _groups(found, children, teachers)
    found.faults.settle()
    return Roster(
        children=tuple(children.values()),
        adults=adults,
        bonds=bonds,
        teachers=tuple(teachers.values()),
        groups=groups,
        lists_families="relationships.csv" in found,
        lists_classes="classes.csv" in found and "enrollments.csv" in found,
        notes=(*found.nursery.notes, *notes),
    )


def _children(found: _Files) -> dict[str, Child]:
    born = _births(found)
    children, schools = {}, []
    for source_id, roles in found.roles.items():
        pupil = [row for row in roles if _role(row) == PUPIL]
        if not pupil:
            continue
        if len(pupil) < len(roles):
            words = "This person is a pupil in one row and works at the school in another."
            found.faults.add(roles[0].fault(ImportRefusal.TWO_PARTS, words, "role"))
        user = found.users[source_id]
        main = next((row for row in pupil if row.cells.get("isPrimary", "") in TRUE), pupil[0])
        schools.append(main)
        if found.nursery.takes(main, "grade"):
            continue
        children[source_id] = child_of(
            source_id,
            user,
            COLUMNS,
            found.faults,
            year_group=values.year_group(main, "grade", found.faults),
            born_on=born.get(source_id),
        )
    only_one_school(schools, "orgSourcedId", found.faults)
    return children


TRUE = frozenset({"true", "True", "TRUE", "1"})


def _role(row: Row) -> str:
    return row.cells["role"].casefold()


def _births(found: _Files) -> dict[str, date]:
    rows = found.rows("demographics.csv", required=("userSourcedId", "birthDate"))
    days = values.dates(rows, "birthDate", found.faults, order=found.order)
    return {row.cells["userSourcedId"]: day for row in rows if (day := days.get(row.number))}


def _teachers(found: _Files, children: Mapping[str, Child]) -> dict[str, Teacher]:
    return {
        source_id: Teacher(
            source_id=source_id,
            name=whole_name(found.users[source_id], COLUMNS, found.faults),
            email=values.address(found.users[source_id], "email", found.faults),
        )
        for source_id, roles in found.roles.items()
        if source_id not in children and any(_role(row) not in FAMILY for row in roles)
    }


def _families(
    found: _Files, children: Mapping[str, Child]
) -> tuple[tuple[Adult, ...], tuple[Bond, ...], tuple[Note, ...]]:
    rows = found.rows(
        "relationships.csv",
        required=("userSourcedId", "relationshipUserSourcedId", "relationshipRole"),
    )
    bonds: dict[tuple[str, str], Bond] = {}
    passed: list[Row] = []
    for row in rows:
        relationship = row.cells["relationshipRole"].casefold()
        are_known = found.is_person(row, "userSourcedId") & found.is_person(
            row, "relationshipUserSourcedId"
        )
        child_id, adult_id = (
            row.cells["userSourcedId"],
            row.cells["relationshipUserSourcedId"],
        )
        if not are_known or child_id not in children:
            # Of a child whose role is over nothing is taken, which is no fault of the file.
            continue
        if relationship in FAMILY:
            bonds[child_id, adult_id] = Bond(
                child_id=child_id, adult_id=adult_id, relationship=relationship
            )
        else:
            passed.append(row)
    notes = tuple(passed_over(row, "relationshipRole") for row in passed)
    return _adults(found, bonds.values()), tuple(bonds.values()), notes


def _adults(found: _Files, bonds: Iterable[Bond]) -> tuple[Adult, ...]:
    return tuple(
        adult_of(
            source_id,
            found.users[source_id],
            COLUMNS,
            found.faults,
            email="email",
            numbers=("sms", "phone"),
        )
        for source_id in dict.fromkeys(bond.adult_id for bond in bonds)
    )


def _groups(
    found: _Files, children: Mapping[str, Child], teachers: Mapping[str, Teacher]
) -> tuple[Group, ...]:
    members: dict[str, list[str]] = defaultdict(list)
    for row in found.rows("enrollments.csv", required=("classSourcedId", "userSourcedId")):
        if found.is_person(row, "userSourcedId"):
            members[row.cells["classSourcedId"]].append(row.cells["userSourcedId"])
    rows = found.rows("classes.csv", required=("sourcedId", "title"))
    return groups_of(rows, ("sourcedId", "title"), members, children, teachers, found.faults)
