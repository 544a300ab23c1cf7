"""The calls: create, find, move and cancel an event; find, harden and read its online meeting and its reports."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote
from uuid import UUID

import requests

from meetings.graph import wire
from meetings.graph.faults import GraphFault, Trouble
from meetings.graph.reading import Reading, text
from meetings.teams import JoinLink, LinkKind
from schoolsafe.lib.providers import Graph

# By it an event is found again whose answer never came. `transactionId` keeps a repeated call from
# making a second one, and cannot be asked for; a property of our own can.
MARK = "String {3c1f9a52-6f0e-4f7d-8f5b-5f2d2b7a9c10} Name schoolsafe"
# Without it Graph says `unknownFutureValue` for the newer words of a lobby and for co-organisers.
WHOLE = "include-unknown-enum-members"
IN_UTC = 'outlook.timezone="UTC"'
EVENT_FIELDS = "id,subject,start,end,isCancelled,onlineMeeting,createdDateTime"
LONGEST_ID = 400
LONGEST_LINK = 2000
# A call that everybody leaves and restarts has a report more; Graph keeps the newest fifty.
MOST_REPORTS = 50


@dataclass(frozen=True, kw_only=True)
class Guest:
    """A colleague who is invited. Families never are: they get no Teams address."""

    name: str
    address: str


@dataclass(frozen=True, kw_only=True)
class EventPlan:
    """What stands in Outlook about a call."""

    subject: str
    body: str
    starts_at: datetime
    ends_at: datetime
    guests: tuple[Guest, ...]


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event in the organiser's calendar."""

    id: str
    join_url: str
    starts_at: datetime | None
    ends_at: datetime | None
    is_cancelled: bool
    created_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Options:
    """What of a meeting depends on the call and the school; all else is always set alike."""

    co_organisers: tuple[str, ...]
    records_itself: bool
    # As Graph names it: "disabled", or "limited" to while the call runs.
    chat: str


@dataclass(frozen=True, kw_only=True)
class Listed:
    """An attendance report that there is, and what it is about; one that goes on has no end."""

    id: str
    started_at: datetime | None
    ended_at: datetime | None


class Client:
    """Graph, for one piece of work: it keeps its connection until it is closed.

    Every call raises GraphFault when it was of no use.
    """

    def __init__(self, chosen: Graph) -> None:
        self._chosen = chosen
        self._session = requests.Session()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session.close()

    def create_event(self, organiser: UUID, plan: EventPlan, *, transaction: UUID) -> Event:
        """Put a call into the organiser's calendar, with a Teams meeting; staff are invited."""
        said = self._send(
            "POST",
            f"/users/{organiser}/events",
            doing="create event",
            prefer=IN_UTC,
            body={
                **_planned(plan),
                "body": {"contentType": "text", "content": plan.body},
                "isOnlineMeeting": True,
                "onlineMeetingProvider": "teamsForBusiness",
                "allowNewTimeProposals": False,
                "transactionId": str(transaction),
                "singleValueExtendedProperties": [{"id": MARK, "value": str(transaction)}],
            },
        )
        return _event(said)

    def find_events(self, organiser: UUID, *, transaction: UUID) -> list[Event]:
        """Return what has come of a call to create, the oldest first: nothing, or one event."""
        said = self._send(
            "GET",
            f"/users/{organiser}/events",
            doing="find event",
            prefer=IN_UTC,
            params={
                "$filter": "singleValueExtendedProperties/Any(ep: "
                f"ep/id eq '{MARK}' and ep/value eq '{transaction}')",
                "$select": EVENT_FIELDS,
            },
        )
        events = [_event(one) for one in _listed(said)]
        # One without a date is no older than those that have one.
        return sorted(events, key=lambda one: (one.created_at is None, one.created_at or NEVER))

    def event(self, organiser: UUID, event_id: str) -> Event | None:
        """Return an event as it stands, or None when it is no longer there."""
        try:
            said = self._send(
                "GET",
                _event_path(organiser, event_id),
                doing="read event",
                prefer=IN_UTC,
                params={"$select": EVENT_FIELDS},
            )
        except GraphFault as fault:
            if fault.trouble is Trouble.MISSING:
                return None
            raise
        return _event(said)

    def change_event(self, organiser: UUID, event_id: str, plan: EventPlan) -> None:
        """Move an event or change who is invited. Its text stays: in it is the way into Teams."""
        path = _event_path(organiser, event_id)
        self._send("PATCH", path, doing="change event", body=_planned(plan))

    def cancel_event(self, organiser: UUID, event_id: str) -> None:
        """Call an event off, and let Outlook tell the colleagues; one that is gone is called off."""
        try:
            self._send(
                "POST",
                f"{_event_path(organiser, event_id)}/cancel",
                doing="cancel event",
                body={"comment": "This call will not take place."},
            )
        except GraphFault as fault:
            if fault.trouble is not Trouble.MISSING:
                raise

    def read(self, organiser: UUID, link: JoinLink) -> Reading | None:
        """Return the options of the organiser's meeting behind a link; None when there is none (yet).

        A short link is asked for by its digits: by the link itself some are never found.
        """
        asked = f"JoinWebUrl eq '{link.url}'"
        if link.kind is LinkKind.SHORT:
            asked = f"joinMeetingIdSettings/joinMeetingId eq '{link.meeting_id}'"
        try:
            said = self._send(
                "GET",
                f"/users/{organiser}/onlineMeetings",
                doing="find meeting",
                prefer=WHOLE,
                params={"$filter": asked},
            )
        except GraphFault as fault:
            if fault.trouble is Trouble.MISSING:
                return None
            raise
        found = [Reading.of(one) for one in _listed(said)]
        found = [one for one in found if one.online_id]
        if len(found) > 1:
            raise GraphFault(Trouble.AWAY)
        return found[0] if found else None

    def harden(self, organiser: UUID, online_id: str, options: Options) -> None:
        """Set what the policy asks of a meeting (O4 to O7): lobby, admitting, presenting, chat, recording."""
        self._send(
            "PATCH",
            f"/users/{organiser}/onlineMeetings/{quote(online_id, safe='')}",
            doing="harden meeting",
            prefer=WHOLE,
            body={
                "lobbyBypassSettings": {"scope": "organizer", "isDialInBypassEnabled": False},
                "allowedLobbyAdmitters": "organizerAndCoOrganizers",
                "allowedPresenters": "roleIsPresenter",
                # The whole list each time: who is not in it loses the part.
                "participants": {
                    "attendees": [
                        {"role": "coorganizer", "identity": {"user": {"id": one}}}
                        for one in options.co_organisers
                    ]
                },
                "allowMeetingChat": options.chat,
                "allowParticipantsToChangeName": False,
                "allowBreakoutRooms": False,
                "recordAutomatically": options.records_itself,
            },
        )

    def reports(self, organiser: UUID, online_id: str) -> list[Listed]:
        """Return which attendance reports there are of a meeting, each once, without what is in them.

        None where Teams knows no such meeting.
        """
        try:
            said = self._send("GET", _reports_path(organiser, online_id), doing="list reports")
        except GraphFault as fault:
            if fault.trouble is Trouble.MISSING:
                return []
            raise
        found = {
            pk: Listed(
                id=pk,
                started_at=_parsed(one.get("meetingStartDateTime")),
                ended_at=_parsed(one.get("meetingEndDateTime")),
            )
            for one in _listed(said)
            if (pk := text(one, "id", at_most=LONGEST_ID))
        }
        return list(found.values())[:MOST_REPORTS]

    def report(self, organiser: UUID, online_id: str, report_id: str) -> dict[str, Any]:
        """Return an attendance report with its records, as Graph writes it; empty when it is gone."""
        try:
            return self._send(
                "GET",
                f"{_reports_path(organiser, online_id)}/{quote(report_id, safe='')}",
                doing="read report",
                params={"$expand": "attendanceRecords"},
            )
        except GraphFault as fault:
            if fault.trouble is Trouble.MISSING:
                return {}
            raise

    def _send(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        return wire.send(self._session, self._chosen, method, path, **more)


NEVER = datetime.max.replace(tzinfo=UTC)


def _event_path(organiser: UUID, event_id: str) -> str:
    return f"/users/{organiser}/events/{quote(event_id, safe='')}"


def _reports_path(organiser: UUID, online_id: str) -> str:
    return f"/users/{organiser}/onlineMeetings/{quote(online_id, safe='')}/attendanceReports"


def _planned(plan: EventPlan) -> dict[str, Any]:
    """Return what of an event follows the plan. Nobody sees who else is invited."""
    return {
        "subject": plan.subject,
        "start": _moment(plan.starts_at),
        "end": _moment(plan.ends_at),
        "hideAttendees": True,
        "attendees": [_invited(guest) for guest in plan.guests],
    }


def _invited(guest: Guest) -> dict[str, Any]:
    return {
        "type": "required",
        "emailAddress": {"address": guest.address, "name": guest.name},
    }


def _moment(at: datetime) -> dict[str, str]:
    """Return an instant; Outlook shows it in each person's own time."""
    return {"dateTime": at.astimezone(UTC).replace(tzinfo=None).isoformat(), "timeZone": "UTC"}


def _listed(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the objects of a list; raises GraphFault where there is no list."""
    value = said.get("value")
    if not isinstance(value, list):
        raise GraphFault(Trouble.AWAY)
    rows: Sequence[object] = value
    for one in rows:
        if not isinstance(one, dict):
            raise GraphFault(Trouble.AWAY)
        yield one


def _event(said: dict[str, Any]) -> Event:
    """Read an event; raises GraphFault when it has no id: then nobody knows what was done."""
    event_id = text(said, "id", at_most=LONGEST_ID)
    if not event_id:
        raise GraphFault(Trouble.AWAY)
    online = said.get("onlineMeeting")
    return Event(
        id=event_id,
        join_url=text(online, "joinUrl", at_most=LONGEST_LINK) if isinstance(online, dict) else "",
        starts_at=_instant(said.get("start")),
        ends_at=_instant(said.get("end")),
        is_cancelled=said.get("isCancelled") is True,
        created_at=_parsed(said.get("createdDateTime")),
    )


def _instant(value: object) -> datetime | None:
    """Read a moment in UTC, as we asked for it; in another zone it is not taken."""
    if not isinstance(value, dict) or value.get("timeZone") != "UTC":
        return None
    return _parsed(value.get("dateTime"))


def _parsed(value: object) -> datetime | None:
    """Read a time with up to seven digits behind the second."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
