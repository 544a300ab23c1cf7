"""The lines of the one meeting in a calendar file, out of whatever bytes were given."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from icalendar import Parameters
from icalendar.parser import Contentline, Contentlines
from icalendar.parser.property import unescape_backslash

from meetings.invitation.refusals import InvitationRefusal, InvitationRefused

# Outlook's own are below 20 KB; what is larger carries pictures or means harm.
LARGEST = 256 * 1024
DEEPEST = 16

_OUTLOOK_ITEM = bytes.fromhex("d0cf11e0a1b11ae1")
# The names of fields that only the head of an e-mail has.
_MAIL = re.compile(
    rb"\s*(?:received|return-path|mime-version|x-[a-z0-9-]+|from|to|date|message-id|"
    rb"content-type|subject|delivered-to|authentication-results|arc-[a-z-]+)[ \t]*:",
    re.IGNORECASE,
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = ((b"B\0E\0", "utf-16-le"), (b"\0B\0E", "utf-16-be"))
_WANTED = frozenset(
    {
        "DESCRIPTION",
        "DTEND",
        "DTSTART",
        "DURATION",
        "LOCATION",
        "ORGANIZER",
        "RDATE",
        "RECURRENCE-ID",
        "RRULE",
        "STATUS",
        "SUMMARY",
        "UID",
        "X-ALT-DESC",
        "X-MICROSOFT-SKYPETEAMSMEETINGURL",
    }
)
# A meeting may come again by several rules; everything else in it is said once.
_REPEATING = frozenset({"RRULE", "RDATE"})
_NAME_ENDS = re.compile("[:;]")
_CALENDAR, _EVENT = ["VCALENDAR"], ["VCALENDAR", "VEVENT"]
_ANSWERS = frozenset({"REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH"})


@dataclass(frozen=True)
class Field:
    """One line: its value as it stands in the file, and what is said about it."""

    raw: str = ""
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Return the value without its escapes."""
        return str(unescape_backslash(self.raw))

    def param(self, name: str) -> str:
        """Return one parameter, or "" where it is missing or holds several values."""
        value = self.params.get(name)
        return value if isinstance(value, str) else ""


Event = dict[str, Field]
NOTHING = Field()


def event_of(data: bytes) -> Event:
    """Return the lines of the one meeting in a file.

    Raises InvitationRefused for any other bytes.
    """
    found = _File()
    for line in Contentlines.from_ical(_decoded(data)):  # type: ignore[no-untyped-call]
        found.take(line)
    if found.inside:
        raise InvitationRefused(InvitationRefusal.DAMAGED)
    return _the_one(found.events)


def _decoded(data: bytes) -> str:
    """Return the file as text, if it is a calendar file."""
    if data.startswith(_OUTLOOK_ITEM):
        raise InvitationRefused(InvitationRefusal.OUTLOOK_ITEM)
    if _MAIL.match(data[:400]):
        raise InvitationRefused(InvitationRefusal.MAIL)
    if len(data) > LARGEST:
        raise InvitationRefused(InvitationRefusal.TOO_LARGE)
    for mark, coding in _MARKS:
        if data.startswith(mark):
            return _calendar_text(data[len(mark) :], coding)
    for start, coding in _UNMARKED:
        if data.startswith(start):
            return _calendar_text(data, coding)
    return _calendar_text(data, "utf-8")


def _calendar_text(data: bytes, coding: str) -> str:
    try:
        text = data.decode(coding).strip()
    except UnicodeDecodeError as fault:
        is_calendar = data.lstrip()[:15].upper() == b"BEGIN:VCALENDAR"
        reason = InvitationRefusal.UNREADABLE if is_calendar else InvitationRefusal.NOT_A_CALENDAR
        raise InvitationRefused(reason) from fault
    if text[:15].upper() != "BEGIN:VCALENDAR":
        raise InvitationRefused(InvitationRefusal.NOT_A_CALENDAR)
    if "\0" in text:
        raise InvitationRefused(InvitationRefusal.UNREADABLE)
    return text


class _File:
    """A file while it is read, line by line: what lies deeper than its meetings is passed over unread.

    So are alarms, attachments and the file's own idea of a time zone.
    """

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.events: list[Event] = []

    def take(self, line: Contentline) -> None:
        """Take the next line in."""
        name = _NAME_ENDS.split(line, maxsplit=1)[0].strip().upper()
        if name == "BEGIN":
            self._begin(_named(line))
        elif name == "END":
            self._end(_named(line))
        elif name == "METHOD" and self.inside == _CALENDAR:
            _check_method(_named(line))
        elif name in _WANTED and self.inside == _EVENT:
            _keep(self.events[-1], name, line)

    def _begin(self, what: str) -> None:
        self.inside.append(what)
        if len(self.inside) > DEEPEST:
            raise InvitationRefused(InvitationRefusal.DAMAGED)
        if self.inside == _EVENT:
            self.events.append({})

    def _end(self, what: str) -> None:
        if not self.inside or self.inside.pop() != what:
            raise InvitationRefused(InvitationRefusal.DAMAGED)


def _named(line: str) -> str:
    """Return what stands behind the colon of a line without parameters."""
    return line.partition(":")[2].strip().upper()


def _keep(event: Event, name: str, line: Contentline) -> None:
    """Add a line to its meeting; one that differs from what was said before is refused."""
    try:
        _, params, raw = line.raw_parts()
    except ValueError as fault:
        raise InvitationRefused(InvitationRefusal.DAMAGED) from fault
    found = Field(raw, _upper(params))
    if event.setdefault(name, found) != found and name not in _REPEATING:
        raise InvitationRefused(InvitationRefusal.SAID_TWICE)


def _upper(params: Parameters) -> dict[str, object]:
    return {str(name).upper(): value for name, value in params.items()}


def _check_method(method: str) -> None:
    """Refuse what is not the invitation itself."""
    if method == "CANCEL":
        raise InvitationRefused(InvitationRefusal.CANCELLED)
    if method in _ANSWERS:
        raise InvitationRefused(InvitationRefusal.AN_ANSWER)


def _the_one(events: list[Event]) -> Event:
    """Return the one meeting, or of a series the one that its dates follow."""
    if not events:
        raise InvitationRefused(InvitationRefusal.NO_EVENT)
    if len(events) == 1:
        return events[0]
    masters = [event for event in events if "RECURRENCE-ID" not in event]
    names = {event.get("UID", NOTHING).raw for event in events}
    if len(masters) != 1 or len(names) != 1:
        raise InvitationRefused(InvitationRefusal.SEVERAL_EVENTS)
    return masters[0]
