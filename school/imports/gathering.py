"""What every format comes down to: one school, who is family of whom, and who is in which class."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from school.imports import values
from school.imports.refusals import ImportRefusal
from school.imports.roster import Adult, Child, Group, Note
from school.imports.tables import Faults, Row

FAMILY = frozenset({"parent", "guardian", "relative"})
# Relationships that are no family: a doctor is not asked whether a child may be on a call.
NO_FAMILY = frozenset({"aide", "doctor", "other"})
# Where the file may leave open who somebody is to a child: the school says it when it confirms the tie.
NOT_STATED = "not stated"
GIVEN, WHOLE = 80, 120


class Nursery:
    """Children before Reception are read past, and said once: no class of theirs is on a call."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def takes(self, row: Row, column: str) -> bool:
        """Tell whether the year in this row is one before Reception, and keep it for the note."""
        is_before = values.is_nursery(row.cells.get(column, ""))
        if is_before:
            self.rows.append(row)
        return is_before

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return the note, if there was anybody."""
        if not self.rows:
            return ()
        how_many = len(self.rows)
        words = f"{how_many} {'child' if how_many == 1 else 'children'} of the nursery: read past."
        return (Note(place=f"{self.rows[0].file}, from row {self.rows[0].number}", words=words),)


def by_identity(rows: Iterable[Row], column: str, faults: Faults) -> dict[str, Row]:
    """Return rows by the file's own name for them; one that is there twice is a fault."""
    found: dict[str, Row] = {}
    for row in rows:
        source_id = values.identity(row, column, faults)
        if source_id in found:
            words = f"Row {found[source_id].number} has the same identity."
            faults.add(row.fault(ImportRefusal.DOUBLED, words, column))
        found[source_id] = row
    return found


def child_of(
    source_id: str,
    row: Row,
    names: tuple[str, str],
    faults: Faults,
    *,
    year_group: int,
    born_on: date | None,
) -> Child:
    """Return a pupil of a row."""
    given, family = (values.name(row, column, faults, most=GIVEN) for column in names)
    return Child(
        source_id=source_id,
        given_name=given,
        family_name=family,
        year_group=year_group,
        born_on=born_on,
    )


def adult_of(
    source_id: str,
    row: Row,
    names: tuple[str, str],
    faults: Faults,
    *,
    email: str,
    numbers: Sequence[str],
) -> Adult:
    """Return an adult of a row, with the first of the numbers that is there: texts go to it."""
    told = (values.telephone(row, column, faults) for column in numbers)
    return Adult(
        source_id=source_id,
        name=whole_name(row, names, faults),
        email=values.address(row, email, faults),
        telephone=next(filter(None, told), ""),
    )


def whole_name(row: Row, columns: tuple[str, str], faults: Faults) -> str:
    """Return a name from its two columns."""
    given, family = (values.name(row, column, faults, most=GIVEN) for column in columns)
    return f"{given} {family}"[:WHOLE]


def only_one_school(rows: Sequence[Row], column: str, faults: Faults) -> None:
    """Refuse the pupils of several schools: each school's schoolsafe knows its own alone."""
    first: Row | None = None
    for row in rows:
        if not row.cells.get(column):
            continue
        first = first or row
        if row.cells[column] != first.cells[column]:
            words = (
                f"This pupil is of another school than the one in row {first.number}. Make the files "
                "of your school alone."
            )
            faults.add(row.fault(ImportRefusal.TWO_SCHOOLS, words, column))
            return


def passed_over(row: Row, column: str) -> Note:
    """Say that a relationship was read past: it is no family, or one that nobody knows."""
    said = row.cells[column]
    words = (
        f"‘{said[:20]}’ is not asked about a child: read past."
        if said.casefold() in NO_FAMILY
        else f"‘{said[:20]}’ is no relationship we know: read past."
    )
    return Note(place=f"{row.file}, row {row.number}", words=words)


def groups_of(
    rows: Sequence[Row],
    columns: tuple[str, str],
    members: Mapping[str, Sequence[str]],
    children: Collection[str],
    teachers: Collection[str],
    faults: Faults,
) -> tuple[Group, ...]:
    """Return classes from their identity and title, with those of their members who are known."""
    identity, title = columns
    titles = Counter(" ".join(row.cells[title].split()).casefold() for row in rows)
    groups: dict[str, Group] = {}
    for row in rows:
        source_id = values.identity(row, identity, faults)
        name = values.name(row, title, faults, most=60)
        if titles[name.casefold()] > 1:
            name = f"{name[:40]} ({source_id[-15:]})"
        if source_id in groups:
            words = "Another class has the same identity."
            faults.add(row.fault(ImportRefusal.DOUBLED, words, identity))
        inside = dict.fromkeys(members.get(source_id, ()))
        groups[source_id] = Group(
            source_id=source_id,
            name=name,
            child_ids=tuple(one for one in inside if one in children),
            teacher_ids=tuple(one for one in inside if one in teachers),
        )
    return tuple(groups.values())
