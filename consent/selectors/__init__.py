"""What pages and other rooms read: where consent stands, and what is behind a link."""

from consent.models import RELATIONSHIPS as RELATIONSHIP_WORDS
from consent.selectors.messages import letters_to_ask
from consent.selectors.opened import Opened, opened, shown_to, unchecked_answer
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
    "Family",
    "Opened",
    "RELATIONSHIP_WORDS",
    "asked_rows",
    "families_consenting",
    "letters_to_ask",
    "link",
    "opened",
    "pupil_consents",
    "shown_to",
    "unchecked_answer",
]
