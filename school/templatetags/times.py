"""Times as a person says them, in pages and letters alike."""

from datetime import date, datetime

from django import template

from schoolsafe.lib import clock

register = template.Library()


@register.filter
def when(at: datetime) -> str:
    """Return day and time: Tuesday 15 September, 2:00 pm."""
    return clock.in_words(at)


@register.filter
def oclock(at: datetime) -> str:
    """Return the time of day: 2:00 pm."""
    return clock.time_in_words(at)


@register.filter
def day(at: datetime) -> str:
    """Return the day: Tuesday 15 September."""
    return clock.day_in_words(at)


@register.filter
def in_full(on: date) -> str:
    """Return the day with its year: 15 September 2026."""
    return clock.date_in_words(on)
