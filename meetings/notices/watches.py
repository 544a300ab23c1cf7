"""What the sweep looks at again: calls near their time and on hold, wishes that slipped, open names."""

from datetime import datetime

from meetings import selectors, services
from meetings.models import AttendanceReport, Meeting
from notices import kinds
from notices.kinds import Watch
from school.services import SWEEP


def see_to(pk: int, now: datetime) -> None:
    """Look at one call again."""
    services.look_again(Meeting.objects.get(pk=pk), by=SWEEP, now=now)


kinds.register_watch(Watch(name="meeting", turned=selectors.turned, see_to=see_to))


def catch_up(pk: int, now: datetime) -> None:
    """Bring the wishes for Microsoft of one call into line with it."""
    services.catch_up(Meeting.objects.get(pk=pk), by=SWEEP, now=now)


kinds.register_watch(Watch(name="teams", turned=selectors.teams_turned, see_to=catch_up))


def presume(pk: int, now: datetime) -> None:
    """Take the names of one report that nobody has told in time for the worst they could be."""
    report = AttendanceReport.objects.select_related("meeting").get(pk=pk)
    services.presume_worst(report, by=SWEEP, now=now)


kinds.register_watch(Watch(name="attendance_names", turned=selectors.names_overdue, see_to=presume))
