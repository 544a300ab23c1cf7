"""The one clock: every rule takes `now`, and only this module reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import pgettext, pgettext_lazy

from schoolsafe.lib import languages

# Django has names of days and months too, but many of its languages give them the form and the
# capital of a heading, not those of a sentence.
WEEKDAYS = (
    pgettext_lazy("in a date", "Monday"),
    pgettext_lazy("in a date", "Tuesday"),
    pgettext_lazy("in a date", "Wednesday"),
    pgettext_lazy("in a date", "Thursday"),
    pgettext_lazy("in a date", "Friday"),
    pgettext_lazy("in a date", "Saturday"),
    pgettext_lazy("in a date", "Sunday"),
)
MONTHS = (
    pgettext_lazy("in a date", "January"),
    pgettext_lazy("in a date", "February"),
    pgettext_lazy("in a date", "March"),
    pgettext_lazy("in a date", "April"),
    pgettext_lazy("in a date", "May"),
    pgettext_lazy("in a date", "June"),
    pgettext_lazy("in a date", "July"),
    pgettext_lazy("in a date", "August"),
    pgettext_lazy("in a date", "September"),
    pgettext_lazy("in a date", "October"),
    pgettext_lazy("in a date", "November"),
    pgettext_lazy("in a date", "December"),
)

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


def zone() -> ZoneInfo:
    """Return the zone of the school's wall clock."""
    return ZoneInfo(timezone.get_default_timezone_name())


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
    return pgettext("day and time", "%(day)s, %(time)s") % {
        "day": day_in_words(at),
        "time": time_in_words(at),
    }


def in_full_words(at: datetime) -> str:
    """Return an instant of any year as a person says it: 15 September 2026, 2:00 pm."""
    return pgettext("day and time", "%(day)s, %(time)s") % {
        "day": date_in_words(local(at).date()),
        "time": time_in_words(at),
    }


def day_in_words(at: datetime) -> str:
    """Return a day as a person says it: Tuesday 15 September."""
    here = local(at)
    return pgettext("a date", "%(weekday)s %(day)s %(month)s") % {
        "weekday": WEEKDAYS[here.weekday()],
        "day": here.day,
        "month": MONTHS[here.month - 1],
    }


def date_in_words(day: date) -> str:
    """Return a day of any year as a person says it: 15 September 2026."""
    return pgettext("a date with its year", "%(day)s %(month)s %(year)s") % {
        "day": day.day,
        "month": MONTHS[day.month - 1],
        "year": day.year,
    }


def length_in_words(seconds: int) -> str:
    """Return how long something was, for staff: 4 minutes 38 seconds."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "hour"), (minutes, "minute"), (rest, "second")]
    told = [f"{number} {word}{'' if number == 1 else 's'}" for number, word in parts if number]
    return " ".join(told) or "0 seconds"


def second_in_words(at: datetime) -> str:
    """Return a time of day with its seconds, for staff: 2:10:03 pm."""
    here = local(at)
    half = "am" if here.hour < 12 else "pm"
    return f"{here.hour % 12 or 12}:{here.minute:02}:{here.second:02} {half}"


def time_in_words(at: datetime) -> str:
    """Return a time of day as a person says it: 2:00 pm, or 14:00 where people count on."""
    return wall_in_words(local(at).time())


def wall_in_words(wall: time) -> str:
    """Return what a clock on the wall shows as a person says it: 2:00 pm, or 14:00 where people count on."""
    if pgettext("write 24 where hours are counted to 24", "12") == "24":
        return f"{wall.hour}:{wall.minute:02}"
    half = pgettext("hour", "am") if wall.hour < 12 else pgettext("hour", "pm")
    # A line that breaks between the two is read as another time where the other half comes first.
    gap = " " if languages.current() == languages.ENGLISH else "\N{NO-BREAK SPACE}"
    words = f"{wall.hour % 12 or 12}:{wall.minute:02}{gap}{half}"
    return languages.isolated(words, languages.ITS_OWN_WAY)
