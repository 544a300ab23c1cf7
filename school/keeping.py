"""How long calls, consent, letters and people who left are kept: by school years. Plain Python.

Domain rule: sessions and consent six years after the school year, unless the school has set another span
(`school.settings`). A school year ends on 31 August, whatever terms are on record. Who left goes with the
year in which they did, or a later one.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from school.roles import LEADERS, Role, Viewer


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


def kept_until(ended_on: date, *, years: int) -> date:
    """Return the last day on which something is kept that ended on a day; `years` is what the school has set."""
    end = year_end(ended_on)
    return end.replace(year=end.year + years)


def is_due(ended_on: date, *, years: int, today: date) -> bool:
    """Tell whether the time of something is up that ended on a day."""
    return today > kept_until(ended_on, years=years)


def last_due(today: date, *, years: int) -> date:
    """Return the last day of the latest school year whose time is up."""
    end = year_end(today)
    return end.replace(year=end.year - years - 1)


@dataclass(frozen=True, kw_only=True)
class Former:
    """A pupil or a member of staff as it is asked whether they go: when they left, who holds their file, what names them.

    Only a pupil has a file that is held.
    """

    left_on: date | None
    is_held: bool
    is_named: bool


def former_goes(person: Former, *, year_ends_on: date, years: int, today: date) -> bool:
    """Tell whether somebody goes with what is destroyed of a school year: they left in it, or before.

    Nothing that is kept may name them, and a hold wins over everything (E96). Who is back has no day on
    which they left, or one that is not in that year.
    """
    has_left = person.left_on is not None and person.left_on <= year_ends_on
    is_kept = person.is_held or person.is_named
    return has_left and not is_kept and is_due(year_ends_on, years=years, today=today)


def guardian_goes(*, pupils: int, is_named: bool) -> bool:
    """Tell whether a guardian goes: of no pupil who is on record, and named by nothing that is kept."""
    return not pupils and not is_named


def may_propose(viewer: Viewer) -> bool:
    """Tell whether a person may propose that a school year is destroyed."""
    return viewer.holds(Role.DSL, Role.HEADTEACHER)


def may_agree(viewer: Viewer, *, proposed_by: int) -> bool:
    """Tell whether a person may be the second of the two: never who proposed it."""
    return viewer.staff_id != proposed_by and viewer.holds(*LEADERS)


def may_see_keeping(viewer: Viewer) -> bool:
    """Tell whether a person sees what is due, and the certificates."""
    return viewer.holds(*LEADERS)
