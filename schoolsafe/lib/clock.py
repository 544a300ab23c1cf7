"""The one clock: every rule takes `now`, and only this module reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time

from django.utils import timezone
from django.utils.formats import date_format

_standing: ContextVar[datetime | None] = ContextVar("standing", default=None)


def now() -> datetime:
    """Return this instant, aware, in UTC."""
    return _standing.get() or timezone.now()


@contextmanager
def standing_at(instant: datetime) -> Iterator[None]:
    """Let the clock stand at an instant, in this thread alone.

    For loading the demo school, whose past is lived through the services. No request and no sweep
    ever sets it.
    """
    before = _standing.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _standing.reset(before)


def today() -> date:
    """Return the school's own date."""
    return timezone.localdate(now())


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


def in_words(at: datetime) -> str:
    """Return an instant as a person says it: Tuesday 15 September, 2:00 pm."""
    here = local(at)
    return f"{date_format(here, 'l j F')}, {time_in_words(here)}"


def time_in_words(at: datetime) -> str:
    """Return a time of day as a person says it: 2:00 pm."""
    here = local(at)
    return f"{date_format(here, 'g:i')} {'am' if here.hour < 12 else 'pm'}"
