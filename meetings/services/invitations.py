"""Taking what an Outlook invitation says: its link, and its time where a person wants it."""

from dataclasses import replace
from datetime import datetime

from audit import services as audit
from meetings.models import Meeting
from meetings.services import change
from meetings.services.planning import revise, set_link
from meetings.services.plans import plan_of
from meetings.services.series import set_link_later
from school.models import StaffMember
from schoolsafe.lib import clock


@audit.atomic()
def take_invitation(
    meeting: Meeting,
    *,
    by: StaffMember,
    link: str,
    times: tuple[datetime, datetime] | None = None,
    is_for_later: bool = False,
) -> Meeting:
    """Keep the link of an invitation, and with `times` move this call to them: both or neither.

    The link goes to the later calls of a series too when it `is_for_later`; the time never does.
    Raises LinkRefused, LinkTaken, PlanRefused or NotAllowed as the two changes do.
    """
    if is_for_later and meeting.series is not None:
        change.lock_series(meeting.series)
    meeting = change.lock(meeting)
    if times is not None:
        here = plan_of(meeting)
        meeting = revise(meeting, by=by, what=replace(here, starts_at=times[0], ends_at=times[1]))
    if is_for_later:
        set_link_later(meeting, by=by, text=link)
    else:
        set_link(meeting, by=by, text=link)
    change.record(meeting, "take_invitation", actor=by.actor, now=clock.now(), moved=bool(times))
    return change.lock(meeting)
