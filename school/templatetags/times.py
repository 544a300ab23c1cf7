"""Times as a person says them, in pages and letters alike."""

from datetime import date, datetime, time

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from schoolsafe.lib import clock

register = template.Library()


@register.filter
def when(at: datetime) -> str:
    """Return day and time: Tuesday 15 September, 2:00 pm."""
    return clock.in_words(at)


@register.simple_tag
def moment(at: datetime) -> SafeString:
    """Return day and time as an element of a page, with no space after it.

    A template of its own ends with a line, and a comma behind it would stand apart.
    """
    return format_html('<time datetime="{}">{}</time>', clock.local(at).isoformat(), when(at))


@register.simple_tag
def moment_in_full(at: datetime) -> SafeString:
    """Return day, year and time as an element of a page: what it tells of may be years ago."""
    said = clock.in_full_words(at)
    return format_html('<time datetime="{}">{}</time>', clock.local(at).isoformat(), said)


@register.filter
def oclock(at: datetime) -> str:
    """Return the time of day: 2:00 pm."""
    return clock.time_in_words(at)


@register.filter
def wall(shown: time) -> str:
    """Return what a clock on the wall shows: 2:00 pm."""
    return clock.wall_in_words(shown)


@register.filter
def when_in_full(at: datetime) -> str:
    """Return day, year and time, for letters: 15 September 2026, 2:00 pm."""
    return clock.in_full_words(at)


@register.filter
def lasting(seconds: int) -> str:
    """Return how long something was: 4 minutes 38 seconds."""
    return clock.length_in_words(seconds)


@register.filter
def day(at: datetime) -> str:
    """Return the day: Tuesday 15 September."""
    return clock.day_in_words(at)


@register.filter
def in_full(on: date) -> str:
    """Return the day with its year: 15 September 2026."""
    return clock.date_in_words(on)
