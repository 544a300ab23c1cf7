"""What pages and other rooms read: where consent stands, and what is behind a link."""

from consent.models import RELATIONSHIPS as RELATIONSHIP_WORDS
from consent.selectors.covering import (
    calls_of,
    of_family,
    offer,
    opened_year,
    standing_rows,
    year_link,
)
from consent.selectors.dates import OtherDate, other_dates
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
    "OtherDate",
    "RELATIONSHIP_WORDS",
    "asked_rows",
    "calls_of",
    "families_consenting",
    "link",
    "of_family",
    "offer",
    "opened",
    "opened_year",
    "other_dates",
    "pupil_consents",
    "shown_to",
    "standing_rows",
    "unchecked_answer",
    "year_link",
]
