"""A call that has turned although nobody touched it: an eligibility that ended, an absence (E59)."""

from datetime import datetime

from audit import services as audit
from meetings import policy, selectors
from meetings.models import Meeting
from meetings.services import change, sharing
from notices import services as notices
from notices.kinds import Draft
from school import selectors as school
from school.roles import SAFEGUARDING_TEAM
from school.services import System
from schoolsafe.lib import clock


@audit.atomic()
def look_again(meeting: Meeting, *, by: System, now: datetime) -> None:
    """Look at a call that nobody has touched; do what a change of it would have done.

    On hold or clear again, the adults are told, one left alone with a pupil reaches the safeguarding
    team, and links that were held back go out. Within the hour before the start the host and the
    team are told of a call that is blocked.
    """
    meeting = change.lock(meeting)
    if not selectors.turned_among([meeting], now):
        return
    verdict = sharing.look_again(meeting, actor=by.actor, now=now)
    facts = selectors.facts(meeting, now)
    if policy.is_blocked_soon(facts, now):
        notices.queue(_warnings(meeting, facts, now), now=now)
    change.record(meeting, "look_again", actor=by.actor, now=now, blocks=verdict.blocks)


def _warnings(meeting: Meeting, facts: policy.Facts, now: datetime) -> list[Draft]:
    """Return one warning for the host and for each of the safeguarding team."""
    hosts = [seat.staff_id for seat in facts.seats if seat.role is policy.SeatRole.HOST]
    team = school.holders(*SAFEGUARDING_TEAM, on=clock.local(now).date())
    return [
        Draft(
            kind=selectors.WARNING,
            key=f"{selectors.WARNING}:{meeting.pk}:{meeting.starts_at.timestamp():.0f}:{staff_id}",
            due_at=now,
            about=meeting.about,
            staff_id=staff_id,
        )
        for staff_id in dict.fromkeys([*hosts, *(person.pk for person in team)])
    ]
