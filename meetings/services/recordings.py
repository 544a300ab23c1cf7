"""Recordings of children are destroyed in time, and somebody says that they were."""

from datetime import datetime, time

from audit import services as audit
from meetings import policy
from meetings.models import Closing, Meeting
from meetings.services import change
from notices import services as notices
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

# On the day itself, in the morning.
AT = time(8, 30)


def due_at(closing: Closing) -> datetime | None:
    """Return when a recording is to be destroyed; None where there is none, or it is gone."""
    if closing.destroy_by is None or closing.destroyed_at is not None:
        return None
    return clock.at(closing.destroy_by, AT)


def remind(closing: Closing, *, now: datetime) -> None:
    """Start the ladder of a recording that is kept.

    Part of a service that holds the transaction and writes the audit.
    """
    due = due_at(closing)
    if due is not None:
        notices.start_ladder("meeting_recording", closing.meeting.about, due_at=due, now=now)


@audit.atomic()
def destroy_recording(meeting: Meeting, *, by: StaffMember) -> Meeting:
    """Note who destroyed the recording of a call, and when.

    Raises NotAllowed when there is none, it is gone, or the safeguarding team still needs it.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    change.move(meeting, policy.Action.DESTROY, by=by, now=now)
    closing = Closing.objects.filter(meeting=meeting).first()
    if closing is None:
        raise NotAllowed("This call is not closed yet.")
    unsettled = meeting.incidents.filter(settled_at=None).values_list("kind", flat=True)
    policy.check_destruction(
        was_recorded=closing.was_recorded,
        is_destroyed=closing.destroyed_at is not None,
        open_incidents=[policy.IncidentKind(kind) for kind in unsettled],
    )
    closing.destroyed_at, closing.destroyed_by = now, by
    closing.save(update_fields=["destroyed_at", "destroyed_by"])
    notices.stop_ladder("meeting_recording", meeting.about, now=now)
    change.record(meeting, "destroy_recording", actor=by.actor, now=now)
    return meeting
