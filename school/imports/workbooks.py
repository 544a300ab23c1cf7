"""From an Excel workbook to lines of text, as a person sees them in its sheets."""

import zipfile
from datetime import date, datetime
from io import BytesIO
from itertools import islice
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from school.imports.refusals import ImportRefusal, refused
from school.imports.tables import MOST_ROWS
from schoolsafe.lib.zips import DAMAGED

OLD_EXCEL = b"\xd0\xcf\x11\xe0"
MOST_UNPACKED = 30 * 1024 * 1024
MOST_SHEETS, MOST_COLUMNS, MOST_SIGNS = 20, 300, 2_000
# What reading a workbook raises whose parts lie or do not fit together.
BROKEN = (
    *DAMAGED,
    InvalidFileException,
    ParseError,
    TypeError,
    AttributeError,
    LookupError,
)


def is_workbook(data: bytes) -> bool:
    """Tell whether these bytes are meant as a workbook of Excel."""
    if not zipfile.is_zipfile(BytesIO(data)):
        return False
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            return "[Content_Types].xml" in packed.namelist()
    except DAMAGED:
        return False


Lines = list[tuple[int, list[str]]]


def sheets_of(data: bytes, file: str) -> list[Lines]:
    """Return the lines of each sheet with their numbers; formulas are their last result, never calculated.

    Raises ImportRefused for what is damaged, locked, or larger than any school's.
    """
    _check_size(data, file)
    try:
        book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
        return _sheets(book, file)
    except BROKEN as fault:
        raise refused(
            ImportRefusal.UNREADABLE,
            "This workbook cannot be opened. Save it again as .xlsx, without a password.",
            file=file,
        ) from fault


def _sheets(book: Any, file: str) -> list[Lines]:
    sheets: list[Lines] = []
    left = MOST_ROWS
    for sheet in book.worksheets[:MOST_SHEETS]:
        sheets.append(_lines(sheet, file, most=left))
        left -= len(sheets[-1])
    return sheets


def _lines(sheet: Any, file: str, *, most: int) -> Lines:
    """Return the lines of a sheet. They are read one by one: one far below costs no memory."""
    # What a workbook says of its own size is often wrong, and would cut it off.
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
    lines: Lines = []
    width = 0
    for number, row in enumerate(islice(rows, MOST_ROWS + 1), start=1):
        cells = [_text(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            width = max(width, len(cells))
            lines.append((number, cells))
        if len(lines) > most:
            break
    if next(rows, None) is not None or len(lines) > most:
        raise refused(ImportRefusal.TOO_LARGE, "No school has so many rows.", file=file)
    return [(number, cells + [""] * (width - len(cells))) for number, cells in lines]


def _check_size(data: bytes, file: str) -> None:
    """Unpack every part once, to be thrown away: the sizes that stand in a zip may be a lie."""
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            for entry in packed.infolist():
                with packed.open(entry) as part:
                    while piece := part.read(1024 * 1024):
                        left -= len(piece)
                        if left < 0:
                            raise refused(
                                ImportRefusal.TOO_LARGE,
                                "Unpacked, this workbook is larger than any school's.",
                                file=file,
                            )
    except DAMAGED as fault:
        raise refused(
            ImportRefusal.UNREADABLE,
            "This workbook is damaged, or locked with a password.",
            file=file,
        ) from fault


def _text(cell: object) -> str:
    """Return a cell as a person reads it: 4.0 is 4, and a date is written like 2017-05-31."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    # What is longer is no cell that a person wrote; the same long one in every row would fill memory.
    return cell.isoformat() if isinstance(cell, date) else str(cell)[:MOST_SIGNS]
