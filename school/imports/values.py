"""One cell: a name, an address, a telephone number, a year, a date."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from stdnum.gb.upn import calc_check_digit

from school.imports.refusals import ImportRefusal, refused
from school.imports.tables import Faults, Row

# What Excel makes of a long number, and of one that began with a zero.
SPOILED = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
WITHOUT_ZERO = re.compile(r"[1-9]\d{9}")
# A number with the country's code, in a cell for numbers: a spreadsheet keeps no plus.
WITHOUT_PLUS = re.compile(r"44\d{10}")
SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
# A spreadsheet adds the time of day, which no date of birth has.
MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")
NAMED_MONTH = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3})[a-z]*[ -](\d{4})")
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
YEAR = re.compile(r"(?:year\s*|yr\s*|y)?0*(\d{1,2})", re.IGNORECASE)
RECEPTION = re.compile(
    r"(?:year\s*|yr?\s*)?r|rec|reception|kg|pr|foundation|fs\s?2|f2|e2|eyfs\s?2", re.IGNORECASE
)
# Before Reception: no class of these is ever on a call.
NURSERY = re.compile(
    r"(?:year\s*)?n\d?|nursery.*|pre-?school|ps|pk|it|tk|fs\s?1|f1|e1|eyfs\s?1", re.IGNORECASE
)
HIGHEST_YEAR = 14
FORMULA = ("=", "+", "@")
# As much of a cell as it takes to find it again.
MOST_QUOTED = 30
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
        words = f"A name does not begin like “{_quoted(value)}”: this looks like a formula."
        faults.add(row.fault(ImportRefusal.BAD_NAME, words, column))
    elif any(unicodedata.category(sign) in HIDDEN for sign in value):
        words = "There are invisible signs in this name."
        faults.add(row.fault(ImportRefusal.BAD_NAME, words, column))
    elif len(value) > most:
        faults.add(row.fault(ImportRefusal.BAD_NAME, f"Longer than {most} letters.", column))
    return value


def _quoted(value: str) -> str:
    """Return the beginning of a cell as it may be shown: on one line, without signs that nobody sees."""
    shown = "".join(sign for sign in value if unicodedata.category(sign) not in HIDDEN)
    return shown if len(shown) <= MOST_QUOTED else f"{shown[:MOST_QUOTED]}…"


def address(row: Row, column: str, faults: Faults) -> str:
    """Return an e-mail address, or nothing where there is none."""
    value = row.cells.get(column, "")
    if not value:
        return ""
    try:
        validate_email(value)
        MaxLengthValidator(254)(value)
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
    return f"+{value}" if WITHOUT_PLUS.fullmatch(value) else value


def is_nursery(value: str) -> bool:
    """Tell whether this is a year before Reception."""
    return NURSERY.fullmatch(value.strip()) is not None


def year_group(row: Row, column: str, faults: Faults) -> int:
    """Return the year; 0 is Reception."""
    value = row.cells.get(column, "")
    if RECEPTION.fullmatch(value):
        return 0
    found = YEAR.fullmatch(value)
    if found and int(found[1]) <= HIGHEST_YEAR:
        return int(found[1])
    words = "The year is missing." if not value else f"‘{value[:20]}’ is no year of a school."
    faults.add(row.fault(ImportRefusal.BAD_YEAR, words, column))
    return 0


def order_of(rows: Sequence[Row], columns: Sequence[str]) -> DayOrder:
    """Return which comes first in the dates of a table: all of its columns were written by one system.

    Raises ImportRefused when both orders are possible, or neither.
    """
    found = [
        SLASHED.fullmatch(MIDNIGHT.sub("", row.cells[column])) for row in rows for column in columns
    ]
    pairs = [(int(one[1]), int(one[2])) for one in found if one]
    return _order(pairs, rows[0].file if rows else "", ", ".join(columns))


def dates(
    rows: Sequence[Row], column: str, faults: Faults, *, order: DayOrder | None
) -> dict[int, date]:
    """Return the dates of a column by row.

    2000-02-04 is clear by itself. 4/2/2000 is decided by the whole column, or else asked: never guessed.
    Raises ImportRefused when both orders are possible, or neither.
    """
    said = {
        row.number: (row, MIDNIGHT.sub("", row.cells[column]))
        for row in rows
        if row.cells.get(column, "")
    }
    slashed = {number: SLASHED.fullmatch(value) for number, (_, value) in said.items()}
    pairs = [(int(found[1]), int(found[2])) for found in slashed.values() if found]
    chosen = order or _order(pairs, rows[0].file if rows else "", column)
    return {
        number: day
        for number, (row, value) in said.items()
        if (day := _date(row, column, value, slashed[number], chosen, faults)) is not None
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
    row: Row,
    column: str,
    value: str,
    slashed: re.Match[str] | None,
    order: DayOrder,
    faults: Faults,
) -> date | None:
    try:
        return _in_order(slashed, order) if slashed else _written_out(value)
    except ValueError:
        words = "This is no date. Write it like 2017-05-31."
        faults.add(row.fault(ImportRefusal.BAD_DATE, words, column))
        return None


def _in_order(slashed: re.Match[str], order: DayOrder) -> date:
    first, second, year = (int(part) for part in slashed.groups())
    day, month = (first, second) if order is DayOrder.DAY_FIRST else (second, first)
    return date(year, month, day)


def _written_out(value: str) -> date:
    """Return a date like 2017-05-31 or 31 May 2017. Raises ValueError."""
    named = NAMED_MONTH.fullmatch(value)
    if named is None:
        return date.fromisoformat(value)
    return date(int(named[3]), MONTHS.index(named[2].casefold()) + 1, int(named[1]))


UPN = re.compile(r"[A-Z]\d{11}[\dA-HJ-NP-RT-Z]", re.ASCII)


def upn(row: Row, column: str, faults: Faults) -> str:
    """Return a unique pupil number, with its check letter proved.

    A check letter and twelve signs: digits, but for the last one of a temporary number (Department for
    Education, unique pupil numbers, guidance for schools). The authority within it is not looked up:
    authorities come and go.
    """
    value = row.cells.get(column, "").upper()
    if not value:
        faults.add(row.fault(ImportRefusal.NO_VALUE, "There is no UPN here.", column))
    elif not UPN.fullmatch(value) or calc_check_digit(value[1:]) != value[0]:
        words = "This is no UPN: its check letter does not fit. One sign of it is wrong."
        faults.add(row.fault(ImportRefusal.WRONG_UPN, words, column))
    return value
