"""What a person wishes of Microsoft for a call: rows, and the sweep does the rest."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db.models import QuerySet

from audit import services as audit
from audit.services import Row
from meetings import policy, selectors
from meetings.models import Meeting, Seat, Series, TeamsEvent, TeamsReading
from meetings.services import change, wishes
from school.models import StaffMember
from school.services import System
from schoolsafe.lib import clock
from schoolsafe.lib.inserting import insert
from schoolsafe.lib.rules import NotAllowed

# What failed is asked for as if for the first time.
AFRESH: dict[str, Any] = {"failed_at": None, "tries": 0, "fault": ""}


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
    event = _wish(meeting, _hosts([meeting])[meeting.pk], by=by, now=now)
    event.save()
    change.record(meeting, "teams_want", actor=by.actor, now=now)
    return event


@audit.atomic()
def create_all_in_teams(series: Series, *, by: StaffMember) -> list[Meeting]:
    """Wish for every date to come that has no Teams link, each with a meeting and a link of its own.

    What is being made already is left to itself, and what has failed is tried again. A fixed number of
    queries. Raises NotAllowed as for one call, and when there is nothing left to make.
    """
    now, viewer = clock.now(), by.viewer()
    if settings.GRAPH is None:
        raise NotAllowed("Microsoft Graph is switched off: paste the link from Outlook.")
    locked = change.lock_series(series)
    facts = selectors.facts_of(locked, now)
    dates = [
        one
        for one in locked
        if one.starts_at > now
        and not one.join_url
        and policy.Action.REVISE in policy.actions_for(viewer, facts[one.pk])
    ]
    standing = {row.meeting_id: row for row in _standing(dates)}
    failed = [row for row in standing.values() if row.failed_at is not None]
    TeamsEvent.objects.filter(pk__in=[row.pk for row in failed]).update(**AFRESH, try_at=now)
    hosts = _hosts(dates)
    fresh = [one for one in dates if one.pk not in standing]
    insert(_wish(one, hosts[one.pk], by=by, now=now) for one in fresh)
    again = {row.meeting_id for row in failed}
    wished = [one for one in dates if one.pk in again or one.pk not in standing]
    if not wished:
        raise NotAllowed("No date of this series is left without a Teams meeting.")
    rows = [
        Row(actor=by.actor, verb="meeting.teams_want", object=one.about, detail={})
        for one in wished
    ]
    audit.record_many(at=now, rows=rows)
    return wished


def _standing(meetings: Sequence[Meeting]) -> QuerySet[TeamsEvent]:
    return TeamsEvent.objects.standing().filter(meeting__in=meetings)


def _wish(meeting: Meeting, host: StaffMember, *, by: StaffMember, now: datetime) -> TeamsEvent:
    """Return the wish for one call; raises NotAllowed where Microsoft could not be told whose it is."""
    if host.entra_id is None:
        raise NotAllowed(
            f"It is not on record under which id Microsoft knows {host.name}. Ask IT, or paste the "
            "link from Outlook."
        )
    return TeamsEvent(
        meeting=meeting,
        organiser=host,
        organiser_entra_id=host.entra_id,
        transaction=uuid4(),
        wanted_at=now,
        wanted_by=by,
        try_at=now,
    )


@audit.atomic()
def try_again(meeting: Meeting, *, by: StaffMember) -> int:
    """Let Microsoft be asked once more for what has failed; say how many things that is."""
    now = clock.now()
    meeting = change.lock(meeting)
    policy.check_person(policy.Action.REVISE, by.viewer(), selectors.facts(meeting, now))
    failed = TeamsEvent.objects.filter(meeting=meeting, failed_at__isnull=False)
    count = failed.update(**AFRESH, try_at=now)
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
    _look_behind(meeting, by=by, verb="teams_check", now=clock.now())


@audit.atomic()
def set_right(meeting: Meeting, *, by: StaffMember) -> None:
    """Wish that the options of the Teams meeting be set as the policy asks, and read back (P8, P10, P11).

    Raises NotAllowed as for a look.
    """
    now = clock.now()
    _look_behind(meeting, by=by, verb="teams_set_right", now=now)
    TeamsReading.objects.filter(meeting=meeting).update(set_right_at=now)


def _look_behind(meeting: Meeting, *, by: StaffMember, verb: str, now: datetime) -> None:
    """Let the options behind the link be read next, and write down who wished for it."""
    meeting = change.lock(meeting)
    change.move(meeting, policy.Action.CHECK, by=by, now=now)
    if settings.GRAPH is None:
        raise NotAllowed("Microsoft Graph is switched off: look at the meeting options in Teams.")
    if not meeting.join_url:
        raise NotAllowed("There is no Teams link to look behind.")
    wishes.follow(meeting, now=now)
    rows = TeamsReading.objects.filter(meeting=meeting)
    rows.update(asked_at=now, due_at=now, tries=0)
    change.record(meeting, verb, actor=by.actor, now=now)


@audit.atomic()
def catch_up(meeting: Meeting, *, by: System, now: datetime) -> None:
    """Bring the wishes of a call that slipped into line with it."""
    wishes.follow(change.lock(meeting), now=now)


def _hosts(meetings: Sequence[Meeting]) -> dict[int, StaffMember]:
    """Return by call who hosts it."""
    seats = Seat.objects.filter(meeting__in=meetings, role=policy.SeatRole.HOST.value)
    return {seat.meeting_id: seat.staff for seat in seats.select_related("staff__user")}
