"""The days of the demo school, counted from today: they hold in term, at a weekend, in August."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from school import calendar as hours
from school.calendar import Calendar
from schoolsafe.lib import clock

# First and last days of the terms of a school year that begins in September of a year.
TERMS = (
    ("Autumn", 0, (9, 2), (12, 18)),
    ("Spring", 1, (1, 5), (3, 27)),
    ("Summer", 1, (4, 13), (7, 21)),
)
INTO_TERM = timedelta(weeks=3)


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A term of the demo school."""

    name: str
    starts_on: date
    ends_on: date


def school_year(today: date) -> int:
    """Return the year in which the school year of a day began."""
    return today.year if today.month >= 8 else today.year - 1


def terms(today: date) -> list[Stretch]:
    """Return the terms of this school year and the next; today always lies in one of them.

    In the holidays the coming term has begun three weeks ago: a demo of an empty school shows little.
    """
    found = [
        Stretch(
            name=f"{name} {year + later}",
            starts_on=date(year + later, *first),
            ends_on=date(year + later, *last),
        )
        for year in (school_year(today), school_year(today) + 1)
        for name, later, first, last in TERMS
    ]
    coming = next(term for term in found if term.ends_on >= today)
    begun = min(coming.starts_on, today - INTO_TERM)
    return [
        Stretch(name=term.name, starts_on=begun, ends_on=term.ends_on)
        if term is coming
        else Stretch(
            name=term.name,
            starts_on=min(term.starts_on, begun - timedelta(days=2)),
            ends_on=min(term.ends_on, begun - timedelta(days=1)),
        )
        if term.ends_on < today
        else term
        for term in found
    ]


@dataclass(frozen=True, kw_only=True)
class Days:
    """Today, and the school days before and after it."""

    now: datetime
    calendar: Calendar

    @property
    def today(self) -> date:
        """Return the school's date."""
        return clock.local(self.now).date()

    def before(self, count: int, hour: int, minute: int = 0) -> datetime:
        """Return a time on a school day before today: 1 is the last one."""
        return clock.at(self._counted(count, timedelta(days=-1)), time(hour, minute))

    def after(self, count: int, hour: int, minute: int = 0) -> datetime:
        """Return a time on a school day after today: 1 is the next one."""
        return clock.at(self._counted(count, timedelta(days=1)), time(hour, minute))

    def ago(self, minutes: int) -> datetime:
        """Return the full minute so long before now."""
        return self.now.replace(second=0, microsecond=0) - timedelta(minutes=minutes)

    def started(self, minutes_ago: int) -> datetime:
        """Return when a call began that has run about so long: on a full five minutes, at least that.

        A negative number is a call that is still to come.
        """
        at = self.ago(minutes_ago)
        return at - timedelta(minutes=at.minute % 5)

    def _counted(self, count: int, step: timedelta) -> date:
        day = self.today
        while count:
            day += step
            count -= hours.is_school_day(self.calendar, day)
        return day
