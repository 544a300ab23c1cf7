"""The calls of a stretch of days, and what the school's own calendar says of them."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from django.db.models import Exists, OuterRef
from django.utils.formats import date_format

from meetings.models import Meeting, Seat
from meetings.models.call import MeetingQuerySet
from school import terms
from school.calendar import Calendar, why_closed
from school.models import ClosedDay, Term
from school.roles import Viewer
from schoolsafe.lib import clock


@dataclass(frozen=True, kw_only=True)
class SchoolDays:
    """The school's days in a stretch: why it is closed, and which term begins or ends."""

    calendar: Calendar
    reasons: dict[date, str]
    terms: dict[date, list[str]]
    named: tuple[str, ...] = ()

    def closed_because(self, day: date) -> str:
        """Return why the school is closed on a day, in its own words where it gave any."""
        return self.reasons.get(day) or why_closed(self.calendar, day)


def calls_of(viewer: Viewer, *, is_own: bool) -> MeetingQuerySet:
    """Return the calls that a person may know of, or of these only those on which they have a seat."""
    calls = Meeting.objects.visible_to(viewer).select_related("purpose")
    if not is_own:
        return calls
    return calls.filter(Exists(Seat.objects.filter(meeting=OuterRef("pk"), staff=viewer.staff_id)))


def calls_between(viewer: Viewer, first: date, last: date, *, is_own: bool) -> list[Meeting]:
    """Return the calls that begin on these days of the school's own clock, both included (E67)."""
    return list(
        calls_of(viewer, is_own=is_own)
        .filter(
            starts_at__gte=clock.at(first, time.min),
            starts_at__lt=clock.at(last + timedelta(days=1), time.min),
        )
        .order_by("starts_at", "pk")
    )


def school_days(first: date, last: date) -> SchoolDays:
    """Return what the school's calendar says of a stretch of days, in five queries."""
    marks: dict[date, list[str]] = {}
    known = list(Term.objects.filter(starts_on__lte=last, ends_on__gte=first))
    for term in known:
        marks.setdefault(term.starts_on, []).append(f"{term.name} begins")
        marks.setdefault(term.ends_on, []).append(f"{term.name} ends")
    closed = ClosedDay.objects.filter(day__range=(first, last)).values_list("day", "reason")
    named = tuple(
        f"{term.name}: {_in_words(term.starts_on)} to {_in_words(term.ends_on)}" for term in known
    )
    return SchoolDays(calendar=terms.calendar(), reasons=dict(closed), terms=marks, named=named)


def _in_words(day: date) -> str:
    return date_format(day, "j F")
