"""What is read from the files of School Data Sync, and what is refused with its place."""

from contextlib import suppress
from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from school.imports import (
    Adult,
    Bond,
    Child,
    DayOrder,
    Group,
    ImportRefusal,
    ImportRefused,
    Roster,
    Teacher,
    read,
    unpack,
)
from school.imports.roster import dumped, loaded
from tests.school.imports.files import HEADS, Table, elmfield, role, user, written, zipped

TODAY = date(2026, 9, 15)


def roster(tables: dict[str, Table], **how: object) -> Roster:
    return read("sds", written(tables), on=TODAY, **how)  # type: ignore[arg-type]


def faults(tables: dict[str, Table], **how: object) -> list[tuple[str, str]]:
    with pytest.raises(ImportRefused) as caught:
        roster(tables, **how)
    return [(fault.reason.value, fault.place) for fault in caught.value.faults]


def test_a_small_school_is_read() -> None:
    assert roster(elmfield()) == Roster(
        children=(
            Child(source_id="p1", given_name="Ada", family_name="Lovelace", year_group=4, born_on=date(2018, 3, 4)),
            Child(source_id="p2", given_name="Ben", family_name="Lovelace", year_group=4, born_on=date(2018, 3, 4)),
            Child(source_id="p3", given_name="Chidi", family_name="Okafor", year_group=5, born_on=date(2017, 1, 31)),
        ),
        adults=(
            Adult(source_id="g1", name="Anne Lovelace", email="anne@family.example", telephone="07700 900001"),
            Adult(source_id="g2", name="Obi Okafor", email="obi@family.example", telephone="020 7946 0001"),
        ),
        bonds=(
            Bond(child_id="p1", adult_id="g1", relationship="parent"),
            Bond(child_id="p2", adult_id="g1", relationship="parent"),
            Bond(child_id="p3", adult_id="g2", relationship="guardian"),
        ),
        teachers=(Teacher(source_id="t1", name="Helen Host", email="helen@elmfield.example"),),
        groups=(
            Group(source_id="c1", name="4A", child_ids=("p1", "p2"), teacher_ids=("t1",)),
            Group(source_id="c2", name="5B", child_ids=("p3",)),
        ),
        lists_families=True,
        lists_classes=True,
    )  # fmt: skip


def test_what_is_kept_of_a_roster_is_the_roster_and_no_password() -> None:
    found = roster(elmfield())

    assert loaded(dumped(found)) == found
    assert "MARKERPASSWORD" not in dumped(found)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_of_every_export_are_read(encoding: str) -> None:
    tables = elmfield()
    tables["users.csv"][0] = user("p1", "Zoë Nuñez")

    found = read("sds", written(tables, encoding), on=TODAY)

    assert (found.children[0].given_name, found.children[0].family_name) == ("Zoë", "Nuñez")


def test_a_part_that_is_over_is_no_part() -> None:
    tables = elmfield()
    tables["roles.csv"][2] = role("p3", "student", "05", end="2026-07-22")

    found = roster(tables)

    assert [child.source_id for child in found.children] == ["p1", "p2"]
    assert [bond.child_id for bond in found.bonds] == ["p1", "p2"]
    assert [group.child_ids for group in found.groups] == [("p1", "p2"), ()]


def test_somebody_who_is_no_family_is_read_past_and_said() -> None:
    tables = elmfield()
    tables["relationships.csv"] += [["p3", "t1", "doctor"], ["p3", "t1", "godmother"]]

    assert [(note.place, note.words) for note in roster(tables).notes] == [
        ("relationships.csv, row 5", "‘doctor’ is not asked about a child: read past."),
        ("relationships.csv, row 6", "‘godmother’ is no relationship we know: read past."),
    ]


def test_two_classes_of_one_name_are_told_apart() -> None:
    tables = elmfield()
    tables["classes.csv"][1][2] = "4a"

    assert [group.name for group in roster(tables).groups] == ["4A (c1)", "4a (c2)"]


# --- Dates ------------------------------------------------------------------------------------------
def test_dates_with_strokes_are_decided_by_the_whole_column() -> None:
    tables = elmfield()
    for row, day in zip(
        tables["demographics.csv"], ("3/4/2018", "3/4/2018", "1/31/2017"), strict=True
    ):
        row[2] = day

    assert [child.born_on for child in roster(tables).children] == [
        date(2018, 3, 4), date(2018, 3, 4), date(2017, 1, 31),
    ]  # fmt: skip


@pytest.mark.parametrize("last", ["1/2/2017", "31/1/2017"])
def test_dates_that_could_be_both_or_neither_are_asked_about(last: str) -> None:
    tables = elmfield()
    first = "1/31/2018" if last.startswith("31") else "3/4/2018"
    for row, day in zip(tables["demographics.csv"], (first, first, last), strict=True):
        row[2] = day

    assert faults(tables) == [("dates_undecided", "demographics.csv, birthDate")]


def test_who_imports_says_which_comes_first() -> None:
    tables = elmfield()
    for row in tables["demographics.csv"]:
        row[2] = "3/4/2018"

    found = roster(tables, order=DayOrder.DAY_FIRST)

    assert {child.born_on for child in found.children} == {date(2018, 4, 3)}


# --- What is refused, with its place ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("file", "row", "column", "value", "reason"),
    [
        ("users.csv", 0, "sourcedId", "", "no_value"),
        ("users.csv", 0, "givenName", "", "no_value"),
        ("users.csv", 0, "familyName", "=HYPERLINK(1)", "bad_name"),
        ("users.csv", 0, "familyName", "Love\u202elace", "bad_name"),
        ("users.csv", 0, "familyName", "L" * 81, "bad_name"),
        ("users.csv", 1, "sourcedId", "p1", "doubled"),
        ("users.csv", 3, "email", "anne at home", "bad_address"),
        ("users.csv", 3, "sms", "4.47701E+11", "spoiled_number"),
        ("users.csv", 3, "sms", "7700900001", "spoiled_number"),
        ("users.csv", 3, "sms", "ask Anne", "spoiled_number"),
        ("roles.csv", 0, "grade", "", "bad_year"),
        ("roles.csv", 0, "grade", "PS99", "bad_year"),
        ("roles.csv", 0, "userSourcedId", "p99", "unknown_person"),
        ("demographics.csv", 0, "birthDate", "2018-02-30", "bad_date"),
        ("relationships.csv", 0, "relationshipUserSourcedId", "g99", "unknown_person"),
        ("enrollments.csv", 0, "userSourcedId", "p99", "unknown_person"),
        ("classes.csv", 1, "sourcedId", "c1", "doubled"),
        ("classes.csv", 0, "title", "", "no_value"),
    ],
)
def test_a_cell_that_cannot_be_true_is_named_with_row_and_column(
    file: str, row: int, column: str, value: str, reason: str
) -> None:
    tables = elmfield()
    tables[file][row][HEADS[file].split(",").index(column)] = value

    assert (reason, f"{file}, row {row + 2}, {column}") in faults(tables)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    tables = elmfield()
    tables["users.csv"][0][2] = ""
    tables["users.csv"][3][6] = "anne"
    tables["roles.csv"][2][4] = "five"

    assert faults(tables) == [
        ("no_value", "users.csv, row 2, givenName"),
        ("bad_year", "roles.csv, row 4, grade"),
        ("bad_address", "users.csv, row 5, email"),
    ]


def test_somebody_cannot_be_a_pupil_and_work_here() -> None:
    tables = elmfield()
    tables["roles.csv"].append(role("p1", "teacher"))

    assert faults(tables) == [("two_parts", "roles.csv, row 2, role")]


def test_a_cut_off_file_is_refused() -> None:
    files = written(elmfield())
    files["users.csv"] = files["users.csv"][:-30]

    with pytest.raises(ImportRefused) as caught:
        read("sds", files, on=TODAY)

    assert [fault.reason for fault in caught.value.faults] == [ImportRefusal.CUT_OFF]


@pytest.mark.parametrize("file", ["users.csv", "roles.csv"])
def test_a_missing_file_is_named(file: str) -> None:
    tables = elmfield()
    del tables[file]

    assert faults(tables) == [("missing_file", file)]


def test_a_missing_and_a_doubled_column_are_named() -> None:
    files = written(elmfield())
    lost = files | {
        "roles.csv": files["roles.csv"].replace(b"grade", b"klass").replace(b"role,", b"part,")
    }
    doubled = files | {"users.csv": files["users.csv"].replace(b"username", b"givenName")}

    for spoiled, reason, place in (
        (lost, "missing_column", "roles.csv, role"),
        (doubled, "doubled", "users.csv, givenName"),
    ):
        with pytest.raises(ImportRefused) as caught:
            read("sds", spoiled, on=TODAY)
        [fault] = caught.value.faults
        assert (fault.reason.value, fault.place) == (reason, place)


def test_a_file_without_a_pupil_is_refused() -> None:
    assert faults({"users.csv": [], "roles.csv": []}) == [("nobody", "")]


# --- Zips -------------------------------------------------------------------------------------------
def test_a_zip_is_unpacked_from_any_folder() -> None:
    files = written(elmfield())

    assert unpack(zipped(files | {"notes.txt": b"hello"}, folder="export/2026/")) == files


def test_a_bomb_is_not_unpacked() -> None:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:
        packed.writestr("users.csv", b"0" * (61 * 1024 * 1024))

    with pytest.raises(ImportRefused) as caught:
        unpack(out.getvalue())

    assert caught.value.reason is ImportRefusal.TOO_LARGE


def test_a_name_twice_in_a_zip_is_refused() -> None:
    out = BytesIO()
    with ZipFile(out, "w") as packed:
        packed.writestr("a/users.csv", b"1")
        packed.writestr("b/users.csv", b"2")

    with pytest.raises(ImportRefused) as caught:
        unpack(out.getvalue())

    assert caught.value.reason is ImportRefusal.DOUBLED


@given(st.binary(max_size=400))
def test_any_bytes_are_a_value_or_a_named_refusal(data: bytes) -> None:
    files = written(elmfield())
    for spoiled in (data, files["users.csv"][:40] + data, data + files["users.csv"]):
        with suppress(ImportRefused):
            unpack(spoiled)
        with suppress(ImportRefused):
            read("sds", files | {"users.csv": spoiled}, on=TODAY)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=400, deadline=None)
def test_a_damaged_zip_is_a_value_or_a_named_refusal(damage: list[tuple[int, int]]) -> None:
    data = bytearray(zipped(written(elmfield())))
    for place, value in damage:
        data[-(place % min(len(data), 700)) - 1 if place % 2 else place % len(data)] = value
    with suppress(ImportRefused):
        unpack(bytes(data))
