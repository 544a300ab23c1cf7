"""How papers tell the facts: the form that a family fills in, the evidence of what was answered."""

from consent.pages.evidence import EvidencePage, evidence_page
from consent.pages.evidence_paper import evidence_paper
from consent.pages.form import form_paper

__all__ = ["EvidencePage", "evidence_page", "evidence_paper", "form_paper"]
