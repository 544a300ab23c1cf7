"""The text and the rows of a file that calls itself a report; ".csv" says nothing about it."""

import codecs
import csv
import io
from collections.abc import Iterator

from meetings.attendance.refusals import ReportRefusal, ReportRefused

LARGEST_FILE = 5 * 2**20
# A thousand people, the most that a call takes, who come and go twenty times each, and more.
MOST_ROWS = 25_000
LONGEST_ROW = 20_000
MOST_CELLS = 200

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LOOKED_AT = 4096


def text_of(data: bytes) -> str:
    """Return what is written in a file, whichever way it is encoded.

    Raises ReportRefused for a file that is empty, too large, or no text.
    """
    if not data:
        raise ReportRefused(ReportRefusal.EMPTY)
    if len(data) > LARGEST_FILE:
        raise ReportRefused(ReportRefusal.TOO_LARGE)
    if data.startswith((_ZIP, _OLE)):
        raise ReportRefused(ReportRefusal.WORKBOOK)
    text = _decoded(data)
    if "\0" in text:
        raise ReportRefused(ReportRefusal.NOT_TEXT)
    if not text.strip():
        raise ReportRefused(ReportRefusal.EMPTY)
    return text


def rows_of(text: str, delimiter: str) -> Iterator[list[str]]:
    """Yield the rows of a text, one after the other: a million of them must not stand in memory.

    Raises ReportRefused where there are more rows, or longer ones, than any report has.
    """
    read = 0

    def lines() -> Iterator[str]:
        nonlocal read
        for line in io.StringIO(text, newline=""):
            read += len(line)
            if read > LONGEST_ROW:
                raise ReportRefused(ReportRefusal.NOT_A_REPORT)
            yield line

    try:
        for number, row in enumerate(csv.reader(lines(), delimiter=delimiter)):
            if number >= MOST_ROWS:
                raise ReportRefused(ReportRefusal.TOO_LARGE)
            if len(row) > MOST_CELLS:
                raise ReportRefused(ReportRefusal.NOT_A_REPORT)
            read = 0
            yield row
    except csv.Error as error:
        raise ReportRefused(ReportRefusal.NOT_A_REPORT) from error


def _decoded(data: bytes) -> str:
    """Decode by the mark at the beginning, by where the zero bytes are, as UTF-8, as Windows does."""
    for encoding in _encodings(data):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ReportRefused(ReportRefusal.NOT_TEXT)


def _encodings(data: bytes) -> tuple[str, ...]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return (encoding,)
    # Of text in European letters every other byte is zero when it is UTF-16.
    begins = data[:_LOOKED_AT]
    if begins[1::2].count(0) * 2 > len(begins[1::2]):
        return ("utf-16-le",)
    if begins[::2].count(0) * 2 > len(begins[::2]):
        return ("utf-16-be",)
    return ("utf-8", "cp1252")
