"""What pages and other rooms read: where consent stands, and what is behind a link."""

from consent.models import RELATIONSHIPS as RELATIONSHIP_WORDS
from consent.selectors.calls import page_of, tells_of
from consent.selectors.counting import that_count
from consent.selectors.covering import (
    calls_of,
    gave_year,
    is_overruled,
    of_family,
    offer,
    opened_year,
    standing_rows,
    year_link,
)
from consent.selectors.dates import OtherDate, dates_to_record, other_dates
from consent.selectors.evidence import Evidence, evidence
from consent.selectors.family import family_in_audit
from consent.selectors.held import held_about
from consent.selectors.last_told import heard_of
from consent.selectors.messages import letters_to_ask
from consent.selectors.on_record import on_record
from consent.selectors.opened import Opened, opened, shown_to, unchecked_answer
from consent.selectors.printing import requests_to_print
from consent.selectors.standing import (
    KIN,
    AskedRow,
    Family,
    asked_of,
    asked_rows,
    families_agreed,
    families_consenting,
    in_doubt,
    is_in_wrong_hands,
    link,
    pupil_consents,
    relying,
    resend_refusal,
    went_astray,
)
from consent.selectors.taken_back import taken_back
from consent.selectors.worklist import (
    Item,
    Wanted,
    Worklist,
    folded,
    unsettled_addresses,
    worklist,
)

__all__ = [
    "heard_of",
    "held_about",
    "dates_to_record",
    "folded",
    "gave_year",
    "AskedRow",
    "Evidence",
    "Family",
    "Item",
    "KIN",
    "Opened",
    "OtherDate",
    "RELATIONSHIP_WORDS",
    "Wanted",
    "Worklist",
    "asked_rows",
    "calls_of",
    "evidence",
    "families_agreed",
    "family_in_audit",
    "families_consenting",
    "in_doubt",
    "is_in_wrong_hands",
    "is_overruled",
    "letters_to_ask",
    "link",
    "of_family",
    "offer",
    "on_record",
    "opened",
    "opened_year",
    "other_dates",
    "page_of",
    "pupil_consents",
    "relying",
    "requests_to_print",
    "resend_refusal",
    "shown_to",
    "standing_rows",
    "tells_of",
    "unchecked_answer",
    "unsettled_addresses",
    "asked_of",
    "taken_back",
    "that_count",
    "went_astray",
    "worklist",
    "year_link",
]
