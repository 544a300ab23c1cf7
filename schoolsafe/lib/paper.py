"""Pages to print: a sheet of A4 in the writing of the person who reads it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self
from unicodedata import bidirectional, category
from unicodedata import name as name_of

import segno
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import WrapMode
from fpdf.fonts import TTFFont

FONTS = Path(__file__).parent / "fonts"
LATIN, CYRILLIC = "atkinson-hyperlegible-next", "noto-sans"
ARABIC, URDU, BENGALI = "noto-naskh-arabic", "noto-nastaliq-urdu", "noto-sans-bengali"
# Where a letter is not in the typeface of the page: a name in another writing.
OTHERS = (LATIN, CYRILLIC, ARABIC, BENGALI)
MARGIN, WIDTH, HEIGHT = 18.0, 210.0, 297.0
INNER = WIDTH - 2 * MARGIN
INK, QUIET, LINE = (27, 39, 51), (81, 96, 109), (138, 148, 156)
# Light enough to read through, and there on every copy of a copy.
WATER = (226, 230, 234)
# Signs that nobody sees, yet without which words of some writings fall apart.
JOINERS = "\u200c\u200d"
# Around a piece of text of its own direction: a name, a number in a line from right to left.
ITS_OWN_WAY, LEFT_TO_RIGHT, END = "\u2068", "\u2066", "\u2069"
POINT = 25.4 / 72


@dataclass(frozen=True, kw_only=True)
class Face:
    """The typeface of a language; `room` is the height of a line in letters."""

    font: str
    script: str = ""
    is_from_right: bool = False
    room: float = 1.3


DEFAULT = Face(font=LATIN)
FACES = {
    "ar": Face(font=ARABIC, script="arab", is_from_right=True, room=1.5),
    "fa": Face(font=ARABIC, script="arab", is_from_right=True, room=1.5),
    "ur": Face(font=URDU, script="arab", is_from_right=True, room=1.9),
    "bn": Face(font=BENGALI, script="beng", room=1.4),
    "uk": Face(font=CYRILLIC),
    "ru": Face(font=CYRILLIC),
    "bg": Face(font=CYRILLIC),
    "el": Face(font=CYRILLIC),
}


@lru_cache
def letters_of(font: str) -> frozenset[int]:
    """Return the letters that a typeface has."""
    with TTFont(FONTS / font / "400Regular.ttf", lazy=True) as read:
        return frozenset(read.getBestCmap())


@lru_cache
def _all_letters() -> frozenset[int]:
    """Return every letter that some typeface has."""
    return frozenset[int]().union(*(letters_of(font) for font in (*OTHERS, URDU)))


def readable(text: str) -> str:
    """Return a text as it can be drawn: a sign that no typeface has by its name, such as [thumbs up sign].

    What turns or hides letters is left out, so that a text looks as it is.
    """
    return "".join(_readable(letter) for letter in text.replace("\r\n", "\n").replace("\r", "\n"))


def _readable(letter: str) -> str:
    if letter == "\n" or letter in JOINERS:
        return letter
    if letter.isspace():
        return " "
    if category(letter) in {"Cc", "Cf", "Cs", "Mn"} and ord(letter) not in _all_letters():
        return ""
    if category(letter) == "Cf":
        return ""
    return letter if ord(letter) in _all_letters() else f"[{name_of(letter, 'sign').lower()}]"


def face_of(language: str) -> Face:
    """Return the typeface of a language, `ar` for `ar-SY`."""
    return FACES.get(language.lower().replace("_", "-").partition("-")[0], DEFAULT)


def begins_from_right(text: str) -> bool:
    """Tell whether a paragraph runs from the right, as its first letter does: a letter in Arabic."""
    strong = (bidirectional(letter) for letter in text)
    return next((kind for kind in strong if kind in {"L", "R", "AL"}), "L") != "L"


class Paper(FPDF):
    """A document that is drawn from the top down, mirrored where the writing runs from the right."""

    def __init__(self, *, title: str, at: datetime) -> None:
        super().__init__(format="A4")
        self.face, self.scale, self.foot, self.mark = DEFAULT, 1.0, "", ""
        self.set_margins(MARGIN, MARGIN, MARGIN)
        # Letters begin where boxes and lines begin.
        self.c_margin = 0
        self.set_auto_page_break(auto=True, margin=MARGIN)
        self.set_creation_date(at)
        self.set_title(title)
        self.set_creator("schoolsafe")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the files of the typefaces: they are read as they are needed."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def begin(self, language: str, *, scale: float = 1.0) -> None:
        """Begin a page in a language; `scale` makes what is written on it smaller."""
        self.face, self.scale = face_of(language), scale
        self.add_page()

    def header(self) -> None:
        """Write the watermark across the page, before and so behind everything else."""
        if not self.mark:
            return
        with self.rotation(52, WIDTH / 2, HEIGHT / 2):
            self.set_y(HEIGHT / 2 - 20)
            self.words(self.mark, size=24, color=WATER)
        self.set_y(MARGIN)

    def footer(self) -> None:
        """Write what stands at the foot of each page, with its number."""
        if not self.foot:
            return
        self.set_y(-12)
        words = f"{self.foot} · page {self.page_no()} of {{nb}}"
        self.words(words, size=8, color=QUIET)

    def words(
        self,
        text: str,
        *,
        size: float = 11,
        bold: bool = False,
        color: tuple[int, int, int] = INK,
        x: float = 0,
        width: float = 0,
        after: float = 0,
    ) -> None:
        """Write a paragraph; `x` is counted from where a line begins, be that left or right."""
        is_from_right = self.face.is_from_right or begins_from_right(text)
        self._letters(text, size, bold=bold, is_from_right=is_from_right)
        self.set_text_color(*color)
        width = width or INNER - x
        self.set_x(self._left(x, width))
        self.multi_cell(
            width,
            size * self.scale * POINT * self.face.room,
            text,
            align="R" if is_from_right else "L",
            new_x="LMARGIN",
            new_y="NEXT",
            padding=0,
            # An address or a word without end breaks anywhere rather than leave the page.
            wrapmode=WrapMode.WORD,
        )
        if after:
            self.ln(after * self.scale)

    def pair(self, name: str, value: str, *, size: float = 11, first: float = 34) -> None:
        """Write a name and its value side by side."""
        top, page = self.y, self.page
        self.words(name, size=size, color=QUIET, width=first - 2)
        low, low_page = self.y, self.page
        if low_page == page:
            self.set_y(top)
        self.words(value or "-", size=size, x=first)
        if self.page == low_page:
            self.set_y(max(self.y, low))
        self.ln(0.8 * self.scale)

    def points(self, lines: Iterable[str], *, size: float = 11) -> None:
        """Write a list."""
        for line in lines:
            top = self.y
            self.words("•", size=size, width=5)
            self.set_y(top)
            self.words(line, size=size, x=5)

    def boxes(self, choices: Sequence[str], *, size: float = 12) -> None:
        """Write choices, each behind a box to tick."""
        side = 5.5
        for choice in choices:
            self.ln(1.8 * self.scale)
            top = self.y
            self.set_draw_color(*INK)
            self.set_line_width(0.4)
            self.rect(self._left(0, side), top, side, side)
            self.words(choice, size=size, x=side + 3)
            self.set_y(max(self.y, top + side))
        self.ln(1.5 * self.scale)

    def blanks(self, names: Sequence[str], *, size: float = 11, first: float = 50) -> None:
        """Write names, each with a line to write on."""
        for name in names:
            self.ln(4 * self.scale)
            top = self.y
            # The words stand on the line that they name.
            self.set_y(top + 2.5 * self.scale)
            self.words(name, size=size, width=first - 2)
            low = max(self.y, top + 7.5 * self.scale)
            begin = self._left(first, INNER - first)
            self.set_draw_color(*LINE)
            self.set_line_width(0.3)
            self.line(begin, low, begin + INNER - first, low)
            self.set_y(low)

    def rule(self) -> None:
        """Draw a line across the page."""
        self.set_draw_color(*LINE)
        self.set_line_width(0.2)
        self.line(MARGIN, self.y, WIDTH - MARGIN, self.y)
        self.ln(2.5 * self.scale)

    def code(self, address: str, *, top: float, side: float) -> None:
        """Draw an address as a QR code at the far end of the line."""
        rows = list(segno.make(address, error="m").matrix_iter(border=0))
        point = side / len(rows)
        left = self._left(INNER - side, side)
        self.set_fill_color(0, 0, 0)
        for down, row in enumerate(rows):
            begun: int | None = None
            for across, is_dark in enumerate([*row, 0]):
                if is_dark and begun is None:
                    begun = across
                elif not is_dark and begun is not None:
                    # Runs of points, a hair wider than they are: no white seams between them.
                    width = (across - begun) * point
                    self.rect(left + begun * point, top + down * point, width, point + 0.01, "F")
                    begun = None

    def file(self) -> bytes:
        """Return the finished document."""
        return bytes(self.output())

    def _letters(self, text: str, size: float, *, bold: bool, is_from_right: bool) -> None:
        """Take up the typeface of the page, and those of the letters that it does not have."""
        face = self.face
        known = letters_of(face.font)
        foreign = {letter for letter in text if ord(letter) not in known and letter > " "}
        others = [
            font
            for font in OTHERS
            if font != face.font and any(ord(letter) in letters_of(font) for letter in foreign)
        ]
        for font in (face.font, *others):
            self._take_up(font, bold=bold)
        self.set_font(face.font, "B" if bold else "", size * self.scale)
        self.set_fallback_fonts(others, exact_match=False)
        # Latin letters stand side by side: to join them costs four times the time, in a file of years minutes.
        is_shaped = bool(foreign) or is_from_right or face.font != LATIN
        self.set_text_shaping(
            is_shaped, direction="rtl" if is_from_right else "ltr", script=face.script or None
        )

    def _take_up(self, font: str, *, bold: bool) -> None:
        """Load a typeface once it is needed: a document has few of them."""
        if f"{font}{'B' if bold else ''}" in self.fonts:
            return
        file = FONTS / font / "700Bold.ttf"
        # Nastaliq is written in one weight.
        is_bold = bold and file.exists()
        self.add_font(font, "B" if bold else "", file if is_bold else file.with_stem("400Regular"))

    def _left(self, x: float, width: float) -> float:
        """Return the left edge of what begins `x` into the line."""
        return WIDTH - MARGIN - x - width if self.face.is_from_right else MARGIN + x


def isolated(text: str, language: str, sign: str = ITS_OWN_WAY) -> str:
    """Keep a name or a number whole in a line from right to left; elsewhere return it as it is."""
    return f"{sign}{text}{END}" if face_of(language).is_from_right else text
