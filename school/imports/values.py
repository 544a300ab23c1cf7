"""One cell: a name, an address, a telephone number, a year, a date."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from school.imports.refusals import ImportRefusal, refused
from school.imports.tables import Faults, Row

# What Excel makes of a long number, and of one that began with a zero.
SPOILED = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
WITHOUT_ZERO = re.compile(r"[1-9]\d{9}")
SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
YEAR = re.compile(r"(?:year\s*|yr\s*|y)?0*(\d{1,2})", re.IGNORECASE)
RECEPTION = {"r", "rec", "reception", "kg", "pr", "foundation"}
HIGHEST_YEAR = 14
FORMULA = ("=", "+", "@")
# Marks that turn the direction of letters or take no room: nobody can see what is written.
HIDDEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


class DayOrder(StrEnum):
    """Which comes first where a date is written with strokes."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


def identity(row: Row, column: str, faults: Faults) -> str:
    """Return the file's own name for somebody or something."""
    value = row.cells.get(column, "")
    if not value:
        faults.add(row.fault(ImportRefusal.NO_VALUE, "There is nothing here.", column))
    elif SPOILED.fullmatch(value) or len(value) > 120:
        words = "This is no identity any more: a spreadsheet has rounded it, or it is too long."
        faults.add(row.fault(ImportRefusal.SPOILED_NUMBER, words, column))
    return value


def name(row: Row, column: str, faults: Faults, *, most: int) -> str:
    """Return a name: one line that a person can read."""
    value = " ".join(row.cells.get(column, "").split())
    if not value:
        faults.add(row.fault(ImportRefusal.NO_VALUE, "There is no name here.", column))
    elif value.startswith(FORMULA):
        faults.add(row.fault(ImportRefusal.BAD_NAME, "A name does not begin like that.", column))
    elif any(unicodedata.category(sign) in HIDDEN for sign in value):
        words = "There are invisible signs in this name."
        faults.add(row.fault(ImportRefusal.BAD_NAME, words, column))
    elif len(value) > most:
        faults.add(row.fault(ImportRefusal.BAD_NAME, f"Longer than {most} letters.", column))
    return value


def address(row: Row, column: str, faults: Faults) -> str:
    """Return an e-mail address, or nothing where there is none."""
    value = row.cells.get(column, "")
    if not value:
        return ""
    try:
        validate_email(value)
    except ValidationError:
        faults.add(row.fault(ImportRefusal.BAD_ADDRESS, "This is no e-mail address.", column))
    return value


def telephone(row: Row, column: str, faults: Faults) -> str:
    """Return a telephone number, or nothing; one that a spreadsheet has spoiled is a fault."""
    value = row.cells.get(column, "")
    if SPOILED.fullmatch(value) or WITHOUT_ZERO.fullmatch(value):
        words = "A spreadsheet has spoiled this telephone number: its first zero is gone."
        faults.add(row.fault(ImportRefusal.SPOILED_NUMBER, words, column))
    elif value and not re.fullmatch(r"[\d\s()+.\-/x]{3,40}", value):
        words = "This is no telephone number."
        faults.add(row.fault(ImportRefusal.SPOILED_NUMBER, words, column))
    return value


def year_group(row: Row, column: str, faults: Faults) -> int:
    """Return the year; 0 is Reception."""
    value = row.cells.get(column, "")
    if value.casefold() in RECEPTION:
        return 0
    found = YEAR.fullmatch(value)
    if found and int(found[1]) <= HIGHEST_YEAR:
        return int(found[1])
    words = "The year is missing." if not value else f"‘{value[:20]}’ is no year of a school."
    faults.add(row.fault(ImportRefusal.BAD_YEAR, words, column))
    return 0


def dates(
    rows: Sequence[Row], column: str, faults: Faults, *, order: DayOrder | None
) -> dict[int, date]:
    """Return the dates of a column by row.

    2000-02-04 is clear by itself. 4/2/2000 is decided by the whole column, or else asked: never guessed.
    Raises ImportRefused when both orders are possible, or neither.
    """
    said = {row.number: row for row in rows if row.cells.get(column, "")}
    slashed = {number: SLASHED.fullmatch(row.cells[column]) for number, row in said.items()}
    pairs = [(int(found[1]), int(found[2])) for found in slashed.values() if found]
    chosen = order or _order(pairs, rows[0].file if rows else "", column)
    return {
        number: day
        for number, row in said.items()
        if (day := _date(row, column, slashed[number], chosen, faults)) is not None
    }


def _order(pairs: list[tuple[int, int]], file: str, column: str) -> DayOrder:
    is_day_first = any(first > 12 for first, _ in pairs)
    is_month_first = any(second > 12 for _, second in pairs)
    if pairs and is_day_first == is_month_first:
        words = (
            "Some dates have the day first, and some the month."
            if is_day_first
            else "It cannot be told whether the day or the month comes first. Say which, and try again."
        )
        raise refused(ImportRefusal.DATES_UNDECIDED, words, file=file, column=column)
    return DayOrder.MONTH_FIRST if is_month_first else DayOrder.DAY_FIRST


def _date(
    row: Row, column: str, slashed: re.Match[str] | None, order: DayOrder, faults: Faults
) -> date | None:
    try:
        if slashed is None:
            return date.fromisoformat(row.cells[column])
        first, second, year = (int(part) for part in slashed.groups())
        day, month = (first, second) if order is DayOrder.DAY_FIRST else (second, first)
        return date(year, month, day)
    except ValueError:
        words = "This is no date. Write it like 2017-05-31."
        faults.add(row.fault(ImportRefusal.BAD_DATE, words, column))
        return None
