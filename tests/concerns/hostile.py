"""Texts as nobody should type them and somebody will: for whatever shows, sends or writes out a concern.

`TEXTS` draws them, `WORST` is a short list to loop over, and `is_harmless` tells whether a page that
shows one has nothing in it that the same page without it has not.
"""

from html.parser import HTMLParser
from itertools import zip_longest

from hypothesis import strategies as st

SCRIPTS = (
    "<script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    '" onmouseover="alert(1)" x="',
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7|add:7 }}{% load static %}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "&lt;b&gt; &amp;amp; &#60;script&#62;",
    "'; DROP TABLE concerns_concern; --",
    "<!-- --> ]]> <![CDATA[",
)
FORMULAS = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    '=HYPERLINK("https://x.example","y")',
    "\t=1+1",
    "\r=1+1",
)
# Direction, width and shape: overrides that turn what follows, letters without width, marks upon marks.
TURNED = (
    "\u202egnp.exe",
    "\u2066\u2067\u2068\u2069",
    "\u200b\u200c\u200d\u2060\ufeff",
    "مرحبا بالعالم",
    "שלום עולם",
    "Z\u0351\u036b\u0343a\u0323\u0324\u0316l\u034eg\u0310o\u0330",
    "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇬🇧 ☎️",
    "e\u0301 é ﬃ Ⅷ ℌ",
    "\u2028\u2029\x85",
    "\U000e0001\U0010ffff\ufffe\ufdd0",
    "\x01\x08\x0b\x0c\x1b[31m\x7f",
)
LINES = ("a\r\nb", "a\rb", "a\nb\n\n", "  ends with spaces   ", "\n\nbegins with lines", "\t")
WORST = (*SCRIPTS, *FORMULAS, *TURNED, *LINES)
# A form takes everything but half of a pair, which is no text, and NUL, which it refuses in words.
ANY = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=200)
PIECES = st.lists(st.sampled_from(WORST) | ANY, min_size=1, max_size=4).map("".join)
LONG = st.tuples(st.sampled_from(WORST), st.integers(1, 1_000_000)).map(
    lambda told: (told[0] * (told[1] // len(told[0]) + 1))[: told[1]]
)
# One in twenty is long: a megabyte each time would measure nothing but patience.
TEXTS = st.integers(0, 19).flatmap(lambda number: LONG if number == 7 else PIECES)


class _Page(HTMLParser):
    """The tags of a page, and the texts between them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.texts: list[str] = [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.texts[-1] += "\n"
            return
        self.tags.append((tag, tuple(attrs)))
        self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.texts.append("")

    def handle_data(self, data: str) -> None:
        self.texts[-1] += data


def _read(page: str) -> _Page:
    read = _Page()
    read.feed(page)
    read.close()
    return read


def tags_of(page: str) -> list[tuple[str, tuple[tuple[str, str | None], ...]]]:
    """The tags of a page with their attributes; line breaks are none."""
    return _read(page).tags


def is_harmless(page: str, beside: str) -> bool:
    """Whether a page that shows a hostile text has the very tags of the same page with a plain one."""
    return not strange_tags(page, beside)


def strange_tags(page: str, beside: str) -> list[object]:
    """The tags in which these two pages differ, side by side."""
    pairs = zip_longest(tags_of(page), tags_of(beside))
    return [pair for pair in pairs if pair[0] != pair[1]]


def shown_in(page: str) -> list[str]:
    """What a person reads between the tags, each as one text, without the spaces around it.

    A browser shows every way of ending a line as one.
    """
    return [plain(text) for text in _read(page).texts if text.strip()]


def plain(text: str) -> str:
    """A text as a page shows it: lines end in one way, and nothing stands around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
