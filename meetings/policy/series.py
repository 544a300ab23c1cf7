"""On which days the calls of a series are held: every so many weeks, and never while the school is closed."""

from dataclasses import dataclass
from datetime import date, timedelta

from school.calendar import Calendar, why_closed
from schoolsafe.lib.rules import NotAllowed

# A school year has fewer weeks than this, and nobody plans beyond it.
MOST_CALLS = 40
FARTHEST = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """One day of a series; with a reason in `skipped` no call is held on it (E66)."""

    on: date
    skipped: str = ""


def occurrences(
    calendar: Calendar,
    *,
    first: date,
    every: int,
    until: date | None = None,
    times: int | None = None,
) -> list[Occurrence]:
    """Return the days of a series, those that are skipped among them.

    It ends with a day or after so many calls, whichever comes first; a skipped day is no call.
    Raises NotAllowed when it says neither, or has more calls than a school year has weeks.
    """
    if until is None and times is None:
        raise NotAllowed("Say until when, or how many times.")
    found: list[Occurrence] = []
    held = 0
    day = first
    last = min(until or first + FARTHEST, first + FARTHEST)
    while day <= last and (times is None or held < times):
        why = why_closed(calendar, day)
        found.append(Occurrence(on=day, skipped=why))
        held += not why
        if held > MOST_CALLS:
            raise NotAllowed(f"A series has {MOST_CALLS} calls at most.")
        day += timedelta(weeks=every)
    return found
