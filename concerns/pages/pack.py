"""What somebody is given who asked to see a child's file, as a document."""

from collections.abc import Sequence

from concerns.pages.copy_paper import Cover, draw_part, list_files
from concerns.selectors import Part, text_hash
from concerns.selectors.filed import Filed
from schoolsafe.lib import clock
from schoolsafe.lib.languages import ENGLISH
from schoolsafe.lib.paper import QUIET, Paper, readable

# The same sentences in every pack: what is in it tells nothing of what is not.
WHAT_MAY_BE_LEFT_OUT = (
    "Where words were left out of a text, [left out] stands instead. Other children are named only as "
    "[another child (1)] and so on. Whole texts may not be given as well, where the law says so: data "
    "about others, what would be likely to cause serious harm, child abuse data, legal advice, what "
    "would hinder the prevention or detection of a crime, what was given to a court."
)
WHAT_YOU_CAN_DO = (
    "If something is wrong, or if you think that you should be given more, write to the school. You can "
    "also complain to the Information Commissioner's Office (ico.org.uk), or go to court."
)
WHAT_IT_HOLDS = (
    "This holds what the person who made it may read. Records that somebody else at the school handles "
    "are answered by them."
)


def pack_paper(parts: Sequence[Part], cover: Cover, *, files: Sequence[Filed] = ()) -> bytes:
    """Draw what is given: a cover, each part, and last the manifest of what is in it (A53).

    Of files it tells of those alone that are given: their words stand in the parts.
    """
    with Paper(title=f"Record {cover.code}", at=cover.at) as paper:
        paper.foot = f"Record {cover.code} · {cover.school} · confidential"
        paper.begin(ENGLISH)
        _cover(paper, cover, parts)
        for part in parts:
            draw_part(paper, part)
        _manifest(paper, parts)
        list_files(paper, [(f"File {n}", one.proof) for n, one in enumerate(files, 1)])
        return paper.file()


def _cover(paper: Paper, cover: Cover, parts: Sequence[Part]) -> None:
    paper.words(readable(cover.title), size=21, bold=True, after=1)
    paper.words(readable(cover.school), size=13, color=QUIET, after=5)
    for name, value in (
        ("For", cover.for_whom),
        ("Made on", f"{clock.in_words(cover.at)}, {clock.local(cover.at).year}"),
        ("Number", cover.code),
    ):
        paper.pair(name, readable(value), first=42)
    paper.ln(4)
    paper.words("What is in it", size=13, bold=True, after=1)
    paper.points([part.title for part in parts])
    paper.ln(3)
    for words in (WHAT_MAY_BE_LEFT_OUT, WHAT_YOU_CAN_DO, WHAT_IT_HOLDS):
        paper.words(words, size=10, color=QUIET, after=1.5)


def _manifest(paper: Paper, parts: Sequence[Part]) -> None:
    """Draw what shows that nothing was changed since."""
    paper.begin(ENGLISH)
    paper.words("Manifest", size=16, bold=True, after=2)
    paper.words(
        "Each hash is SHA-256 over the text of a part; the last is over all of them.",
        size=10,
        color=QUIET,
        after=3,
    )
    for part in parts:
        paper.pair(part.title, part.sha256, size=8.5, first=50)
    paper.ln(1)
    paper.pair("The whole text", text_hash(parts), size=8.5, first=50)
