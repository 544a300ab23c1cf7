"""What a person wishes of Microsoft for a call: rows, and the sweep does the rest."""

from datetime import datetime
from uuid import uuid4

from django.conf import settings

from audit import services as audit
from meetings import policy, selectors
from meetings.models import Meeting, Seat, TeamsEvent, TeamsReading
from meetings.services import change, wishes
from school.models import StaffMember
from school.services import System
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def create_in_teams(meeting: Meeting, *, by: StaffMember) -> TeamsEvent:
    """Wish for the call in the host's Outlook calendar, with a Teams meeting that keeps to the policy.

    Its link is kept, by the same service as one that is pasted, when Teams has taken the lobby.
    Raises NotAllowed while Graph is off, when there is a link or such a wish already, and when it is
    not known who the host is to Microsoft.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    change.move(meeting, policy.Action.REVISE, by=by, now=now)
    if settings.GRAPH is None:
        raise NotAllowed("Microsoft Graph is switched off: paste the link from Outlook.")
    if meeting.join_url:
        raise NotAllowed("This call has a Teams link already.")
    if TeamsEvent.objects.standing().filter(meeting=meeting).exists():
        raise NotAllowed("This call is being made in Teams already.")
    host = _host(meeting)
    if host.entra_id is None:
        raise NotAllowed(
            f"It is not on record under which id Microsoft knows {host.name}. Ask IT, or paste the "
            "link from Outlook."
        )
    event = TeamsEvent.objects.create(
        meeting=meeting,
        organiser=host,
        organiser_entra_id=host.entra_id,
        transaction=uuid4(),
        wanted_at=now,
        wanted_by=by,
        try_at=now,
    )
    change.record(meeting, "teams_want", actor=by.actor, now=now)
    return event


@audit.atomic()
def try_again(meeting: Meeting, *, by: StaffMember) -> int:
    """Let Microsoft be asked once more for what has failed; say how many things that is."""
    now = clock.now()
    meeting = change.lock(meeting)
    policy.check_person(policy.Action.REVISE, by.viewer(), selectors.facts(meeting, now))
    failed = TeamsEvent.objects.filter(meeting=meeting, failed_at__isnull=False)
    count = failed.update(failed_at=None, try_at=now, tries=0, fault="")
    if count:
        change.record(meeting, "teams_try_again", actor=by.actor, now=now)
    return count


@audit.atomic()
def forgo(meeting: Meeting, *, by: StaffMember) -> None:
    """Let go of a wish that has failed: what there is of it in Outlook is called off there."""
    now = clock.now()
    meeting = change.lock(meeting)
    change.move(meeting, policy.Action.REVISE, by=by, now=now)
    event = TeamsEvent.objects.standing().filter(meeting=meeting).first()
    if event is None or event.failed_at is None:
        raise NotAllowed("There is nothing to let go of.")
    wishes.unwant(event, now=now)
    change.record(meeting, "teams_forgo", actor=by.actor, now=now)


@audit.atomic()
def check_teams(meeting: Meeting, *, by: StaffMember) -> None:
    """Wish for a look at the options of the Teams meeting now.

    Raises NotAllowed while Graph is off and when there is no link to look behind.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    change.move(meeting, policy.Action.CHECK, by=by, now=now)
    if settings.GRAPH is None:
        raise NotAllowed("Microsoft Graph is switched off: look at the meeting options in Teams.")
    if not meeting.join_url:
        raise NotAllowed("There is no Teams link to look behind.")
    wishes.follow(meeting, now=now)
    rows = TeamsReading.objects.filter(meeting=meeting)
    rows.update(asked_at=now, due_at=now, tries=0)
    change.record(meeting, "teams_check", actor=by.actor, now=now)


@audit.atomic()
def catch_up(meeting: Meeting, *, by: System, now: datetime) -> None:
    """Bring the wishes of a call that slipped into line with it."""
    wishes.follow(change.lock(meeting), now=now)


def _host(meeting: Meeting) -> StaffMember:
    seat = Seat.objects.select_related("staff__user").get(
        meeting=meeting, role=policy.SeatRole.HOST.value
    )
    return seat.staff
