"""Reads of the Log of Concern."""

from concerns.selectors.about import About, about, tells_about
from concerns.selectors.pages import (
    STATES,
    Telephone,
    chronology,
    counts,
    find_pupils,
    ladder_line,
    phone_first,
    queue,
    read_by,
    ring_whom,
    ring_whom_by_letter,
    telephones,
)
from concerns.selectors.people import (
    astray,
    colleagues,
    facts_of,
    facts_of_all,
    may_be_meant,
    parties_of,
    unsettled,
    with_reporter,
)
from concerns.selectors.reporter import Seen, named_at, named_later, seen_by_reporter

__all__ = [
    "About",
    "STATES",
    "Seen",
    "Telephone",
    "about",
    "astray",
    "chronology",
    "colleagues",
    "counts",
    "facts_of",
    "facts_of_all",
    "find_pupils",
    "ladder_line",
    "may_be_meant",
    "named_at",
    "named_later",
    "parties_of",
    "phone_first",
    "queue",
    "read_by",
    "ring_whom",
    "ring_whom_by_letter",
    "seen_by_reporter",
    "telephones",
    "tells_about",
    "unsettled",
    "with_reporter",
]
