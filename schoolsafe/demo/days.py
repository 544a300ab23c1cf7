"""The days of the demo school, counted from today: they hold in term, at a weekend, in August."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from school import calendar as hours
from school.calendar import Calendar
from schoolsafe.lib import clock

NATION = "ENG"
INTO_TERM = timedelta(weeks=3)
WEEK = timedelta(weeks=1)
SHORTEST = timedelta(days=11)
MONDAY, WEDNESDAY, FRIDAY = 0, 2, 4


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Half a term of the demo school."""

    name: str
    starts_on: date
    ends_on: date
    is_first_half: bool


def school_year(today: date) -> int:
    """Return the year in which the school year of a day began."""
    return today.year if today.month >= 8 else today.year - 1


def terms(today: date) -> list[Stretch]:
    """Return the halves of the terms of this school year and the next; today always lies in one of them.

    In the holidays the coming half has begun three weeks ago: a demo of an empty school shows little.
    What comes before it ends earlier then, so that there is a week of holidays still.
    """
    year = school_year(today)
    found = [*_halves(year), *_halves(year + 1)]
    coming = next(half for half in found if half.ends_on >= today)
    if coming.starts_on <= today - INTO_TERM:
        return found
    begun = _on_or_before(today - INTO_TERM, MONDAY)
    last = _on_or_before(begun - WEEK, FRIDAY)
    before = [
        replace(half, ends_on=min(half.ends_on, last))
        for half in found
        if half.ends_on < coming.starts_on and half.starts_on + SHORTEST <= last
    ]
    after = [half for half in found if half.starts_on > coming.starts_on]
    return [*before, replace(coming, starts_on=begun), *after]


def _halves(year: int) -> list[Stretch]:
    """Return the halves of the terms of an English school year, from Wednesday to Wednesday.

    Each ends on a Friday and the next begins on a Monday, a week later or, at Christmas and around
    Easter, two.
    """
    good_friday = _good_friday(year + 1)
    spans = [
        ("Autumn", _on_or_after(date(year, 9, 1), WEDNESDAY), _last_monday(year, 10)),
        ("Spring", _on_or_after(date(year + 1, 1, 4), MONDAY), _third_monday(year + 1, 2)),
        ("Summer", _on_or_after(good_friday + WEEK, MONDAY), _last_monday(year + 1, 5)),
    ]
    ends = (
        _on_or_before(date(year, 12, 20), FRIDAY),
        good_friday - WEEK,
        _on_or_after(date(year + 1, 7, 18), WEDNESDAY),
    )
    return [
        Stretch(
            name=f"{name} {number}, {starts_on.year}",
            starts_on=starts_on,
            ends_on=ends_on,
            is_first_half=number == 1,
        )
        for (name, begins, off), end in zip(spans, ends, strict=True)
        for number, starts_on, ends_on in (
            (1, begins, _on_or_before(off, FRIDAY)),
            (2, off + WEEK, end),
        )
    ]


def _good_friday(year: int) -> date:
    named = hours.named_bank_holidays(NATION, year)
    return next(day for day, name in named if name == "Good Friday")


def _on_or_after(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def _on_or_before(day: date, weekday: int) -> date:
    return day - timedelta(days=(day.weekday() - weekday) % 7)


def _last_monday(year: int, month: int) -> date:
    """Return the last Monday of a month of 31 days."""
    return _on_or_before(date(year, month, 31), MONDAY)


def _third_monday(year: int, month: int) -> date:
    return _on_or_after(date(year, month, 15), MONDAY)


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
