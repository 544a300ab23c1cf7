"""The rows of what is wished of Microsoft for a call, kept in line with every change of it.

A web request never waits for Microsoft. The sweep reads these rows and goes there (`outlook`,
`readings`, `searches`).
"""

import hashlib
from datetime import datetime

from django.conf import settings

from meetings import policy, selectors
from meetings.graph import EventPlan, Guest, Options
from meetings.models import Meeting, ReportSearch, Seat, TeamsEvent, TeamsReading
from school.selectors import school

State = policy.EventState
# A call that is over, or is being called off, is told no more.
FOLLOWS = frozenset(status.value for status in policy.PLANNED)
READ = FOLLOWS | {policy.Status.OPEN.value}
# The link of these has been kept.
ONCE_HARDENED = frozenset({State.HARDENED.value, State.CHANGED.value})
BODY = "Planned in schoolsafe. Colleagues only: families come in by a link of their own."


def follow(meeting: Meeting, *, now: datetime) -> None:
    """Let the wishes of a call say what the call says, whatever has changed; its row is locked.

    Part of the service that changed it.
    """
    if settings.GRAPH is None:
        return
    event = TeamsEvent.objects.standing().filter(meeting=meeting).first()
    if event is not None:
        _follow_event(event, meeting, now=now)
    if meeting.join_url:
        _follow_reading(meeting, now=now)
    _follow_searches(meeting, now=now)


def _follow_event(event: TeamsEvent, meeting: Meeting, *, now: datetime) -> None:
    """Call off what is not wanted any more, and let Outlook know what has changed."""
    if meeting.status == policy.Status.CANCELLED.value:
        unwant(event, now=now)
    elif event.state == State.WANTED.value and meeting.join_url:
        # Somebody has pasted a link meanwhile: two meetings would be one too many.
        unwant(event, now=now)
    elif event.state in ONCE_HARDENED and not meeting.join_url:
        # Its link was taken off, for it had leaked: nobody is to meet there.
        unwant(event, now=now)
    elif _is_behind(event, meeting):
        event.state = State.CHANGED.value
        event.try_at, event.tries = now, 0
        event.save(update_fields=["state", "try_at", "tries"])


def _is_behind(event: TeamsEvent, meeting: Meeting) -> bool:
    """Tell whether Outlook says something else of a call than the plan."""
    is_done = event.state == State.HARDENED.value and meeting.status in FOLLOWS
    return is_done and event.sent != sent_of(meeting)


def unwant(event: TeamsEvent, *, now: datetime) -> None:
    """Wish that an event be called off, or never come to be."""
    event.state = State.UNWANTED.value
    event.try_at, event.tries = now, 0
    event.failed_at, event.fault = None, ""
    event.save(update_fields=["state", "try_at", "tries", "failed_at", "fault"])


def _follow_reading(meeting: Meeting, *, now: datetime) -> None:
    """Say when the options behind the link of now are to be read next."""
    row = TeamsReading.objects.filter(meeting=meeting).first()
    if row is None or row.link_digest != meeting.link_digest:
        # What was read of another link is about another meeting.
        fresh = TeamsReading(meeting=meeting, link_digest=meeting.link_digest)
        fresh.pk, fresh.turn = (row.pk, row.turn + 1) if row else (None, 0)
        fresh.due_at = due_at(fresh, meeting, now=now)
        fresh.save()
        return
    due = due_at(row, meeting, now=now)
    if due != row.due_at:
        TeamsReading.objects.filter(pk=row.pk).update(due_at=due)


def due_at(row: TeamsReading, meeting: Meeting, *, now: datetime) -> datetime | None:
    """Return when a call's Teams meeting is to be read next."""
    if meeting.status not in READ:
        return None
    due = policy.next_reading(
        starts_at=meeting.starts_at,
        opened_at=meeting.opened_at if meeting.status == policy.Status.OPEN.value else None,
        last=row.tried_at,
        now=now,
    )
    # A try that failed has a time of its own, and is not put off by a change of the call.
    again = row.due_at if row.tries and row.due_at else None
    return min([at for at in (due, again, now if row.asked_at else None) if at], default=None)


def _follow_searches(meeting: Meeting, *, now: datetime) -> None:
    """Say when Teams is asked for its reports of the meeting behind the link.

    A link that was replaced before the door was open leads to a meeting that is none of ours; a later
    one is a second meeting of the same call.
    """
    rows = ReportSearch.objects.filter(meeting=meeting)
    if meeting.opened_at is None:
        rows.exclude(link_digest=meeting.link_digest or "-").delete()
    known = {row.link_digest: row for row in rows}
    if meeting.link_digest and meeting.link_digest not in known:
        fresh = _search(meeting)
        known |= {meeting.link_digest: fresh} if fresh else {}
    for row in known.values():
        due = search_due_at(row, meeting, now=now)
        if due != row.due_at:
            ReportSearch.objects.filter(pk=row.pk).update(due_at=due)


def _search(meeting: Meeting) -> ReportSearch | None:
    """Begin a search, once Microsoft has said which meeting is behind the link."""
    reading = TeamsReading.objects.filter(meeting=meeting, link_digest=meeting.link_digest).first()
    if reading is None or not reading.online_id:
        return None
    who = selectors.organiser_of(meeting, selectors.event_made(meeting))
    if who is None:
        return None
    return ReportSearch.objects.create(
        meeting=meeting,
        link_digest=meeting.link_digest,
        organiser_entra_id=who,
        online_id=reading.online_id,
    )


def search_due_at(row: ReportSearch, meeting: Meeting, *, now: datetime) -> datetime | None:
    """Return when Teams is asked next for its reports of a call."""
    if meeting.status == policy.Status.CANCELLED.value:
        return None
    over_at = policy.over_at(ends_at=meeting.ends_at, ended_at=meeting.ended_at)
    due = policy.next_search(over_at=over_at, last=row.tried_at, now=now)
    # A try that failed has a time of its own, and is not put off by a change of the call.
    again = row.due_at if row.tries and row.due_at else None
    return min([at for at in (due, again) if at], default=None)


def planned_event(meeting: Meeting) -> EventPlan:
    """Return what Outlook is told of a call: colleagues are invited, families never."""
    seats = Seat.objects.filter(meeting=meeting).exclude(role=policy.SeatRole.HOST.value)
    people = [seat.staff for seat in seats.select_related("staff__user").order_by("pk")]
    return EventPlan(
        subject=meeting.title,
        body=BODY,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        guests=tuple(Guest(name=one.name, address=one.email) for one in people if one.email),
    )


def co_organisers(meeting: Meeting) -> tuple[str, ...]:
    """Return under which ids Microsoft knows the other adults: a reserve may have to take over (E58)."""
    seats = Seat.objects.filter(meeting=meeting, staff__entra_id__isnull=False)
    seats = seats.exclude(role=policy.SeatRole.HOST.value).order_by("pk")
    return tuple(str(found) for found in seats.values_list("staff__entra_id", flat=True))


def options_for(meeting: Meeting) -> Options:
    """Return what of a Teams meeting depends on its call and its school."""
    return Options(
        co_organisers=co_organisers(meeting),
        records_itself=meeting.is_recorded,
        chat=school().teams_chat,
    )


def sent_of(meeting: Meeting) -> str:
    """Return what tells whether Outlook and Teams know of a call as it stands."""
    plan = planned_event(meeting)
    times = (plan.starts_at.timestamp(), plan.ends_at.timestamp())
    told = (plan.subject, times, plan.guests, co_organisers(meeting), meeting.is_recorded)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def rest(*, until: datetime, now: datetime) -> None:
    """Leave Microsoft in peace for a moment: who does not answer one call does not answer the next."""
    TeamsEvent.objects.due(now=now).update(try_at=until)
    TeamsReading.objects.due(now=now).update(due_at=until)
    ReportSearch.objects.due(now=now).update(due_at=until)
