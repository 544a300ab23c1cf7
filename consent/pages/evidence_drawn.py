"""The evidence as a document: the same rows as on the page."""

import re
from datetime import datetime

from consent.pages.evidence import AnswerPart, EvidencePage, Line, Pairs, PersonPart
from consent.pages.letters import MessagePart
from school.models import School, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.paper import QUIET, Paper

ENGLISH = "en"
BLANK_LINES = re.compile(r"\n{3,}")


def evidence_paper(
    page: EvidencePage, *, number: int, school: School, by: StaffMember, now: datetime
) -> bytes:
    """Draw it; at the foot of each page stand who made it, when, and of how many it is one."""
    with Paper(title=f"Consent for {page.pupil}, question {number}", at=now) as paper:
        paper.foot = f"{school.name} · made by {by} on {clock.in_words(now)} · confidential"
        paper.begin(ENGLISH)
        paper.words(f"Consent for {page.pupil}", size=19, bold=True, after=1)
        paper.words(f"{page.call}, {clock.in_words(page.starts_at)}", color=QUIET, after=3)
        paper.words(page.sentence, size=13, bold=True)
        if page.detail:
            paper.words(page.detail)
        paper.ln(3)
        _pairs(paper, page.facts)
        _heading(paper, "The text and its versions")
        _lines(paper, page.versions)
        for person in page.people:
            _person(paper, person)
        return paper.file()


def _person(paper: Paper, person: PersonPart) -> None:
    """Draw one person."""
    paper.ln(4)
    _keep_together(paper, 45)
    paper.rule()
    paper.words(person.heading, size=15, bold=True)
    paper.words(person.sentence, after=2)
    _pairs(paper, person.facts)
    for answer in person.answers:
        _answer(paper, answer)
    if person.messages:
        _heading(paper, "Messages")
    for message in person.messages:
        _message(paper, message)
    if person.happened:
        _heading(paper, "What else happened")
        _lines(paper, person.happened)


def _answer(paper: Paper, answer: AnswerPart) -> None:
    """Draw one answer."""
    _heading(paper, answer.heading)
    _pairs(paper, answer.facts)
    paper.ln(1.5)
    _keep_together(paper, 20)
    paper.words(answer.told_heading, size=10, bold=True, after=1)
    _pairs(paper, answer.told, size=9.5)


def _message(paper: Paper, message: MessagePart) -> None:
    """Draw one message."""
    _keep_together(paper, 25)
    paper.words(message.heading, bold=True, after=0.5)
    _pairs(paper, message.facts, size=9.5)
    if message.text:
        paper.words(message.subject, size=9.5, bold=True, x=6)
        paper.words(BLANK_LINES.sub("\n\n", message.text.strip()), size=9, x=6, after=2)
    if message.names_others:
        words = "This letter was about another child too, whose name is left out here."
        paper.words(words, size=9, color=QUIET, x=6, after=2)


def _heading(paper: Paper, words: str) -> None:
    """Draw a heading, never as the last line of a page."""
    paper.ln(3)
    _keep_together(paper, 25)
    paper.words(words, size=12, bold=True, after=1)


def _pairs(paper: Paper, pairs: Pairs, *, size: float = 10.5, first: float = 42) -> None:
    """Draw names with their values."""
    for name, value in pairs:
        _keep_together(paper, 12)
        paper.pair(name, value, size=size, first=first)


def _lines(paper: Paper, lines: tuple[Line, ...]) -> None:
    """Draw what happened, oldest first."""
    pairs = tuple((clock.in_words(line.at), line.words) for line in lines)
    _pairs(paper, pairs, size=9.5, first=56)


def _keep_together(paper: Paper, height: float) -> None:
    """Begin a new page when what belongs together would be torn."""
    if paper.will_page_break(height):
        paper.begin(ENGLISH)
