"""The one clock: every rule takes `now`, and only this module reads it."""

from datetime import date, datetime, time

from django.utils import timezone


def now() -> datetime:
    """Return this instant, aware, in UTC."""
    return timezone.now()


def today() -> date:
    """Return the school's own date."""
    return timezone.localdate()


def local(at: datetime) -> datetime:
    """Return the same instant on the school's wall clock."""
    return timezone.localtime(at)


def at(day: date, wall: time) -> datetime:
    """Return the instant at which the school's wall clock shows this day and time.

    A time that the spring clock change skips is moved forward; one that the autumn change
    repeats means its first occurrence.
    """
    naive = datetime.combine(day, wall)
    aware = naive.replace(tzinfo=timezone.get_default_timezone())
    return datetime.fromtimestamp(aware.timestamp(), tz=timezone.get_default_timezone())
