"""What is read from the exports of a school's own system, through a mapping of their headings."""

import re
from contextlib import suppress
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from school.imports import (
    READY,
    Adult,
    Bond,
    Child,
    ColumnMapping,
    DayOrder,
    Doubt,
    Field,
    Group,
    ImportRefused,
    Roster,
    lacking,
    read_table,
    tables,
    workbooks,
)
from school.imports.roster import dumped, loaded
from tests.school.imports.files import zipped

SAMPLES = Path(__file__).resolve().parents[3] / "docs" / "samples"
TODAY = date(2026, 9, 15)
SIMS = READY["sims"]
HEAD = "Adno,Forename,Surname,DOB,Year,Reg,Contact ID,Contact Name,Relationship,Parental Responsibility,Court Order,Correspondence,Contact Email,Mobile"
ROW = "7,Ada,Lovelace,2018-03-04,4,4A,9,Anne Lovelace,Mother,Y,N,Y,anne@family.example,07700 900101"


def table(*rows: str, head: str = HEAD) -> bytes:
    return "\r\n".join([head, *rows, ""]).encode()


def with_cell(heading: str, value: str) -> str:
    """Return the row with one cell replaced."""
    cells = ROW.split(",")
    cells[HEAD.split(",").index(heading)] = value
    return ",".join(cells)


def read(data: bytes, mapping: ColumnMapping = SIMS, order: DayOrder | None = None) -> Roster:
    return read_table(mapping, data, on=TODAY, order=order)


def faults(data: bytes, mapping: ColumnMapping = SIMS) -> list[tuple[str, str]]:
    with pytest.raises(ImportRefused) as caught:
        read(data, mapping)
    return [(fault.reason.value, fault.place) for fault in caught.value.faults]


def workbook(*rows: list[object]) -> bytes:
    book, out = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


# --- The samples ------------------------------------------------------------------------------------
def people(ids: tuple[str, ...], adults: tuple[str, ...], reception: str) -> dict[str, object]:
    """Return the families of the samples under the numbers that one of them has."""
    ada, ben, amir, other, zoe = ids
    anne, sana, omar, ines = adults
    return {
        "children": (
            Child(source_id=ada, given_name="Ada", family_name="Lovelace", year_group=4, born_on=date(2018, 3, 4)),
            Child(source_id=ben, given_name="Ben", family_name="Lovelace", year_group=0, born_on=date(2021, 11, 30)),
            Child(source_id=amir, given_name="Amir", family_name="Khan", year_group=4, born_on=date(2018, 1, 15)),
            Child(source_id=other, given_name="Amir", family_name="Khan", year_group=4, born_on=date(2018, 6, 2)),
            Child(source_id=zoe, given_name="Zoë", family_name="Núñez-O’Neill", year_group=6),
        ),
        "bonds": {
            Bond(child_id=ada, adult_id=anne, relationship="mother"),
            Bond(child_id=ben, adult_id=anne, relationship="mother"),
            Bond(child_id=amir, adult_id=sana, relationship="mother"),
            Bond(child_id=other, adult_id=omar, relationship="father"),
            Bond(child_id=zoe, adult_id=ines, relationship="grandmother", doubt=Doubt.NO_RESPONSIBILITY),
        },
        "groups": (
            Group(source_id="4a", name="4A", child_ids=(ada, amir, other)),
            Group(source_id=reception.casefold(), name=reception, child_ids=(ben,)),
            Group(source_id="6b", name="6B", child_ids=(zoe,)),
        ),
    }  # fmt: skip


def test_sims_sample_is_read() -> None:
    found = read((SAMPLES / "sims.csv").read_bytes())

    told = people(("101", "102", "103", "104", "105"), ("C1", "C2", "C3", "C4"), "RecA")
    george = Bond(
        child_id="101",
        adult_id="C6",
        relationship="father",
        doubt=Doubt.COURT_ORDER,
    )
    assert (found.children, found.groups) == (told["children"], told["groups"])
    assert set(found.bonds) == told["bonds"] | {george}  # type: ignore[operator]
    assert found.adults == (
        Adult(source_id="C1", name="Anne Lovelace", email="anne.lovelace@family.example", telephone="07700 900101"),
        Adult(source_id="C6", name="George Byron", email="george@family.example", telephone="07700 900106"),
        Adult(source_id="C2", name="Sana Khan", email="khan.family@family.example", telephone="07700 900102"),
        Adult(source_id="C3", name="Omar Khan", email="khan.family@family.example", telephone="020 7946 0103"),
        Adult(source_id="C4", name="Inés Núñez", telephone="07700 900104"),
    )  # fmt: skip
    assert [(note.place, note.words) for note in found.notes] == [
        ("file, from row 9", "1 child of the nursery: read past."),
        (
            "file, from row 10",
            "1 row is of pupils who have not come yet: read past until they do.",
        ),
    ]
    assert (found.lists_families, found.lists_classes, found.teachers) == (True, True, ())


def test_arbor_sample_is_a_workbook_with_a_cover_and_a_title() -> None:
    found = read((SAMPLES / "arbor.xlsx").read_bytes(), READY["arbor"])

    told = people(("101", "102", "103", "104", "105"), ("901", "902", "903", "904"), "Reception")
    assert (found.children, found.groups) == (told["children"], told["groups"])
    assert set(found.bonds) == told["bonds"]
    assert [adult.telephone for adult in found.adults] == [
        "07700 900101",
        "07700 900102",
        "+447700900103",
        "07700 900104",
    ]


def test_bromcom_sample_has_all_contacts_in_one_row_and_knows_pupils_by_upn() -> None:
    found = read((SAMPLES / "bromcom.csv").read_bytes(), READY["bromcom"])

    upns = ("N801200022001", "C801200022002", "R801200022003", "F801200022004", "V801200022005")
    by_name = {adult.name: adult.source_id for adult in found.adults}
    told = people(
        upns,
        tuple(by_name[one] for one in ("Anne Lovelace", "Sana Khan", "Omar Khan", "Inés Núñez")),
        "Reception",
    )
    george = Bond(child_id=upns[0], adult_id=by_name["George Byron"], relationship="father")
    assert (found.children, found.groups) == (told["children"], told["groups"])
    assert set(found.bonds) == told["bonds"] | {george}  # type: ignore[operator]
    # Two adults share a mailbox, and stay two; one adult with two children is one.
    assert len(by_name) == len(found.adults) == 5


# --- Headings ---------------------------------------------------------------------------------------
def test_refusal_says_what_was_looked_for_and_what_there_is() -> None:
    with pytest.raises(ImportRefused) as caught:
        read(table("7,Ada,Lovelace,4", head="Nr,Forename,Surname,Klasse"))

    assert [fault.words for fault in caught.value.faults] == [
        "There is no column for: Year. Looked for: Year, Year Group, Year group, NC Year, Year taught "
        "in.",
        "There is no column for: Number of the pupil in your system. Looked for: Adno, Admission "
        "Number, Admission number.",
        "The headings that are there: “Nr”, “Forename”, “Surname”, “Klasse”.",
    ]


def test_file_of_pupils_alone_says_nothing_of_families_or_classes() -> None:
    found = read(table("7,Ada,Lovelace,4", head="Adno,Forename,Surname,Year"))

    assert (found.lists_families, found.lists_classes, found.bonds) == (False, False, ())


def test_other_columns_are_read_past() -> None:
    found = read(table(ROW + ",MARKERWORD", head=HEAD + ",Ethnicity"))

    assert "MARKERWORD" not in repr(found)


def test_preferred_name_wins_where_there_is_one() -> None:
    head = "Adno,Forename,Preferred Forename,Surname,Year"
    found = read(table("7,Augusta,Ada,Lovelace,4", "8,Benedict,,Lovelace,R", head=head))

    assert [child.given_name for child in found.children] == ["Ada", "Benedict"]


ENOUGH = {
    "pupil_id": ("No",),
    "given_name": ("A",),
    "family_name": ("B",),
    "year_group": ("C",),
}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"given_name": ()}, ("given_name", "Say under which heading it stands.")),
        ({"pupil_id": ()}, ("pupil_id", "Say by what a pupil is known: a number, or the UPN.")),
        ({"email": ("E",)}, ("contact_name", "Say under which heading a contact's name stands.")),
        (
            {"class_name": ("Class #",)},
            ("class_name", "“#” is for headings of contacts alone."),
        ),
        ({"class_name": ("c",)}, ("class_name", "“c” is year already.")),
    ],
)
def test_mapping_that_says_too_little_is_told_so(
    change: dict[str, tuple[str, ...]], fault: tuple[str, str]
) -> None:
    columns = {Field(name): headings for name, headings in (ENOUGH | change).items()}

    assert [(field.value, why) for field, why in lacking(columns)] == [fault]


def test_mapping_that_says_enough_may_know_pupils_by_upn_alone() -> None:
    columns = {Field(name): headings for name, headings in ENOUGH.items()}
    columns[Field.UPN] = columns.pop(Field.PUPIL_ID)

    assert lacking(columns) == []


@pytest.mark.parametrize("source", sorted(READY))
def test_ready_mappings_say_enough(source: str) -> None:
    assert lacking(READY[source].columns) == []
    assert len(source) <= 20


# --- Cells ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("heading", "value", "fault"),
    [
        ("Adno", "", "no_value"),
        ("Adno", "1.2E+11", "spoiled_number"),
        ("Forename", "=cmd()", "bad_name"),
        ("Surname", "", "no_value"),
        ("DOB", "31 Foo 2018", "bad_date"),
        ("Year", "Year 40", "bad_year"),
        ("Contact Name", "@sum", "bad_name"),
        ("Contact Email", "anne@@family", "bad_address"),
        (
            "Contact Email",
            f"anne@{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 60}.example",
            "bad_address",
        ),
        ("Mobile", "4.47E+11", "spoiled_number"),
        ("Mobile", "7700900101", "spoiled_number"),
    ],
)
def test_cell_that_is_wrong_is_refused_with_row_and_heading(
    heading: str, value: str, fault: str
) -> None:
    assert faults(table(with_cell(heading, value))) == [(fault, f"file, row 2, {heading}")]


@pytest.mark.parametrize(
    ("upn", "is_good"),
    [
        ("N801200022001", True),
        ("n801200022001", True),
        ("A801200022001", False),
        ("N801200022010", False),
        ("N80120002200", False),
        ("B801200005001", True),
        ("F801200022004", True),
        ("A" + "\u0661" * 12, False),
        ("", False),
    ],
)
def test_upn_must_have_its_check_letter(upn: str, is_good: bool) -> None:
    data = table(f"{upn},Ada,Lovelace,4", head="UPN,Forename,Surname,Year")
    if is_good:
        assert read(data).children[0].source_id == upn.upper()
    else:
        assert [place for _, place in faults(data)] == ["file, row 2, UPN"]


def test_e30_order_said_in_one_row_holds_for_the_others_and_for_brothers_and_sisters() -> None:
    other_child = ROW.replace("7,Ada,", "8,Ben,", 1)
    found = read(table(ROW, with_cell("Court Order", "Y"), ROW, other_child))

    assert [(bond.child_id, bond.doubt) for bond in found.bonds] == [
        ("7", Doubt.COURT_ORDER),
        ("8", Doubt.COURT_ORDER),
    ]


def test_order_under_any_of_its_headings_is_one() -> None:
    head = HEAD.replace("Court Order", "Court order") + ",Has court order"
    arbor = {"Adno": "Student ID", "Forename": "First name", "Surname": "Last name"}
    arbor |= {"Contact ID": "Guardian ID", "Contact Name": "Guardian name"}
    for old, new in arbor.items():
        head = head.replace(old, new)
    [bond] = read(table(ROW + ",Y", head=head), READY["arbor"]).bonds

    assert bond.doubt == Doubt.COURT_ORDER


@pytest.mark.parametrize(
    ("year", "group"),
    [("Year R", 0), ("YR", 0), ("FS2", 0), ("Reception", 0), ("R", 0), ("Y4", 4), ("Yr 10", 10)],
)
def test_years_are_read_as_schools_write_them(year: str, group: int) -> None:
    assert read(table(with_cell("Year", year))).children[0].year_group == group


@pytest.mark.parametrize("year", ["N1", "Nursery", "Year N2", "FS1", "E1"])
def test_nursery_is_read_past_however_it_is_written(year: str) -> None:
    with pytest.raises(ImportRefused, match="not one pupil"):
        read(table(with_cell("Year", year)))


def test_heading_with_a_line_break_is_the_same_heading() -> None:
    head = HEAD.replace("Contact ID", '"Contact\nID"').replace("Year", "YEAR")

    assert read(table(ROW, head=head)).adults[0].source_id == "9"


def test_heading_twice_in_other_letters_is_there_twice() -> None:
    data = table("7,Ada,Ann,Lovelace,4", head="Adno,Forename,FORENAME,Surname,Year")

    assert faults(data) == [("doubled", "file, FORENAME")]


def test_second_heading_of_a_date_counts_where_the_first_is_empty() -> None:
    head = "Adno,Forename,Surname,Year,Leaving Date,DOL"
    rows = ["1,Ada,A,4,,2020-01-01", "2,Ben,B,4,,"]

    assert [child.given_name for child in read(table(*rows, head=head)).children] == ["Ben"]


def test_what_is_kept_of_such_a_roster_is_the_roster() -> None:
    found = read((SAMPLES / "sims.csv").read_bytes())

    assert loaded(dumped(found)) == found


def test_zeros_that_a_spreadsheet_took_away_are_no_other_pupil() -> None:
    assert read(table(with_cell("Adno", "000007"))) == read(table(ROW))


@pytest.mark.parametrize(
    ("heading", "value", "doubt"),
    [
        ("Court Order", "Y", Doubt.COURT_ORDER),
        ("Court Order", "Non-molestation order: see file", Doubt.COURT_ORDER),
        ("Court Order", "", None),
        ("Parental Responsibility", "No", Doubt.NO_RESPONSIBILITY),
        ("Parental Responsibility", "Not held", Doubt.NO_RESPONSIBILITY),
        ("Parental Responsibility", "Unknown", Doubt.NO_RESPONSIBILITY),
        ("Parental Responsibility", "Shared", None),
        ("Parental Responsibility", "", None),
        ("Correspondence", "N", Doubt.NO_LETTERS),
    ],
)
def test_what_the_file_says_against_asking_is_kept(
    heading: str, value: str, doubt: Doubt | None
) -> None:
    [bond] = read(table(with_cell(heading, value))).bonds

    assert bond.doubt == doubt


@pytest.mark.parametrize(
    ("heading", "value", "place"),
    [
        ("Forename", "Adah", "file, row 3, Adno"),
        ("Contact Email", "other@family.example", "file, row 3, Contact ID"),
        ("Contact Name", "Bayo Okafor", "file, row 3, Contact ID"),
    ],
)
def test_one_number_with_two_stories_is_refused(heading: str, value: str, place: str) -> None:
    assert faults(table(ROW, with_cell(heading, value))) == [("doubled", place)]


def test_dates_are_decided_by_all_columns_together() -> None:
    head = "Adno,Forename,Surname,Year,DOB,Date of Admission"
    clear = table("7,Ada,Lovelace,4,31/01/2018,04/09/2022", head=head)
    unclear = table("7,Ada,Lovelace,4,04/03/2018,04/09/2022", head=head)

    assert read(clear).children[0].born_on == date(2018, 1, 31)
    assert faults(unclear) == [("dates_undecided", "file, DOB, Date of Admission")]
    assert read(unclear, order=DayOrder.DAY_FIRST).children[0].born_on == date(2018, 3, 4)


def test_who_has_left_or_comes_later_is_no_pupil_of_today() -> None:
    head = "Adno,Forename,Surname,Year,Date of Admission,Leaving Date"
    rows = [
        "1,Ada,A,4,,",
        "2,Ben,B,4,,2026-09-15",
        "3,Cem,C,4,2026-09-16,",
        "4,Dan,D,4,2026-09-15,",
    ]

    assert [child.given_name for child in read(table(*rows, head=head)).children] == ["Ada", "Dan"]


# --- Bytes ------------------------------------------------------------------------------------------
def test_workbook_says_the_same_as_the_text() -> None:
    cells: list[list[object]] = [list(HEAD.split(",")), list(ROW.split(","))]
    cells[1][0], cells[1][3], cells[1][4] = 7, date(2018, 3, 4), 4.0

    assert read(workbook(*cells)) == read(table(ROW))


def test_table_may_come_in_a_zip_of_its_own() -> None:
    assert read(zipped({"export.csv": table(ROW)})).children == read(table(ROW)).children
    assert faults(zipped({"a.csv": table(ROW), "b.csv": table(ROW)})) == [("not_a_file_set", "")]


def test_old_or_locked_workbook_is_refused() -> None:
    assert faults(b"\xd0\xcf\x11\xe0" + bytes(600)) == [("unreadable", "")]


def changed(data: bytes, old: str, new: str) -> bytes:
    """Return a workbook with one piece of its sheet's XML replaced."""
    out = BytesIO()
    with ZipFile(BytesIO(data)) as before, ZipFile(out, "w", ZIP_DEFLATED) as after:
        for entry in before.infolist():
            content = before.read(entry).decode()
            if entry.filename == "xl/worksheets/sheet1.xml":
                assert re.search(old, content)
                content = re.sub(old, lambda _: new, content, count=1)
            after.writestr(entry.filename, content)
    return out.getvalue()


def test_cell_far_out_in_a_small_workbook_costs_nothing() -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    data = changed(workbook(["x"]), "</sheetData>", far)

    assert faults(data) == [("too_large", "workbook")]


def test_workbook_that_is_wrong_about_its_size_is_read_to_its_end() -> None:
    told = '<dimension ref="A1"/>'
    data = changed(workbook(HEAD.split(","), ROW.split(",")), r"<dimension[^>]*>", told)  # type: ignore[arg-type]

    assert len(read(data).children) == 1


def test_workbook_with_a_locked_part_is_refused() -> None:
    data = bytearray(workbook(HEAD.split(","), ROW.split(",")))  # type: ignore[arg-type]
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1

    assert faults(bytes(data)) == [("unreadable", "workbook")]


def test_workbook_in_letters_that_nobody_knows_is_refused() -> None:
    told = '<?xml version="1.0" encoding="foo"?><worksheet/>'

    assert faults(changed(workbook(["x"]), r"(?s).*", told)) == [("unreadable", "workbook")]


def test_rows_of_all_sheets_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 5)
    book, out = Workbook(), BytesIO()
    for sheet in (book.active, book.create_sheet(), book.create_sheet()):
        for _ in range(2):
            sheet.append(["x"])
    book.save(out)

    assert faults(out.getvalue()) == [("too_large", "workbook")]


def test_long_cell_is_cut_before_it_fills_every_row() -> None:
    with pytest.raises(ImportRefused) as caught:
        read(workbook(["Adno", "Forename", "Surname", "Year"], ["7", "A" * 30_000, "B", "4"]))

    assert [fault.words for fault in caught.value.faults] == ["Longer than 80 letters."]


def test_blank_lines_are_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_LINES", 5)

    assert faults(table(*[""] * 5, ROW)) == [("too_large", "file")]


def test_zero_signs_are_no_text_whatever_stands_before_them() -> None:
    data = ("\ufeff" + HEAD + "\n" + ROW + "\0").encode()

    assert faults(data) == [("unreadable", "file")]


def test_workbook_that_is_a_bomb_is_refused() -> None:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("xl/worksheets/sheet1.xml", b" " * (31 * 1024 * 1024))

    assert faults(out.getvalue()) == [("too_large", "workbook")]


def test_entities_that_grow_are_refused() -> None:
    laughs = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(10)
    )
    sheet = "<worksheet><sheetData><row><c><v>&a9;</v></c></row></sheetData></worksheet>"

    assert [
        reason for reason, _ in faults(changed(workbook(["x"]), r"(?s).*", laughs + "]>" + sheet))
    ] == ["unreadable"]


@given(data=st.binary(max_size=200), place=st.integers(0, 10**6))
@settings(deadline=None)
def test_any_damage_is_a_roster_or_a_named_refusal(data: bytes, place: int) -> None:
    for sound in (table(ROW), workbook(HEAD.split(","), ROW.split(","))):  # type: ignore[arg-type]
        at = place % len(sound)
        for spoiled in (sound[:at] + data + sound[at:], sound[:at] + data, data):
            with suppress(ImportRefused):
                read(spoiled)
