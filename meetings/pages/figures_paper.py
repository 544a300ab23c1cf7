"""The figures of a school year on paper, for a meeting of the governors."""

from collections.abc import Sequence
from datetime import datetime

from school.years import Year
from schoolsafe.lib import clock
from schoolsafe.lib.bars import HIDDEN, NOTE, WIDE, Figure, Row, Table
from schoolsafe.lib.languages import ENGLISH
from schoolsafe.lib.paper import HEIGHT, INK, INNER, LINE, MARGIN, QUIET, Paper

NAMES = 50.0
# Told apart in grey too: from dark to light.
FILLS = (
    (11, 92, 99),
    (122, 168, 172),
    (196, 218, 219),
    (81, 96, 109),
    (150, 160, 168),
    (214, 220, 224),
)
ROOM_FOR_A_TABLE = 60.0


def figures_paper(
    year: Year, found: Sequence[Figure], *, school: str, by: str, now: datetime
) -> bytes:
    """Return the figures as a document."""
    title = f"Video calls with pupils, {year.label}"
    with Paper(title=title, at=now) as paper:
        paper.foot = f"{school} · made by {by} on {clock.in_words(now)}"
        paper.begin(ENGLISH)
        paper.words(title, size=19, bold=True, after=1)
        paper.words(NOTE, size=10, color=QUIET, after=3)
        for figure in found:
            _begin(paper, figure)
            for table in figure.tables:
                _draw(paper, figure, table)
        return paper.file()


def _begin(paper: Paper, figure: Figure) -> None:
    _leave_room(paper, ROOM_FOR_A_TABLE)
    paper.ln(2)
    paper.words(figure.title, size=15, bold=True)
    paper.words(figure.says if figure.tables else "None in this school year.", color=QUIET, after=2)


def _leave_room(paper: Paper, needed: float) -> None:
    """Begin a new page where a piece would be torn in two."""
    if paper.y + needed > HEIGHT - MARGIN:
        paper.add_page()


def _draw(paper: Paper, figure: Figure, table: Table) -> None:
    """Write one table, with a bar beneath each of its rows."""
    _leave_room(paper, ROOM_FOR_A_TABLE)
    paper.words(f"{figure.title}: {table.label.lower()}", size=12, bold=True, after=1)
    _keys(paper, len(figure.kinds))
    _line(paper, ["", *figure.kinds, "Together"], bold=True, size=9)
    paper.rule()
    for row in table.rows:
        _leave_room(paper, 14)
        numbers = [cell.words for cell in (*row.cells, row.total)]
        _line(paper, [row.label, *numbers], bold=row.is_total, size=10)
        _bar(paper, row)
    paper.ln(4)


def _keys(paper: Paper, kinds: int) -> None:
    """Draw above each column the fill that stands for it in the bars."""
    wide = (INNER - NAMES) / (kinds + 1)
    for number in range(kinds):
        paper.set_fill_color(*FILLS[number % len(FILLS)])
        paper.rect(MARGIN + NAMES + number * wide, paper.y, 6, 1.8, "F")
    paper.ln(2.4)


def _line(paper: Paper, words: Sequence[str], *, bold: bool, size: float) -> None:
    """Write words in columns, the first of them wider."""
    top, low = paper.y, paper.y
    wide = (INNER - NAMES) / (len(words) - 1)
    for number, text in enumerate(words):
        paper.set_y(top)
        x = 0.0 if number == 0 else NAMES + (number - 1) * wide
        color = QUIET if text == HIDDEN else INK
        width = (NAMES if number == 0 else wide) - 2
        paper.words(text or " ", size=size, bold=bold, color=color, x=x, width=width)
        low = max(low, paper.y)
    paper.set_y(low + 0.8)


def _bar(paper: Paper, row: Row) -> None:
    """Draw the bar of a row; of a hidden number only its frame."""
    if not row.pieces:
        return
    paper.set_draw_color(*LINE)
    paper.set_line_width(0.2)
    for piece in row.pieces:
        left, width = MARGIN + piece.x * INNER / WIDE, piece.width * INNER / WIDE
        if piece.tone == HIDDEN:
            paper.rect(left, paper.y, width, 2.6)
        else:
            paper.set_fill_color(*FILLS[(int(piece.tone.rpartition("-")[2]) - 1) % len(FILLS)])
            paper.rect(left, paper.y, width, 2.6, "F")
    paper.ln(4.4)
