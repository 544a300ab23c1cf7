"""A call as an entry in somebody's calendar, as a file that any calendar program takes (E40, E67).

An entry is published, not requested: nobody is listed on it and nobody is asked to answer it. The same
name with a higher number takes the place of the entry before; a cancelled one takes it out.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from icalendar import (
    Calendar,
    Event,
    Timezone,
    TimezoneDaylight,
    TimezoneStandard,
    vCalAddress,
    vRecur,
    vUri,
)

ZONE = ZoneInfo("Europe/London")
MAKER = "-//schoolsafe//Video calls//EN"
_HOUR = timedelta(hours=1)
# Neither is ever so long that its line would be broken.
_UID, _NUMBER = re.compile(r"^UID:(\S+)", re.M), re.compile(r"^SEQUENCE:(\d+)", re.M)


class Standing(StrEnum):
    """How certain an entry is, in the words of the format."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"

    @property
    def method(self) -> str:
        """Return what a calendar program does with the file."""
        return "CANCEL" if self is Standing.CANCELLED else "PUBLISH"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One person's entry for one call.

    `url` is a page of ours, never the Teams address. `number` rises with every change.
    """

    uid: str
    number: int
    title: str
    words: str
    url: str
    starts_at: datetime
    ends_at: datetime
    written_at: datetime
    school: str
    school_email: str
    standing: Standing = Standing.CONFIRMED

    @property
    def file(self) -> str:
        """Return the entry as a calendar file."""
        return file_of([self], method=self.standing.method)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a file of ours made of an entry: its number, and whether it took the entry out."""

    number: int
    is_out: bool


def told_in(file: str) -> tuple[str, Told]:
    """Return the name of the one entry in a file of ours, and what the file made of it."""
    uid, number = _UID.search(file), _NUMBER.search(file)
    is_out = f"METHOD:{Standing.CANCELLED.method}" in file
    return (
        uid.group(1) if uid else "",
        Told(number=int(number.group(1)) if number else 0, is_out=is_out),
    )


def uid_of(calendar_id: UUID, *whose: object) -> str:
    """Return the name of one person's entry for a call: always the same, and nobody else's."""
    return str(uuid5(calendar_id, ":".join(str(part) for part in whose)))


def file_of(entries: list[Entry], *, method: str, name: str = "") -> str:
    """Return a calendar file with these entries."""
    calendar = Calendar()
    calendar.add("PRODID", MAKER)
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", method)
    if name:
        calendar.add("NAME", name)
        calendar.add("X-WR-CALNAME", name)
    calendar.add_component(_zone())
    for entry in entries:
        calendar.add_component(_event(entry))
    written: bytes = calendar.to_ical()
    return written.decode()


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("UID", entry.uid)
    event.add("SEQUENCE", entry.number)
    event.add("DTSTAMP", entry.written_at.astimezone(ZoneInfo("UTC")).replace(microsecond=0))
    event.add("DTSTART", entry.starts_at.astimezone(ZONE).replace(microsecond=0))
    event.add("DTEND", entry.ends_at.astimezone(ZONE).replace(microsecond=0))
    event.add("SUMMARY", entry.title)
    event.add("DESCRIPTION", entry.words)
    event.add("STATUS", entry.standing.value)
    # Who shares a calendar with others shows them that there is something, and not what.
    event.add("CLASS", "PRIVATE")
    organiser = vCalAddress(f"mailto:{entry.school_email}")
    organiser.params["CN"] = entry.school.replace('"', "'")
    event.add("ORGANIZER", organiser)
    if entry.url:
        event.add("LOCATION", entry.url)
        event.add("URL", vUri(entry.url))
    return event


def _zone() -> Timezone:
    """Return the rule of London's clock as every calendar program knows it (E67).

    Two rules, not the list of dates that the library would write: Outlook takes no other.
    """
    zone = Timezone()
    zone.add("TZID", ZONE.key)
    for kind, name, onset, month, before, after in (
        (
            TimezoneDaylight,
            "BST",
            datetime.combine(date(1970, 3, 29), time(1)),
            3,
            0 * _HOUR,
            _HOUR,
        ),
        (
            TimezoneStandard,
            "GMT",
            datetime.combine(date(1970, 10, 25), time(2)),
            10,
            _HOUR,
            0 * _HOUR,
        ),
    ):
        rule = kind()
        rule.add("TZNAME", name)
        rule.add("DTSTART", onset)
        rule.add("RRULE", vRecur(FREQ="YEARLY", BYMONTH=month, BYDAY="-1SU"))
        rule.add("TZOFFSETFROM", before)
        rule.add("TZOFFSETTO", after)
        zone.add_component(rule)
    return zone
