"""Calls in the weeks of a calendar: server-made, a table on a desk and a list on a phone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.utils.formats import date_format

from meetings.pages.parts import ListRow
from meetings.selectors import SchoolDays
from schoolsafe.lib import clock

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SATURDAY = 5
# As many as a day of the month has room for; the week shows all.
ROOM = 3
# Nobody plans farther ahead, and no school has calls of longer ago than this.
BACK, AHEAD = timedelta(days=365 * 10), timedelta(days=365 * 2)


class View(StrEnum):
    """How much of the calendar a page shows."""

    MONTH = "month"
    WEEK = "week"


@dataclass(frozen=True, kw_only=True)
class Span:
    """What a page of the calendar shows: its days, its name, and the pages beside it."""

    view: View
    on: date
    first: date
    last: date

    @property
    def name(self) -> str:
        """Return what this page is of."""
        if self.view is View.MONTH:
            return date_format(self.on, "F Y")
        return f"Week of {date_format(self.first, 'j F Y')}"

    @property
    def before(self) -> "Span":
        """Return the page before this one."""
        return span_of(self.view, self.start - timedelta(days=1))

    @property
    def after(self) -> "Span":
        """Return the page after this one."""
        end = self.last if self.view is View.WEEK else _last_of_month(self.on)
        return span_of(self.view, end + timedelta(days=1))

    @property
    def start(self) -> date:
        """Return the first day that the page is about."""
        return self.first if self.view is View.WEEK else self.on.replace(day=1)


@dataclass(frozen=True, kw_only=True)
class CalendarDay:
    """One day: what the school's calendar says of it, and its calls."""

    on: date
    is_today: bool
    is_within: bool
    closed_because: str
    marks: Sequence[str]
    calls: Sequence[ListRow]

    @property
    def is_weekend(self) -> bool:
        """Tell whether it is a Saturday or Sunday: that needs no words."""
        return self.on.weekday() >= SATURDAY

    @property
    def in_sight(self) -> Sequence[ListRow]:
        """Return the calls for which a month has room."""
        return self.calls if len(self.calls) <= ROOM else self.calls[: ROOM - 1]

    @property
    def beyond(self) -> int:
        """Return how many more calls there are."""
        return len(self.calls) - len(self.in_sight)


def span_of(view: View, on: date) -> Span:
    """Return the page of the calendar on which a day stands: whole weeks, from Monday."""
    first, last = on, on
    if view is View.MONTH:
        first, last = on.replace(day=1), _last_of_month(on)
    return Span(
        view=view,
        on=on,
        first=first - timedelta(days=first.weekday()),
        last=last + timedelta(days=6 - last.weekday()),
    )


def day_in_calendar(typed: str, today: date) -> date:
    """Return the day that an address names; today for anything that is none, or is out of reach."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return today
    return min(max(day, today - BACK), today + AHEAD)


def weeks(
    span: Span, calls: Iterable[ListRow], school: SchoolDays, now: datetime
) -> list[list[CalendarDay]]:
    """Return the days of a page, week by week."""
    by_day: dict[date, list[ListRow]] = defaultdict(list)
    for row in calls:
        by_day[clock.local(row.meeting.starts_at).date()].append(row)
    today = clock.local(now).date()
    count = (span.last - span.first).days + 1
    days = [
        _day(span.first + timedelta(days=number), span, by_day, school, today)
        for number in range(count)
    ]
    return [days[number : number + 7] for number in range(0, count, 7)]


def _day(
    on: date, span: Span, by_day: dict[date, list[ListRow]], school: SchoolDays, today: date
) -> CalendarDay:
    return CalendarDay(
        on=on,
        is_today=on == today,
        is_within=span.view is View.WEEK or (on.year, on.month) == (span.on.year, span.on.month),
        closed_because=school.closed_because(on),
        marks=school.terms.get(on, ()),
        calls=by_day.get(on, ()),
    )


def _last_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
