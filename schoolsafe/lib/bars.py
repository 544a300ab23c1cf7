"""Numbers as tables with bars: made of nothing but those that may be shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from schoolsafe.lib.small_numbers import FEWEST

HIDDEN = "hidden"
NOTE = (
    f"Hidden: 1 to {FEWEST - 1}, or a number from which such a one could be worked out. "
    "None at all is shown as 0."
)
# A bar is so wide; where a hidden total leaves its length open, so much is drawn for what is hidden.
WIDE, STUB = 1000, 26


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One number, or None for one that is not shown."""

    label: str
    value: int | None

    @property
    def words(self) -> str:
        """Return it as it is read."""
        return HIDDEN if self.value is None else f"{self.value:,}"


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A piece of a bar: where it begins, how wide it is, and which kind it is; `tone` names its fill."""

    x: float
    width: float
    tone: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table with its bar."""

    label: str
    cells: tuple[Cell, ...]
    total: Cell
    pieces: tuple[Piece, ...] = ()
    is_total: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether nothing says how long the bar would be."""
        return self.total.value is None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A measure by what its rows are: terms, purposes, categories."""

    key: str
    label: str
    of: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measure with its two tables; without rows there was nothing to count."""

    key: str
    title: str
    says: str
    kinds: tuple[str, ...]
    tables: tuple[Table, ...]
    has_total: bool = True


def with_bars(rows: Sequence[Row]) -> list[Row]:
    """Draw the rows to one scale: the longest fills the width."""
    lengths = [sum(cell.value or 0 for cell in row.cells) + (_rest(row) or 0) for row in rows]
    stub = STUB if any(_rest(row) is None for row in rows) else 0
    scale = (WIDE - stub) / max(1, *lengths) if lengths else 0
    return [replace(row, pieces=_pieces(row, scale)) for row in rows]


def _rest(row: Row) -> int | None:
    """Return what the hidden numbers of a row come to, as the row itself tells; None where it does not."""
    if all(cell.value is not None for cell in row.cells):
        return 0
    if row.total.value is None:
        return None
    return row.total.value - sum(cell.value or 0 for cell in row.cells)


def _pieces(row: Row, scale: float) -> tuple[Piece, ...]:
    """Return the shown numbers one after the other, then all that are hidden as one piece."""
    rest = _rest(row)
    found, x = [], 0.0
    widths = [
        (f"kind-{number}", (cell.value or 0) * scale)
        for number, cell in enumerate(row.cells, start=1)
    ]
    for tone, width in (*widths, (HIDDEN, STUB if rest is None else rest * scale)):
        if width:
            found.append(Piece(x=round(x, 2), width=round(width, 2), tone=tone))
        x += width
    return tuple(found)


def lines(year: str, found: Iterable[Figure]) -> list[tuple[object, ...]]:
    """Return the figures as the lines of a spreadsheet."""
    head = ("School year", "What", "By", "Of", "Kind", "Number")
    rows: list[tuple[object, ...]] = [head]
    for figure in found:
        for table in figure.tables:
            for row in table.rows:
                for cell in (*row.cells, *([row.total] if figure.has_total else [])):
                    value = HIDDEN if cell.value is None else cell.value
                    rows.append((year, figure.title, table.label, row.label, cell.label, value))
    return rows
