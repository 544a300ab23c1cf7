"""Lists that are opened in a spreadsheet: what would be taken for a formula is text there too."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

# What a spreadsheet takes for the beginning of a formula, and the same signs in full width.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
# Without it Excel reads names with accents as something else.
BYTE_ORDER_MARK = "\ufeff"


def cell(value: object) -> str:
    """Return a value that no spreadsheet calculates: an apostrophe goes before what begins a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip().startswith(FORMULA) else text


def line(row: Sequence[object]) -> str:
    """Return one row as a line of such a file, with its end."""
    out = StringIO(newline="")
    csv.writer(out).writerow([cell(value) for value in row])
    return out.getvalue()


def written(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as a file of comma-separated values."""
    return BYTE_ORDER_MARK + "".join(line(row) for row in rows)
