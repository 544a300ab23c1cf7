"""Reads the school's calendar from its rows."""

from zoneinfo import ZoneInfo

from django.conf import settings

from school.calendar import Calendar
from school.models import ClosedDay, School, Term


def calendar() -> Calendar:
    """Return the school's calendar as the rules see it, in three queries."""
    school = School.objects.current()
    return Calendar(
        opens_at=school.opens_at,
        closes_at=school.closes_at,
        zone=ZoneInfo(settings.TIME_ZONE),
        nation=school.nation,
        terms=tuple(Term.objects.values_list("starts_on", "ends_on")),
        pace=school.pace,
        closed_days=frozenset(ClosedDay.objects.values_list("day", flat=True)),
    )
