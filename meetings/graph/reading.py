"""An online meeting as Graph describes it, taken apart: every word may be missing or of another kind."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Where the organiser changes the options of a meeting; never a place that an answer could make up.
OPTIONS_HOSTS = frozenset({"teams.microsoft.com", "teams.cloud.microsoft"})
# No word of Graph's is longer; what comes from outside is kept short.
LONGEST_WORD = 60
LONGEST_PAGE = 2000


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The options of a Teams meeting in Microsoft's words; empty or None where it says nothing."""

    online_id: str = ""
    lobby: str = ""
    dial_in_bypasses: bool | None = None
    presenters: str = ""
    admitters: str = ""
    chat: str = ""
    records_itself: bool | None = None
    has_breakout_rooms: bool | None = None
    kind: str = ""
    co_organisers: frozenset[str] | None = None
    options_url: str = ""

    @classmethod
    def of(cls, said: dict[str, Any]) -> "Reading":
        """Read an onlineMeeting."""
        lobby = said.get("lobbyBypassSettings")
        lobby = lobby if isinstance(lobby, dict) else {}
        return cls(
            online_id=text(said, "id", at_most=400),
            lobby=word(lobby, "scope"),
            dial_in_bypasses=yes_or_no(lobby, "isDialInBypassEnabled"),
            presenters=word(said, "allowedPresenters"),
            admitters=word(said, "allowedLobbyAdmitters"),
            chat=word(said, "allowMeetingChat"),
            records_itself=yes_or_no(said, "recordAutomatically"),
            has_breakout_rooms=yes_or_no(said, "allowBreakoutRooms"),
            kind=word(said, "meetingType"),
            co_organisers=_co_organisers(said.get("participants")),
            options_url=options_page(said.get("meetingOptionsWebUrl")),
        )


def text(said: dict[str, Any], name: str, *, at_most: int) -> str:
    """Return a text, or nothing where there is none of that length."""
    value = said.get(name)
    return value if isinstance(value, str) and len(value) <= at_most else ""


def word(said: dict[str, Any], name: str) -> str:
    """Return a word of an enumeration; some answers begin it with a capital."""
    value = text(said, name, at_most=LONGEST_WORD)
    return value[:1].lower() + value[1:]


def yes_or_no(said: dict[str, Any], name: str) -> bool | None:
    """Return a yes or a no, or None for anything else: 1 and "false" are neither."""
    value = said.get(name)
    return value if isinstance(value, bool) else None


def options_page(value: object) -> str:
    """Return the address of a meeting's options, if it is one of Teams."""
    if not isinstance(value, str) or len(value) > LONGEST_PAGE:
        return ""
    try:
        parts = urlsplit(value)
        is_teams = parts.scheme == "https" and parts.netloc in OPTIONS_HOSTS
    except ValueError:
        return ""
    return value if is_teams and parts.path.lower().startswith("/meetingoptions") else ""


def _co_organisers(participants: object) -> frozenset[str] | None:
    """Return the object ids of the co-organisers; None where Graph does not list who is invited."""
    attendees = participants.get("attendees") if isinstance(participants, dict) else None
    if not isinstance(attendees, list):
        return None
    return frozenset(
        found
        for one in attendees
        if isinstance(one, dict) and word(one, "role") == "coorganizer" and (found := _who(one))
    )


def _who(attendee: dict[str, Any]) -> str:
    """Return under which id Microsoft knows somebody."""
    identity = attendee.get("identity")
    user = identity.get("user") if isinstance(identity, dict) else None
    found = text(user, "id", at_most=36).lower() if isinstance(user, dict) else ""
    return found if GUID.fullmatch(found) else ""
