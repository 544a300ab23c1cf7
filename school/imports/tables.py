"""From a file to rows: of each row only the cells that are asked for are kept."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO

from school.imports.refusals import Fault, ImportRefusal, ImportRefused, refused

MOST_ROWS = 250_000
MOST_FAULTS = 50
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet counts, and its wanted cells by heading."""

    file: str
    number: int
    cells: Mapping[str, str]

    def fault(self, reason: ImportRefusal, words: str, column: str = "") -> Fault:
        """Return a fault that stands in this row."""
        return Fault(reason=reason, words=words, file=self.file, row=self.number, column=column)


class Faults:
    """Collects what is wrong, so that a file is mended once and not row by row."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Keep a fault; raises ImportRefused when there are so many that nobody would read on."""
        self.found.append(fault)
        if len(self.found) >= MOST_FAULTS:
            self.settle()

    def settle(self) -> None:
        """Raise ImportRefused if anything was wrong."""
        if self.found:
            raise ImportRefused(*self.found)


def text_of(data: bytes, file: str) -> str:
    """Return a file as text: by its mark, else as UTF-8, else as Windows writes it.

    Raises ImportRefused for what is no text.
    """
    for mark, name in MARKS:
        if data.startswith(mark):
            return _decoded(data, name, file)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = _decoded(data, "cp1252", file)
    if "\0" in text:
        raise refused(ImportRefusal.UNREADABLE, "This is not a text file.", file=file)
    return text


def _decoded(data: bytes, name: str, file: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as fault:
        raise refused(
            ImportRefusal.UNREADABLE,
            "Its letters cannot be read. Save it as 'CSV UTF-8' and try again.",
            file=file,
        ) from fault


def rows_of(
    files: Mapping[str, bytes],
    file: str,
    *,
    required: tuple[str, ...],
    wanted: tuple[str, ...] = (),
) -> list[Row]:
    """Return the rows of a file with the required and wanted columns, trimmed.

    What stands in other columns, such as a password, is not kept for longer than the row is read.
    Raises ImportRefused when the file, a required column or a row's cells are missing.
    """
    data = files.get(file)
    if data is None:
        raise refused(ImportRefusal.MISSING_FILE, f"The file {file} is missing.", file=file)
    lines = _lines(text_of(data, file), file)
    number, head = next(lines, (1, []))
    places = _places(head, file, required, wanted)
    faults, rows = Faults(), []
    for number, cells in lines:
        if not any(cells):
            continue
        if len(cells) != len(head):
            words = f"This row has {len(cells)} cells, and there are {len(head)} headings."
            faults.add(Fault(reason=ImportRefusal.WRONG_CELLS, words=words, file=file, row=number))
            continue
        kept = {name: cells[place].strip() for name, place in places.items()}
        rows.append(Row(file, number, kept))
        if len(rows) > MOST_ROWS:
            raise refused(ImportRefusal.TOO_LARGE, "No school has so many rows.", file=file)
    faults.settle()
    return rows


def _lines(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    try:
        yield from enumerate(csv.reader(StringIO(text, newline=""), strict=True), start=1)
    except csv.Error as fault:
        raise refused(
            ImportRefusal.UNREADABLE,
            "The quotation marks in it do not fit together, or a cell is too long.",
            file=file,
        ) from fault


def _places(
    head: list[str], file: str, required: tuple[str, ...], wanted: tuple[str, ...]
) -> dict[str, int]:
    names = [name.strip().casefold() for name in head]
    places = {}
    for name in (*required, *wanted):
        found = [place for place, other in enumerate(names) if other == name.casefold()]
        if len(found) > 1:
            raise refused(
                ImportRefusal.DOUBLED, "This column is there twice.", file=file, column=name
            )
        if found:
            places[name] = found[0]
        elif name in required:
            raise refused(
                ImportRefusal.MISSING_COLUMN, "This column is missing.", file=file, column=name
            )
    return places
