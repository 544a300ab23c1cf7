"""From a file to rows: of each row only the cells that are asked for are kept."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from io import StringIO

from school.imports.refusals import AGAIN, Fault, ImportRefusal, ImportRefused, refused

MOST_ROWS = 250_000
MOST_LINES = 2 * MOST_ROWS
MOST_FAULTS = 50
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# What stands between two cells; Excel may say it in a line of its own.
DELIMITERS = ",;\t|"
DELIMITER_LINE = re.compile(r"sep=([,;\t|])\r?\n", re.IGNORECASE)


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
    name = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(name)
    except UnicodeDecodeError:
        text = _decoded(data, "cp1252" if name == "utf-8" else name, file)
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


def by_lower_name(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files by their names in small letters. Raises ImportRefused where two become one."""
    found: dict[str, bytes] = {}
    for name, content in files.items():
        if name.lower() in found:
            raise refused(ImportRefusal.DOUBLED, "This file is there twice.", file=name)
        found[name.lower()] = content
    return found


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
    data = files.get(file.lower())
    if data is None:
        raise refused(ImportRefusal.MISSING_FILE, f"The file {file} is missing.", file=file)
    lines = lines_of(text_of(data, file), file)
    _, head = next(lines, (1, []))
    return kept_of(lines, head, file, places_of(head, file, required, wanted))


def kept_of(
    lines: Iterator[tuple[int, list[str]]], head: list[str], file: str, places: Mapping[str, int]
) -> list[Row]:
    """Return the wanted cells of the lines below the headings, trimmed.

    Raises ImportRefused when a row has more or fewer cells than there are headings.
    """
    faults, rows = Faults(), []
    is_short = False
    for number, cells in lines:
        if not any(cells):
            continue
        is_short = len(cells) < len(head)
        if len(cells) != len(head):
            words = f"This row has {len(cells)} cells, and there are {len(head)} headings."
            faults.add(Fault(reason=ImportRefusal.WRONG_CELLS, words=words, file=file, row=number))
            continue
        kept = {name: cells[place].strip() for name, place in places.items()}
        rows.append(Row(file, number, kept))
        if len(rows) > MOST_ROWS:
            raise refused(ImportRefusal.TOO_LARGE, "No school has so many rows.", file=file)
    if is_short and len(faults.found) == 1:
        words = f"{faults.found[0].words} No row comes after it. {AGAIN}"
        raise ImportRefused(replace(faults.found[0], words=words))
    faults.settle()
    return rows


def lines_of(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Give the lines of a text with their numbers, whatever sign stands between the cells.

    Excel does not show, nor count, the line that tells it the sign.
    """
    told = DELIMITER_LINE.match(text)
    text = text[told.end() :] if told else text
    delimiter = told[1] if told else _delimiter(text)
    reader = csv.reader(StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        for number, cells in enumerate(reader, start=1):
            if number > MOST_LINES:
                raise refused(ImportRefusal.TOO_LARGE, "No school has so many rows.", file=file)
            if any(cells):
                yield number, cells
    except csv.Error as fault:
        # What Python says where a text ends within quotation marks.
        if str(fault) == "unexpected end of data":
            raise refused(ImportRefusal.CUT_OFF, AGAIN, file=file) from fault
        raise refused(
            ImportRefusal.UNREADABLE,
            "The quotation marks in it do not fit together, or a cell is too long.",
            file=file,
        ) from fault


def _delimiter(text: str) -> str:
    """Return the sign that divides most of the first lines into equally many cells."""
    lines = text.splitlines()[:20]

    def fits(sign: str) -> tuple[int, int]:
        [(count, lines_alike)] = Counter(line.count(sign) for line in lines).most_common(1)
        return (lines_alike if count else 0, count)

    return max(DELIMITERS, key=fits) if lines else DELIMITERS[0]


def places_of(
    head: list[str], file: str, required: tuple[str, ...], wanted: tuple[str, ...]
) -> dict[str, int]:
    """Return where each column stands. Raises ImportRefused for one that is missing or there twice."""
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
