"""What is read from School Data Sync's British files and from OneRoster: their samples, cell by cell."""

import csv
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from school.imports import (
    Adult,
    Bond,
    Child,
    DayOrder,
    Group,
    ImportRefused,
    Roster,
    Teacher,
    read,
)

SAMPLES = Path(__file__).resolve().parents[3] / "docs" / "samples"
TODAY = date(2026, 9, 15)
ADA = {"given_name": "Ada", "family_name": "Lovelace", "year_group": 4, "born_on": date(2018, 3, 4)}
BEN = {
    "given_name": "Ben",
    "family_name": "Lovelace",
    "year_group": 0,
    "born_on": date(2021, 11, 30),
}
AMIR = {"given_name": "Amir", "family_name": "Khan", "year_group": 4}
ZOE = {"given_name": "Zoë", "family_name": "Núñez-O’Neill", "year_group": 6}
ANNE = {
    "name": "Anne Lovelace",
    "email": "anne.lovelace@family.example",
    "telephone": "07700 900101",
}


def sample(source: str) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in (SAMPLES / source).iterdir()}


def spoiled(source: str, file: str, old: str, new: str) -> dict[str, bytes]:
    """Return a sample with one piece of one file replaced."""
    files = sample(source)
    assert old.encode() in files[file]
    return files | {file: files[file].replace(old.encode(), new.encode(), 1)}


def faults(
    source: str, files: Mapping[str, bytes], order: DayOrder | None = None
) -> list[tuple[str, str]]:
    with pytest.raises(ImportRefused) as caught:
        read(source, files, on=TODAY, order=order)
    return [(fault.reason.value, fault.place) for fault in caught.value.faults]


def children(*names: str) -> tuple[Child, ...]:
    """Return the five pupils of the samples, with the names that a file has for them."""
    ada, ben, sana, omar, zoe = names
    return (
        Child(source_id=ada, **ADA),  # type: ignore[arg-type]
        Child(source_id=ben, **BEN),  # type: ignore[arg-type]
        Child(source_id=sana, born_on=date(2018, 1, 15), **AMIR),  # type: ignore[arg-type]
        Child(source_id=omar, born_on=date(2018, 6, 2), **AMIR),  # type: ignore[arg-type]
        Child(source_id=zoe, **ZOE),  # type: ignore[arg-type]
    )


# --- School Data Sync, United Kingdom ----------------------------------------------------------------
def test_british_sample_is_read() -> None:
    found = read("sds-uk", sample("sds-uk"), on=TODAY)

    assert found == Roster(
        children=children("p1", "p2", "p3", "p4", "p5"),
        adults=(
            Adult(source_id="anne.lovelace@family.example", **ANNE),
            Adult(source_id="ines@family.example", name="Inés Núñez", email="ines@family.example"),
        ),
        bonds=(
            Bond(child_id="p1", adult_id="anne.lovelace@family.example", relationship="parent"),
            Bond(child_id="p2", adult_id="anne.lovelace@family.example", relationship="parent"),
            Bond(child_id="p5", adult_id="ines@family.example", relationship="not stated"),
        ),
        teachers=(
            Teacher(source_id="t1", name="Helen Host", email="helen.host@elmfield.example"),
            Teacher(source_id="t2", name="Tom Aide", email=""),
        ),
        groups=(
            Group(source_id="sec-4a", name="4A", child_ids=("p1", "p3", "p4"), teacher_ids=("t1",)),
            Group(source_id="sec-rec", name="Reception", child_ids=("p2",)),
            Group(source_id="sec-6b", name="6B", child_ids=("p5",), teacher_ids=("t2",)),
        ),
        lists_families=True,
        lists_classes=True,
        notes=found.notes,
    )
    assert [(note.place, note.words) for note in found.notes] == [
        ("Student.csv, from row 8", "1 child of the nursery: read past."),
        (
            "user.csv, row 4",
            "This address is in row 3 too, and the files do not say which of the two adults is with "
            "which child. Neither is taken: add them by hand.",
        ),
        ("guardianrelationship.csv, row 7", "‘Doctor’ is not asked about a child: read past."),
    ]


def test_british_files_may_be_named_in_small_letters_and_without_guardians() -> None:
    small = {
        name.lower(): content
        for name, content in sample("sds-uk").items()
        if name not in {"user.csv", "guardianrelationship.csv"}
    }

    found = read("sds-uk", small, on=TODAY)

    assert (len(found.children), found.adults, found.lists_families) == (5, (), False)


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("Student.csv", "p1,8252001,Ada", "p1,9999999,Ada", ("two_schools", "Student.csv, row 3, School DfE Number")),
        ("Student.csv", "p7,8252001", "p1,8252001", ("doubled", "Student.csv, row 8, ID")),
        ("Student.csv", ",,,,,,4,Active", ",,,,,,40,Active", ("bad_year", "Student.csv, row 2, Grade")),
        ("Student.csv", "1/15/2018", "15/1/2018", ("dates_undecided", "Student.csv, Birthdate")),
        ("Student.csv", "Grade,", "Year,", ("missing_column", "Student.csv, Grade")),
        ("Teacher.csv", "helen.host@elm", "helen.host@@elm", ("bad_address", "Teacher.csv, row 2, Username")),
        ("user.csv", "ines@family.example", "ines", ("unknown_person", "guardianrelationship.csv, row 6, Email")),
        ("guardianrelationship.csv", "p5,ines", "p9,ines", ("unknown_person", "guardianrelationship.csv, row 6, SIS ID")),
        ("guardianrelationship.csv", ",Role", "", ("missing_column", "guardianrelationship.csv, Role")),
        ("StudentEnrollment.csv", "sec-rec,p2", "sec-rec,p22", ("unknown_person", "StudentEnrollment.csv, row 5, ID")),
    ],
)  # fmt: skip
def test_british_file_that_is_wrong_is_refused_with_its_place(
    file: str, old: str, new: str, fault: tuple[str, str]
) -> None:
    assert faults("sds-uk", spoiled("sds-uk", file, old, new)) == [fault]


def test_british_files_lack_one() -> None:
    files = sample("sds-uk")
    del files["Teacher.csv"]

    assert faults("sds-uk", files) == [("missing_file", "Teacher.csv")]


# --- OneRoster --------------------------------------------------------------------------------------
def test_oneroster_sample_is_read() -> None:
    found = read("oneroster", sample("oneroster"), on=TODAY)

    assert found == Roster(
        children=children("pupil-1", "pupil-2", "pupil-3", "pupil-4", "pupil-5"),
        adults=(
            Adult(source_id="adult-1", **ANNE),
            Adult(
                source_id="adult-2",
                name="Sana Khan",
                email="khan.family@family.example",
                telephone="07700 900102",
            ),
            Adult(
                source_id="adult-3",
                name="Omar Khan",
                email="khan.family@family.example",
                telephone="020 7946 0103",
            ),
            Adult(source_id="adult-4", name="Inés Núñez", telephone="07700 900104"),
        ),
        # The first from both sides, the second from the adult's row, the others from the pupil's.
        bonds=(
            Bond(child_id="pupil-1", adult_id="adult-1", relationship="parent"),
            Bond(child_id="pupil-3", adult_id="adult-2", relationship="parent"),
            Bond(child_id="pupil-4", adult_id="adult-3", relationship="parent"),
            Bond(child_id="pupil-5", adult_id="adult-4", relationship="guardian"),
            Bond(child_id="pupil-2", adult_id="adult-1", relationship="parent"),
        ),
        teachers=(
            Teacher(source_id="adult-5", name="Tom Aide", email="tom.aide@elmfield.example"),
            Teacher(source_id="staff-1", name="Helen Host", email="helen.host@elmfield.example"),
        ),
        groups=(
            Group(
                source_id="class-1",
                name="4A",
                child_ids=("pupil-1", "pupil-3", "pupil-4"),
                teacher_ids=("staff-1",),
            ),
            Group(source_id="class-2", name="Reception", child_ids=("pupil-2",)),
            Group(source_id="class-3", name="6B", child_ids=("pupil-5",)),
        ),
        lists_families=True,
        lists_classes=True,
        notes=found.notes,
    )
    assert [(note.place, note.words) for note in found.notes] == [
        ("users.csv, from row 8", "1 child of the nursery: read past."),
        ("users.csv, row 13", "‘aide’ is not asked about a child: read past."),
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("manifest.csv", "users,bulk", "users,delta", ("only_changes", "manifest.csv, row 10, value")),
        ("users.csv", "true,org-1,student,ada", "true,org-2,student,ada", ("two_schools", "users.csv, row 3, orgSourcedIds")),
        ("users.csv", "adult-3,Year 4", "adult-33,Year 4", ("unknown_person", "users.csv, row 5, agentSourcedIds")),
        ("users.csv", "adult-3,Year 4", 'adult-3,"04,05"', ("bad_year", "users.csv, row 5, grades")),
        ("users.csv", "pupil-7,,,true", "pupil-1,,,true", ("doubled", "users.csv, row 8, sourcedId")),
        ("users.csv", "020 7946 0103", "2.08E+10", ("spoiled_number", "users.csv, row 11, phone")),
        ("enrollments.csv", "org-1,pupil-2", "org-1,pupil-9", ("unknown_person", "enrollments.csv, row 5, userSourcedId")),
        ("demographics.csv", "2018-03-04", "3rd of May", ("bad_date", "demographics.csv, row 2, birthDate")),
    ],
)  # fmt: skip
def test_oneroster_file_that_is_wrong_is_refused_with_its_place(
    file: str, old: str, new: str, fault: tuple[str, str]
) -> None:
    assert faults("oneroster", spoiled("oneroster", file, old, new)) == [fault]


def test_oneroster_needs_its_manifest_and_obeys_it() -> None:
    files = sample("oneroster")
    without = {name: content for name, content in files.items() if name != "manifest.csv"}
    absent = spoiled("oneroster", "manifest.csv", "classes,bulk", "classes,absent")

    assert faults("oneroster", without) == [("missing_file", "manifest.csv")]
    assert read("oneroster", absent, on=TODAY).lists_classes is False


# --- Every format -----------------------------------------------------------------------------------
def with_semicolons(text: str) -> str:
    out = StringIO(newline="")
    csv.writer(out, delimiter=";").writerows(csv.reader(StringIO(text, newline="")))
    return out.getvalue()


@pytest.mark.parametrize("source", ["sds", "sds-uk", "oneroster"])
@pytest.mark.parametrize(
    "written",
    [
        with_semicolons,
        lambda text: "sep=;\r\n" + with_semicolons(text),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
    ],
    ids=["semicolons", "Excel's line of the delimiter", "Windows", "byte order mark"],
)
def test_files_are_read_however_a_spreadsheet_saves_them(
    source: str, written: Callable[[str], str]
) -> None:
    files = {name: written(content.decode()).encode() for name, content in sample(source).items()}

    assert read(source, files, on=TODAY) == read(source, sample(source), on=TODAY)


@pytest.mark.parametrize("source", ["sds-uk", "oneroster"])
@given(data=st.binary(max_size=300), place=st.integers(0, 4000), which=st.integers(0, 20))
@settings(deadline=None)
def test_any_damage_is_a_roster_or_a_named_refusal(
    source: str, data: bytes, place: int, which: int
) -> None:
    files = sample(source)
    name = sorted(files)[which % len(files)]
    content = files[name]
    place %= len(content)
    with suppress(ImportRefused):
        read(source, files | {name: content[:place] + data + content[place:]}, on=TODAY)
