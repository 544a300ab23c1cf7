"""What pages and other rooms read: where consent stands, and what is behind a link."""

from consent.models import RELATIONSHIPS as RELATIONSHIP_WORDS
from consent.selectors.opened import Opened, opened, shown_to, unchecked_answer
from consent.selectors.standing import (
    AskedRow,
    Family,
    asked_rows,
    families_agreed,
    families_consenting,
    is_in_wrong_hands,
    link,
    pupil_consents,
)

__all__ = [
    "AskedRow",
    "Family",
    "Opened",
    "RELATIONSHIP_WORDS",
    "asked_rows",
    "families_agreed",
    "families_consenting",
    "is_in_wrong_hands",
    "link",
    "opened",
    "pupil_consents",
    "shown_to",
    "unchecked_answer",
]
