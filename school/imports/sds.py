"""Microsoft School Data Sync, CSV v2.1: the files a school with Teams makes already.

The columns are Microsoft's. `password`, where it stands, is read past, and so is all of `demographics`
but the date of birth.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from school.imports import values
from school.imports.refusals import ImportRefusal
from school.imports.roster import Adult, Bond, Child, Group, Note, Roster, Teacher
from school.imports.tables import Faults, Row, rows_of
from school.imports.values import DayOrder

PUPIL = "student"
FAMILY = frozenset({"parent", "guardian", "relative"})
# Relationships that are no family: a doctor is not asked whether a child may be on a call.
NO_FAMILY = frozenset({"aide", "doctor", "other"})
GIVEN, WHOLE = 80, 120


class _Files:
    """The rows of one file set, read once, and what is wrong with them."""

    def __init__(self, files: Mapping[str, bytes], *, on: date, order: DayOrder | None) -> None:
        self.files, self.on, self.order = files, on, order
        self.faults = Faults()
        self.users = self._by_id(
            "users.csv",
            required=("sourcedId", "givenName", "familyName"),
            wanted=("email", "phone", "sms"),
        )
        self.roles = self._roles()

    def __contains__(self, file: str) -> bool:
        return file in self.files

    def rows(self, file: str, *, required: tuple[str, ...]) -> list[Row]:
        """Return the rows of a file that may be missing."""
        return rows_of(self.files, file, required=required) if file in self.files else []

    def _by_id(
        self, file: str, *, required: tuple[str, ...], wanted: tuple[str, ...]
    ) -> dict[str, Row]:
        found: dict[str, Row] = {}
        for row in rows_of(self.files, file, required=required, wanted=wanted):
            source_id = values.identity(row, "sourcedId", self.faults)
            if source_id in found:
                words = f"Row {found[source_id].number} has the same identity."
                self.faults.add(row.fault(ImportRefusal.DOUBLED, words, "sourcedId"))
            found[source_id] = row
        return found

    def _roles(self) -> dict[str, list[Row]]:
        """Return the roles of each person that are not over."""
        rows = rows_of(
            self.files,
            "roles.csv",
            required=("userSourcedId", "role"),
            wanted=("grade", "isPrimary", "roleEndDate"),
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
        notes=notes,
    )


def _children(found: _Files) -> dict[str, Child]:
    born = _births(found)
    children = {}
    for source_id, roles in found.roles.items():
        pupil = [row for row in roles if _role(row) == PUPIL]
        if not pupil:
            continue
        if len(pupil) < len(roles):
            words = "This person is a pupil in one row and works at the school in another."
            found.faults.add(roles[0].fault(ImportRefusal.TWO_PARTS, words, "role"))
        user = found.users[source_id]
        main = next((row for row in pupil if row.cells.get("isPrimary", "") in TRUE), pupil[0])
        children[source_id] = Child(
            source_id=source_id,
            given_name=values.name(user, "givenName", found.faults, most=GIVEN),
            family_name=values.name(user, "familyName", found.faults, most=GIVEN),
            year_group=values.year_group(main, "grade", found.faults),
            born_on=born.get(source_id),
        )
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
            name=_whole_name(found, found.users[source_id]),
            email=values.address(found.users[source_id], "email", found.faults),
        )
        for source_id, roles in found.roles.items()
        if source_id not in children and any(_role(row) not in FAMILY for row in roles)
    }


def _whole_name(found: _Files, user: Row) -> str:
    given = values.name(user, "givenName", found.faults, most=GIVEN)
    family = values.name(user, "familyName", found.faults, most=GIVEN)
    return f"{given} {family}"[:WHOLE]


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
    return _adults(found, bonds.values()), tuple(bonds.values()), _passed(passed)


def _passed(rows: Sequence[Row]) -> tuple[Note, ...]:
    """Say which relationships were read past: those that are no family, and those nobody knows."""
    return tuple(
        Note(
            place=f"{row.file}, row {row.number}",
            words=f"‘{row.cells['relationshipRole'][:20]}’ is not asked about a child: read past."
            if row.cells["relationshipRole"].casefold() in NO_FAMILY
            else f"‘{row.cells['relationshipRole'][:20]}’ is no relationship we know: read past.",
        )
        for row in rows
    )


def _adults(found: _Files, bonds: Iterable[Bond]) -> tuple[Adult, ...]:
    adults = {}
    for bond in bonds:
        if bond.adult_id in adults:
            continue
        user = found.users[bond.adult_id]
        # The number for text messages first: texts go there.
        mobile = values.telephone(user, "sms", found.faults)
        adults[bond.adult_id] = Adult(
            source_id=bond.adult_id,
            name=_whole_name(found, user),
            email=values.address(user, "email", found.faults),
            telephone=mobile or values.telephone(user, "phone", found.faults),
        )
    return tuple(adults.values())


def _groups(
    found: _Files, children: Mapping[str, Child], teachers: Mapping[str, Teacher]
) -> tuple[Group, ...]:
    members: dict[str, list[str]] = defaultdict(list)
    for row in found.rows("enrollments.csv", required=("classSourcedId", "userSourcedId")):
        if found.is_person(row, "userSourcedId"):
            members[row.cells["classSourcedId"]].append(row.cells["userSourcedId"])
    rows = found.rows("classes.csv", required=("sourcedId", "title"))
    titles = [row.cells["title"].casefold() for row in rows]
    groups: dict[str, Group] = {}
    for row in rows:
        source_id = values.identity(row, "sourcedId", found.faults)
        title = values.name(row, "title", found.faults, most=60)
        if titles.count(title.casefold()) > 1:
            title = f"{title[:40]} ({source_id[:15]})"
        if source_id in groups:
            words = "Another class has the same identity."
            found.faults.add(row.fault(ImportRefusal.DOUBLED, words, "sourcedId"))
        inside = dict.fromkeys(members.pop(source_id, []))
        groups[source_id] = Group(
            source_id=source_id,
            name=title,
            child_ids=tuple(pk for pk in inside if pk in children),
            teacher_ids=tuple(pk for pk in inside if pk in teachers),
        )
    return tuple(groups.values())
