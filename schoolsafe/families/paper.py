"""The copy as a document: a cover, each part, and for machines the same inside it."""

from datetime import datetime

from schoolsafe.families.gathering import THE_TEAM, WHAT_IS_LEFT_OUT, WHAT_YOU_CAN_DO, Bundle
from schoolsafe.lib import clock
from schoolsafe.lib.holdings import Section
from schoolsafe.lib.languages import ENGLISH
from schoolsafe.lib.paper import QUIET, Paper, readable

# What is longer stands below its name, not beside it.
BESIDE = 160


def copy_paper(bundle: Bundle, *, school: str, whom: str, code: str, at: datetime) -> bytes:
    """Draw the copy that somebody is given."""
    with Paper(title=f"Copy {code}", at=at) as paper:
        paper.foot = f"Copy {code} · {school} · confidential"
        paper.begin(ENGLISH)
        paper.words("What the school keeps about you", size=21, bold=True, after=1)
        paper.words(readable(school), size=13, color=QUIET, after=5)
        for name, value in (
            ("About", bundle.request.about_words),
            ("For", whom),
            ("Made on", f"{clock.in_words(at)}, {clock.local(at).year}"),
            ("Number", code),
        ):
            paper.pair(name, readable(value), first=42)
        paper.ln(4)
        paper.words("What is in it", size=13, bold=True, after=1)
        paper.points([one.title for one in bundle.sections] or ["Nothing is kept."])
        paper.ln(3)
        for words in (
            WHAT_IS_LEFT_OUT,
            THE_TEAM,
            WHAT_YOU_CAN_DO,
            "The same stands for machines in data.json, inside this PDF as its attachment.",
        ):
            paper.words(words, size=10, color=QUIET, after=1.5)
        for one in bundle.sections:
            _draw(paper, one)
        return paper.file()


def _draw(paper: Paper, one: Section) -> None:
    paper.begin(ENGLISH)
    paper.words(one.title, size=16, bold=True, after=2)
    for record in one.records:
        for name, value in record.items():
            text = readable(value)
            if len(text) > BESIDE or "\n" in text:
                paper.words(name, size=9.5, color=QUIET)
                paper.words(text, size=9.5, after=1)
            else:
                paper.pair(name, text, size=9.5, first=50)
        paper.ln(1)
        paper.rule()
