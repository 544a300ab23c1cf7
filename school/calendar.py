"""School hours: which days the school is open, and how long a wait in school time takes.

Plain Python over a frozen `Calendar`; `school.terms` builds one from the rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from school.pace import Pace

# Two years without one school day means the calendar is wrong, not that the wait is long.
LONGEST_LOOK_AHEAD = timedelta(days=730)
# No holiday inside a school year is as long as this; the summer is, in every nation.
SUMMER = timedelta(days=33)
SATURDAY = 5
# A term that is longer, or lies further away, has a slip in its year.
LONGEST_TERM = timedelta(days=366)
FURTHEST = timedelta(days=3660)
FAR = "This lies more than ten years away. Look at the year."
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """What the school's days are made of, and how long it lets things wait."""

    opens_at: time
    closes_at: time
    zone: ZoneInfo
    nation: str
    terms: tuple[tuple[date, date], ...] = ()
    closed_days: frozenset[date] = frozenset()
    pace: Pace = Pace()


@lru_cache(maxsize=64)
def bank_holidays(nation: str, year: int) -> frozenset[date]:
    """Return the bank holidays of a nation in one year; empty when nobody knows them."""
    known = holidays.country_holidays("GB", subdiv=nation, years=year, observed=True)
    return frozenset(day for day in known if day.year == year)


@lru_cache(maxsize=64)
def named_bank_holidays(nation: str, year: int) -> tuple[tuple[date, str], ...]:
    """Return the bank holidays of a nation in one year with their names, in their order."""
    known = holidays.country_holidays("GB", subdiv=nation, years=year, observed=True)
    return tuple(sorted((day, name) for day, name in known.items() if day.year == year))


def is_school_day(calendar: Calendar, day: date) -> bool:
    """Tell whether the school teaches on a day.

    What nobody has entered counts as a school day: a missing year must not make anything wait (E78).
    """
    return not why_closed(calendar, day)


def why_closed(calendar: Calendar, day: date) -> str:
    """Return why the school does not teach on a day, in words; nothing on a school day."""
    if day.weekday() >= SATURDAY:
        return "a weekend"
    if day in bank_holidays(calendar.nation, day.year):
        return "a bank holiday"
    if day in calendar.closed_days:
        return "the school is closed"
    if _is_planned(calendar, day) and not in_term(calendar, day):
        return "outside term"
    return ""


def school_year_end(calendar: Calendar, day: date) -> date | None:
    """Return the last day of the school year that a day lies in; None where no terms say so.

    Terms between which there is no summer are of one year. What is not entered is not guessed: with
    one term entered the year ends with that term.
    """
    last: date | None = None
    first = day
    for starts_on, ends_on in sorted(calendar.terms):
        if last is None or starts_on - last > SUMMER:
            if last is not None and first <= day <= last:
                return last
            first = starts_on
        last = max(last or ends_on, ends_on)
    return last if last is not None and first <= day <= last else None


def school_years(spans: Sequence[tuple[date, date]]) -> list[list[tuple[date, date]]]:
    """Return the terms of each school year, in their order: between two years lies a summer."""
    years: list[list[tuple[date, date]]] = []
    for span in sorted(spans):
        last = max(ends_on for _, ends_on in years[-1]) if years else None
        if last is None or span[0] - last > SUMMER:
            years.append([])
        years[-1].append(span)
    return years


def term_holidays(calendar: Calendar) -> list[tuple[date, date]]:
    """Return each holiday between two terms: its first and its last day.

    The weekends and bank holidays on either side belong to it. After the last term that is entered
    nothing is known, and nothing is guessed.
    """
    found = []
    last: date | None = None
    for starts_on, ends_on in sorted(calendar.terms):
        if last is not None and _has_weekday(last + ONE_DAY, starts_on - ONE_DAY):
            found.append(
                (_widened(calendar, last, -ONE_DAY), _widened(calendar, starts_on, ONE_DAY))
            )
        last = max(last or ends_on, ends_on)
    return found


def _has_weekday(first: date, last: date) -> bool:
    """Tell whether a stretch of days holds more than a weekend."""
    days = range((last - first).days + 1)
    return any((first + timedelta(days=day)).weekday() < SATURDAY for day in days)


def _widened(calendar: Calendar, term_day: date, towards_term: timedelta) -> date:
    """Return the outermost day of a holiday, from the day of a term that it borders on."""
    day = term_day
    while day.weekday() >= SATURDAY or day in bank_holidays(calendar.nation, day.year):
        day += towards_term
    return day - towards_term


def in_term_holiday(calendar: Calendar, day: date) -> bool:
    """Tell whether a day belongs to a holiday between two terms."""
    return any(first <= day <= last for first, last in term_holidays(calendar))


def in_term(calendar: Calendar, day: date) -> bool:
    """Tell whether a day lies in a term."""
    return any(first <= day <= last for first, last in calendar.terms)


def _is_planned(calendar: Calendar, day: date) -> bool:
    """Tell whether the entered terms say anything about a day."""
    if not calendar.terms:
        return False
    return min(calendar.terms)[0] <= day <= max(last for _, last in calendar.terms)


def term_fault(
    *, starts_on: date, ends_on: date, others: Sequence[tuple[str, date, date]], today: date
) -> tuple[str, str] | None:
    """Return which date of a term cannot be, and why in words; None where both can.

    `others` are the other terms: name, first day, last day.
    """
    for field, day in (("starts_on", starts_on), ("ends_on", ends_on)):
        if is_far(day, today=today):
            return field, FAR
    if ends_on < starts_on:
        return "ends_on", "The last day comes before the first day."
    if ends_on - starts_on >= LONGEST_TERM:
        return "ends_on", "A term is not longer than a year. Look at the year."
    for name, first, last in others:
        if starts_on <= last and first <= ends_on:
            field = "starts_on" if first <= starts_on else "ends_on"
            return field, f"This term overlaps {name} ({_short(first)} to {_short(last)})."
    return None


def is_far(day: date, *, today: date) -> bool:
    """Tell whether a day is so far away that its year must be a slip."""
    return abs(day - today) > FURTHEST


def _short(day: date) -> str:
    """Return a day in a few letters."""
    return f"{day.day} {day:%B %Y}"


def gaps(calendar: Calendar, *, on: date) -> list[str]:
    """Return, in words for a person, what the calendar does not know about the coming year (E78)."""
    words = []
    if not _is_planned(calendar, on):
        words.append(f"No term dates are entered for {on:%B %Y}: every weekday counts as open.")
    words.extend(
        f"The bank holidays of {year} are not known: every weekday of it counts as open."
        for year in sorted({on.year, (on + timedelta(days=120)).year})
        if not bank_holidays(calendar.nation, year)
    )
    return words


def opening(calendar: Calendar, day: date) -> tuple[datetime, datetime]:
    """Return when the school opens and closes on a day."""
    return _at(calendar, day, calendar.opens_at), _at(calendar, day, calendar.closes_at)


def _at(calendar: Calendar, day: date, wall: time) -> datetime:
    """Return the instant at which the school's wall clock shows a time."""
    return datetime.combine(day, wall, tzinfo=calendar.zone)


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Tell whether an instant lies in school hours."""
    day = at.astimezone(calendar.zone).date()
    opens, closes = opening(calendar, day)
    return is_school_day(calendar, day) and opens <= at < closes


def school_day_from(calendar: Calendar, at: datetime) -> date:
    """Return the school day that an instant belongs to: its own until closing, else the next."""
    day = at.astimezone(calendar.zone).date()
    if at >= opening(calendar, day)[1]:
        day += timedelta(days=1)
    last = day + LONGEST_LOOK_AHEAD
    while not is_school_day(calendar, day):
        if day >= last:
            return at.astimezone(calendar.zone).date()
        day += timedelta(days=1)
    return day


def end_of_school_day(calendar: Calendar, at: datetime) -> datetime:
    """Return when the school day that an instant belongs to ends."""
    return opening(calendar, school_day_from(calendar, at))[1]


def end_of_next_school_day(calendar: Calendar, at: datetime) -> datetime:
    """Return when the school day after the one an instant belongs to ends."""
    return end_of_school_day(calendar, end_of_school_day(calendar, at))


def after(calendar: Calendar, at: datetime, wait: timedelta) -> datetime:
    """Return when a wait counted in school hours is over; the clock stands still while closed."""
    while True:
        opens, closes = opening(calendar, school_day_from(calendar, at))
        begun = max(at, opens)
        # Compared as instants: two clock changes a year fall outside school hours, but are real.
        left = timedelta(seconds=closes.timestamp() - begun.timestamp())
        if wait <= left or left <= timedelta():
            return datetime.fromtimestamp(
                begun.timestamp() + wait.total_seconds(), tz=calendar.zone
            )
        wait -= left
        at = closes
