"""What pages and other rooms read: where consent stands, and what is behind a link."""

from consent.selectors.opened import Opened, opened, shown_to
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
    "asked_rows",
    "families_consenting",
    "link",
    "opened",
    "pupil_consents",
    "shown_to",
]
