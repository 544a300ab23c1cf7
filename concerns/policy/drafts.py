"""When somebody is reminded of a concern that they have begun and not sent (A14)."""

from datetime import datetime, timedelta

from school import calendar as hours
from school.calendar import Calendar

# A draft is a concern that nobody knows of: soon, then once more, then every school morning.
FIRST = timedelta(minutes=15)
SECOND = timedelta(hours=1)


def next_reminder(saved_at: datetime, calendar: Calendar, *, after: datetime) -> datetime:
    """Return the first reminder that comes after an instant; there is always one.

    A quarter of an hour after the last word was typed, an hour after it, and when the school opens.
    """
    for due in (saved_at + FIRST, saved_at + SECOND):
        if due > after:
            return due
    opens, closes = hours.opening(calendar, hours.school_day_from(calendar, after))
    if opens > after:
        return opens
    return hours.opening(calendar, hours.school_day_from(calendar, closes))[0]


def is_due(saved_at: datetime, *, now: datetime) -> bool:
    """Tell whether nothing was typed for long enough to remind at all."""
    return now >= saved_at + FIRST
