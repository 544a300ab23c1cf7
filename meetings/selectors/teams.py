"""What Microsoft last said of the meetings behind calls, and what is still to be done there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q

from meetings import policy
from meetings.models import Meeting, Seat, TeamsEvent, TeamsReading

# So many at once; the next ones in a few seconds.
BATCH = 20
LIVE = (*(status.value for status in policy.PLANNED), policy.Status.OPEN.value)


def teams_facts(meetings: Sequence[Meeting]) -> dict[int, policy.TeamsFacts]:
    """Return what is known of the Teams meetings of these calls; nothing while Graph is off."""
    linked = [one for one in meetings if one.link_digest] if settings.GRAPH else []
    if not linked:
        return {}
    rows = {row.meeting_id: row for row in TeamsReading.objects.filter(meeting__in=linked)}
    return {one.pk: _facts(one, rows.get(one.pk)) for one in linked}


def _facts(meeting: Meeting, row: TeamsReading | None) -> policy.TeamsFacts:
    """Return a reading as the rules see it; one of another link says nothing of this one."""
    if row is None or row.link_digest != meeting.link_digest:
        return policy.TeamsFacts()
    said: dict[str, Any] = row.said
    known = said.get("co_organisers")
    return policy.TeamsFacts(
        read_at=row.read_at,
        fault=row.fault,
        is_known=said.get("is_known"),
        lobby=said.get("lobby", ""),
        dial_in_bypasses=said.get("dial_in_bypasses"),
        presenters=said.get("presenters", ""),
        admitters=said.get("admitters", ""),
        chat=said.get("chat", ""),
        records_itself=said.get("records_itself"),
        has_breakout_rooms=said.get("has_breakout_rooms"),
        kind=said.get("kind", ""),
        co_organisers=None if known is None else frozenset(known),
        is_in_calendar=said.get("is_in_calendar"),
        is_same_link=said.get("is_same_link"),
        event_starts_at=_moment(said.get("event_starts_at")),
        event_ends_at=_moment(said.get("event_ends_at")),
    )


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


@dataclass(frozen=True, kw_only=True)
class TeamsPanel:
    """What the page of a call tells of Microsoft Graph."""

    is_on: bool
    event: TeamsEvent | None = None
    reading: TeamsReading | None = None
    is_host_known: bool = False
    has_link: bool = False

    @property
    def is_under_way(self) -> bool:
        """Tell whether something will be different in a few seconds."""
        is_waiting = self.event is not None and self.event.try_at is not None
        return is_waiting or self.is_reading

    @property
    def is_reading(self) -> bool:
        """Tell whether somebody has asked Microsoft, and there is no answer yet."""
        row = self.reading
        if row is None or not self.has_link or row.due_at is None:
            return False
        return row.tried_at is None or row.asked_at is not None

    @property
    def may_be_created(self) -> bool:
        """Tell whether the button that creates the meeting belongs there."""
        return self.is_on and self.is_host_known and not self.has_link and not self.stands

    @property
    def stands(self) -> bool:
        """Tell whether there is, or is to be, an event: one that is being called off is none."""
        return self.event is not None and self.event.state != policy.EventState.UNWANTED.value


def teams_panel(meeting: Meeting) -> TeamsPanel:
    """Return what the page of a call tells of Microsoft Graph; nothing is asked while it is off."""
    if settings.GRAPH is None:
        return TeamsPanel(is_on=False)
    event = TeamsEvent.objects.filter(meeting=meeting).exclude(
        state=policy.EventState.CANCELLED.value
    )
    reading = TeamsReading.objects.filter(
        meeting=meeting, link_digest=meeting.link_digest or "-"
    ).first()
    return TeamsPanel(
        is_on=True,
        event=event.order_by("-pk").first(),
        reading=reading,
        is_host_known=Seat.objects.filter(
            meeting=meeting, role=policy.SeatRole.HOST.value, staff__entra_id__isnull=False
        ).exists(),
        has_link=bool(meeting.join_url),
    )


def event_made(meeting: Meeting) -> TeamsEvent | None:
    """Return the event of a call in Outlook, where it was made through Graph."""
    return TeamsEvent.objects.standing().filter(meeting=meeting).exclude(event_id="").first()


def organiser_of(meeting: Meeting, made: TeamsEvent | None) -> UUID | None:
    """Return under which id Microsoft knows whose meeting it is: in doubt the host's."""
    if made is not None:
        return made.organiser_entra_id
    seat = Seat.objects.select_related("staff").get(
        meeting=meeting, role=policy.SeatRole.HOST.value
    )
    return seat.staff.entra_id


def events_of_series(meetings: Sequence[Meeting]) -> dict[int, TeamsEvent] | None:
    """Return by call of a series what is wished of Microsoft; nothing while Graph is off."""
    if settings.GRAPH is None or not meetings:
        return None
    rows = TeamsEvent.objects.standing().filter(meeting__in=meetings)
    return {row.meeting_id: row for row in rows}


def teams_events_due(now: datetime) -> list[int]:
    """Return the events with something to do at Microsoft, those that wait longest first."""
    if settings.GRAPH is None:
        return []
    due = TeamsEvent.objects.due(now=now).order_by("try_at", "pk")
    return list(due.values_list("pk", flat=True)[:BATCH])


def teams_readings_due(now: datetime) -> list[int]:
    """Return the readings to be made now, those that wait longest first."""
    if settings.GRAPH is None:
        return []
    due = TeamsReading.objects.due(now=now).order_by("due_at", "pk")
    return list(due.values_list("pk", flat=True)[:BATCH])


def teams_turned(now: datetime) -> list[int]:
    """Return the calls of which the wishes for Microsoft do not say what the call says.

    Every change of a call sees to them itself; this finds what was planned while Graph was off, and
    whatever slipped.
    """
    if settings.GRAPH is None:
        return []
    cancelled = Q(status=policy.Status.CANCELLED.value) & Q(
        teams_events__state__in=[state.value for state in policy.EventState if state not in GONE]
    )
    unread = Q(status__in=LIVE, ends_at__gt=now) & ~Q(link_digest="")
    unread &= Q(teams_reading=None) | ~Q(teams_reading__link_digest=F("link_digest"))
    rows = Meeting.objects.filter(cancelled | unread).order_by("starts_at", "pk")
    return list(dict.fromkeys(rows.values_list("pk", flat=True)[:BATCH]))


GONE = frozenset({policy.EventState.UNWANTED, policy.EventState.CANCELLED})


def said_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a reading as its row keeps it."""
    return {
        name: sorted(value)
        if isinstance(value, frozenset)
        else value.isoformat()
        if isinstance(value, datetime)
        else value
        for name, value in facts.items()
    }
