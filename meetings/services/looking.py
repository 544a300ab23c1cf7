"""A second look into a call that was ended: the link lives on, and somebody may come back (E65)."""

from datetime import datetime

from audit import services as audit
from meetings import policy
from meetings.models import Meeting
from meetings.services import change, incidents
from notices import services as notices
from notices.kinds import Draft
from school.models import StaffMember
from schoolsafe.lib import clock

LOOKED = (policy.EntryKind.LOOKED_EMPTY.value, policy.EntryKind.NOT_EMPTY.value)


def ask_for_a_look(meeting: Meeting, *, now: datetime) -> None:
    """Remind the adults who ran a call to look again five minutes after its end.

    Part of a service that holds the transaction and writes the audit.
    """
    seats = meeting.seats.filter(dropped_out_at=None)
    running = seats.exclude(role=policy.SeatRole.RESERVE.value, called_at=None)
    notices.queue(
        [
            Draft(
                kind="meeting_look_again",
                key=f"meeting_look_again:{meeting.pk}:{staff_id}",
                due_at=now + policy.LOOK_AGAIN_AFTER,
                about=meeting.about,
                staff_id=staff_id,
            )
            for staff_id in running.values_list("staff_id", flat=True)
        ],
        now=now,
    )


@audit.atomic()
def look_empty(meeting: Meeting, *, by: StaffMember) -> Meeting:
    """Note that somebody looked into the call after its end and found nobody; once is enough (E65).

    Raises NotAllowed within five minutes of the end.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    change.move(meeting, policy.Action.LOOK, by=by, now=now)
    policy.check_look(meeting.ended_at, now)
    if meeting.register.filter(kind=policy.EntryKind.LOOKED_EMPTY.value).exists():
        return meeting
    change.enter(meeting, policy.EntryKind.LOOKED_EMPTY, actor=by.actor, now=now)
    change.record(meeting, "look_empty", actor=by.actor, now=now)
    return meeting


@audit.atomic()
def find_somebody(meeting: Meeting, *, by: StaffMember) -> Meeting:
    """Note that somebody was in the call after its end: the safeguarding team hears of it (E65, P13)."""
    now = clock.now()
    meeting = change.lock(meeting)
    change.move(meeting, policy.Action.LOOK, by=by, now=now)
    if meeting.register.filter(kind=policy.EntryKind.NOT_EMPTY.value).exists():
        return meeting
    change.enter(meeting, policy.EntryKind.NOT_EMPTY, actor=by.actor, now=now)
    incidents.bring([meeting], policy.IncidentKind.NOT_EMPTY, now=now)
    change.record(meeting, "find_somebody", actor=by.actor, now=now)
    return meeting
