"""What a new plan shows at first: what is usual for the host, on the next school day."""

from datetime import date, time, timedelta
from typing import Any

from meetings.models import Meeting
from school import terms
from school.calendar import Calendar, is_school_day
from school.models import StaffMember
from schoolsafe.lib import clock

STARTS, ENDS = time(10), time(10, 30)
# The longest holiday is shorter; after that the calendar is no help.
LOOKS_AHEAD = 70
TITLES, RECENT = 8, 3


def usual_plan(host: StaffMember) -> dict[str, Any]:
    """Return the next school day, with the hour and the purpose of the call that the host planned last."""
    last = Meeting.objects.filter(planned_by=host).select_related("purpose").order_by("-pk").first()
    shown: dict[str, Any] = {
        "day": next_school_day(terms.calendar(), clock.today() + timedelta(days=1)),
        "starts": STARTS,
        "ends": ENDS,
    }
    if last is None:
        return shown
    shown |= hours_of(last)
    return shown | ({"purpose": last.purpose_id} if last.purpose.is_offered else {})


def hours_of(meeting: Meeting) -> dict[str, time]:
    """Return at which hours of the school's clock a call is held (E67)."""
    starts, ends = clock.local(meeting.starts_at), clock.local(meeting.ends_at)
    return {
        "starts": starts.time().replace(second=0, microsecond=0),
        "ends": ends.time().replace(second=0, microsecond=0),
    }


def next_school_day(calendar: Calendar, first: date, *, every: int = 1) -> date:
    """Return the first day from this one, in steps of so many days, on which the school is open."""
    days = (first + timedelta(days=step) for step in range(0, LOOKS_AHEAD, every))
    return next((day for day in days if is_school_day(calendar, day)), first)


def usual_titles(host: StaffMember) -> list[str]:
    """Return what the host called their calls, the newest first, each once."""
    titles = Meeting.objects.filter(planned_by=host).order_by("-pk").values_list("title", flat=True)
    return list(dict.fromkeys(titles[:40]))[:TITLES]


def recent_calls(host: StaffMember) -> list[Meeting]:
    """Return the calls that one would plan again: the host's newest of each name, three at most."""
    newest = Meeting.objects.filter(planned_by=host).order_by("-pk")[:40]
    by_title: dict[str, Meeting] = {}
    for meeting in newest:
        by_title.setdefault(meeting.title, meeting)
    return list(by_title.values())[:RECENT]
