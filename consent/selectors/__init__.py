"""What pages and other rooms read: where consent stands, and what is behind a link."""

from consent.models import RELATIONSHIPS as RELATIONSHIP_WORDS
from consent.selectors.evidence import Evidence, evidence
from consent.selectors.opened import Opened, opened, shown_to, unchecked_answer
from consent.selectors.printing import requests_to_print
from consent.selectors.standing import (
    AskedRow,
    Family,
    asked_rows,
    families_consenting,
    link,
    pupil_consents,
)

__all__ = [
    "AskedRow",
    "Evidence",
    "Family",
    "Opened",
    "RELATIONSHIP_WORDS",
    "asked_rows",
    "evidence",
    "families_consenting",
    "link",
    "opened",
    "pupil_consents",
    "requests_to_print",
    "shown_to",
    "unchecked_answer",
]
