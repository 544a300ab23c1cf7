"""A copy of a child's file as a document."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from concerns.selectors.filed import Filed, Say
from concerns.selectors.parts import Part, Row, text_hash
from schoolsafe.lib import clock
from schoolsafe.lib.languages import ENGLISH
from schoolsafe.lib.paper import QUIET, Paper, readable

# What is longer stands below its name, not beside it.
BESIDE = 160
LONGEST_MARK = 70
HOW_NAMES_WERE_LEFT_OUT = (
    "Other children are named only as [another child (1)] and so on, the same child by the same number "
    "throughout. In free text their names were looked for word by word: a nickname, an initial or a name "
    "that is spelt otherwise may not have been found. The person who made this copy read it before it left."
)
WHAT_IT_HOLDS = (
    "This copy holds what the person who made it may read. If somebody else at the school handles records "
    "that this person does not, those are sent by them."
)
HOW_TO_OPEN_FILES = (
    "Files are inside this PDF, as its attachments: a reader for PDF lists them behind a paper clip. Save "
    "each beside it. A picture is drawn anew, without the place and the device that took it; the school "
    "keeps the original. The hash of a file is SHA-256 over what is inside."
)
HOW_TO_CHECK = (
    "Each hash is SHA-256 over the text of the part in UTF-8: its title, then a line for each entry, as "
    "name, colon, space, text. That of the whole is over all parts with an empty line between them."
)


@dataclass(frozen=True, kw_only=True)
class Cover:
    """What stands around a copy: whose it is, who made it, for whom and why."""

    title: str
    school: str
    by: str
    at: datetime
    for_whom: str
    reason: str
    code: str

    @property
    def mark(self) -> str:
        """Return what stands across each page."""
        whom = self.for_whom if len(self.for_whom) <= LONGEST_MARK else self.for_whom[:LONGEST_MARK]
        return readable(f"Copy for {whom}\nmade by {self.by}\non {clock.in_words(self.at)}")


def copy_paper(
    parts: Sequence[Part], cover: Cover, *, files: Sequence[Filed] = (), say: Say = str
) -> bytes:
    """Draw a copy: the cover, each part, and last the manifest with every hash (E100).

    Files are told of here, also those that are left out; who locks it puts them inside.
    """
    with Paper(title=f"Copy {cover.code}", at=cover.at) as paper:
        paper.foot = f"Copy {cover.code} · {cover.school} · made by {cover.by} · confidential"
        paper.mark = cover.mark
        paper.begin(ENGLISH)
        _cover(paper, cover, parts, files)
        for part in parts:
            draw_part(paper, part)
        _manifest(paper, parts)
        list_files(paper, [(f"File {n}", one.manifest(say)) for n, one in enumerate(files, 1)])
        return paper.file()


def _cover(paper: Paper, cover: Cover, parts: Sequence[Part], files: Sequence[Filed]) -> None:
    paper.words(readable(cover.title), size=21, bold=True, after=1)
    paper.words(readable(cover.school), size=13, color=QUIET, after=5)
    concerns = sum(part.is_concern for part in parts)
    for name, value in (
        ("For", cover.for_whom),
        ("Why", cover.reason),
        ("Made by", cover.by),
        ("Made on", f"{clock.in_words(cover.at)}, {clock.local(cover.at).year}"),
        ("Number of copy", cover.code),
        ("Concerns in it", str(concerns)),
        *inside(files),
    ):
        paper.pair(name, readable(value), first=42)
    paper.ln(4)
    paper.words("What is in it", size=13, bold=True, after=1)
    paper.points([part.title for part in parts] + ["Manifest, with the hash of each part"])
    paper.ln(3)
    paper.words(WHAT_IT_HOLDS, size=10, color=QUIET, after=1.5)
    paper.words(
        "Keep it apart from the pupil's main file, and confirm to the school that you have it.",
        size=10,
        color=QUIET,
    )


def draw_part(paper: Paper, part: Part) -> None:
    """Draw one part; each concern begins on a page of its own."""
    if part.is_concern or paper.will_page_break(60):
        paper.begin(ENGLISH)
    else:
        paper.ln(6)
    paper.words(part.title, size=16, bold=True, after=2)
    for row in part.rows:
        _row(paper, row)


def _row(paper: Paper, row: Row) -> None:
    """Draw a name and what stands beside it, or below it where that is long."""
    if paper.will_page_break(16):
        paper.begin(ENGLISH)
    if len(row.text) <= BESIDE and row.text.count("\n") < 3:
        paper.pair(row.name, row.text, size=10.5, first=56)
        return
    paper.words(row.name, size=10.5, color=QUIET)
    for paragraph in row.text.split("\n"):
        paper.words(paragraph or " ", size=10.5, x=6)
    paper.ln(1.2)


def inside(files: Sequence[Filed]) -> list[tuple[str, str]]:
    """Return how many files are inside, where there are any to tell of."""
    number = sum(one.content is not None for one in files)
    return [("Files in it", f"{number} of {len(files)}")] if files else []


def list_files(paper: Paper, lines: Sequence[tuple[str, str]]) -> None:
    """Draw the list of files, and how they are opened."""
    if not lines:
        return
    paper.ln(4)
    paper.words("Files", size=13, bold=True, after=1)
    paper.words(HOW_TO_OPEN_FILES, size=10, color=QUIET, after=2)
    for name, text in lines:
        paper.pair(name, readable(text), size=8.5, first=50)


def _manifest(paper: Paper, parts: Sequence[Part]) -> None:
    """Draw what shows that nothing was changed, and what was left out."""
    paper.begin(ENGLISH)
    paper.words("Manifest", size=16, bold=True, after=2)
    paper.words(HOW_NAMES_WERE_LEFT_OUT, size=10, after=1.5)
    paper.words(HOW_TO_CHECK, size=10, color=QUIET, after=3)
    for part in parts:
        paper.pair(part.title, part.sha256, size=8.5, first=50)
    paper.ln(1)
    paper.pair("The whole text", text_hash(parts), size=8.5, first=50)
