"""One invitation, as far as a person has to see it."""

import re
import unicodedata
from dataclasses import dataclass, field

from meetings.invitation.joining import links_of
from meetings.invitation.lines import NOTHING, Event, Field, event_of
from meetings.invitation.refusals import InvitationRefusal, InvitationRefused
from meetings.invitation.times import Moment, times_of
from meetings.teams import JoinLink

LONGEST_TITLE = 120
LONGEST_UID = 255
_MAILTO = re.compile(r"mailto:(?P<address>[^\s@]{1,64}@[^\s@]{1,190})", re.IGNORECASE)


@dataclass(frozen=True)
class Organiser:
    """Who made the meeting, as the file says: only they can end it for everybody."""

    address: str
    name: str


@dataclass(frozen=True)
class Invitation:
    """What an invitation says; nothing of it is proved but the tenant in a long link."""

    uid: str = field(repr=False)
    title: str
    starts: Moment
    ends: Moment
    organiser: Organiser | None
    link: JoinLink
    short_link: JoinLink | None
    repeats: bool

    @property
    def knows_zone(self) -> bool:
        """Tell whether its times are certain; otherwise a person is asked."""
        return bool(self.starts.zone and self.ends.zone)


def read_invitation(data: bytes, *, tenant_id: str | None = None) -> Invitation:
    """Return what an Outlook invitation (.ics) says, of a series its first date.

    With the school's tenant, an invitation whose link names another is refused.

    Raises InvitationRefused for every other file.
    """
    event = event_of(data)
    if _plain(event.get("STATUS", NOTHING)).upper() == "CANCELLED":
        raise InvitationRefused(InvitationRefusal.CANCELLED)
    uid = _plain(event.get("UID", NOTHING))
    if not uid or len(uid) > LONGEST_UID:
        raise InvitationRefused(InvitationRefusal.INCOMPLETE)
    starts, ends = times_of(event)
    link, short_link = links_of(event, tenant_id=tenant_id)
    return Invitation(
        uid=uid,
        title=_plain(event.get("SUMMARY", NOTHING))[:LONGEST_TITLE].strip(),
        starts=starts,
        ends=ends,
        organiser=_organiser(event),
        link=link,
        short_link=short_link,
        repeats=bool({"RRULE", "RDATE"} & event.keys()),
    )


def _plain(said: Field) -> str:
    """Return a value as one line, without anything that hides or turns letters round."""
    shown = "".join(
        " " if letter.isspace() else letter
        for letter in said.text
        if letter.isspace() or unicodedata.category(letter)[0] != "C"
    )
    return " ".join(shown.split())


def _organiser(event: Event) -> Organiser | None:
    """Return who made the meeting, or None where no address is named."""
    said = event.get("ORGANIZER", NOTHING)
    match = _MAILTO.fullmatch(_plain(said))
    if match is None:
        return None
    name = _plain(Field(said.param("CN")))[:LONGEST_TITLE]
    return Organiser(address=match["address"].lower(), name=name)
