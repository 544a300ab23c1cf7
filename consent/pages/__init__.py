"""How pages and papers tell the facts: the office's list, the form to print, the evidence."""

from consent.pages.doing import address_of, dial
from consent.pages.drawing import evidence_paper, form_paper, name_of
from consent.pages.evidence import EvidencePage, evidence_page
from consent.pages.spreadsheet import lines
from consent.pages.worklist import row

__all__ = [
    "address_of",
    "EvidencePage",
    "dial",
    "evidence_page",
    "evidence_paper",
    "form_paper",
    "lines",
    "name_of",
    "row",
]
