"""How long calls, consent and letters are kept: by school years, whatever terms are on record. Plain Python.

Domain rule: sessions and consent six years after the school year. A school year ends on 31 August.
"""

from datetime import date
from enum import StrEnum

from school.roles import LEADERS, Role, Viewer

YEARS = 6


class Stand(StrEnum):
    """Where something stands with its day."""

    KEPT = "kept"
    OPEN = "open"
    HELD = "held"
    DUE = "due"


def year_end(day: date) -> date:
    """Return on which day the school year ends in which a day lies."""
    end = date(day.year, 8, 31)
    return end if day <= end else date(day.year + 1, 8, 31)


def kept_until(ended_on: date) -> date:
    """Return the last day on which something is kept that ended on a day."""
    end = year_end(ended_on)
    return end.replace(year=end.year + YEARS)


def is_due(ended_on: date, *, today: date) -> bool:
    """Tell whether the time of something is up that ended on a day."""
    return today > kept_until(ended_on)


def may_propose(viewer: Viewer) -> bool:
    """Tell whether a person may propose that a school year is destroyed."""
    return viewer.holds(Role.DSL, Role.HEADTEACHER)


def may_agree(viewer: Viewer, *, proposed_by: int) -> bool:
    """Tell whether a person may be the second of the two: never who proposed it."""
    return viewer.staff_id != proposed_by and viewer.holds(*LEADERS)


def may_see_keeping(viewer: Viewer) -> bool:
    """Tell whether a person sees what is due, and the certificates."""
    return viewer.holds(*LEADERS)
