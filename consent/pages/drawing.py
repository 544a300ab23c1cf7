"""The two papers that are drawn, by a library that is loaded with the first of them.

It takes 45 MB, and most processes never print: the worker, and the web server on most days.
"""

from collections.abc import Sequence
from datetime import datetime
from importlib import import_module

from consent.models import PaperForm
from consent.pages.evidence import EvidencePage
from school.models import School, StaffMember


def form_paper(forms: Sequence[PaperForm], *, now: datetime) -> bytes:
    """Draw forms as one document, one page for each."""
    drawn: bytes = import_module("consent.pages.form").form_paper(forms, now=now)
    return drawn


def name_of(forms: Sequence[PaperForm]) -> str:
    """Return the name of a file of forms: numbers only, for it lies about on a disk."""
    return f"consent-forms-{forms[0].pk}-{forms[-1].pk}.pdf"


def evidence_paper(
    page: EvidencePage, *, number: int, school: School, by: StaffMember, now: datetime
) -> bytes:
    """Draw the evidence of one pupil and call."""
    paper = import_module("consent.pages.evidence_drawn")
    drawn: bytes = paper.evidence_paper(page, number=number, school=school, by=by, now=now)
    return drawn
