"""When a meeting is, as its invitation says it: the wall clock, and in which zone."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.error import InvalidCalendar
from icalendar.prop import vDuration
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from meetings.invitation.lines import Event, Field
from meetings.invitation.refusals import InvitationRefusal, InvitationRefused

FIRST_YEAR, LAST_YEAR = 2000, 2100
LONGEST = timedelta(days=1)
UTC = "UTC"

_AT = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)", re.ASCII)
_DAY = re.compile(r"\d{8}", re.ASCII)
_WINDOWS = {name.casefold(): zone for name, zone in WINDOWS_TO_OLSON.items()}
_OUTLOOK_UTC = "tzone://microsoft/utc"
# Names of the machine's own zone or of none at all.
_NOWHERE = frozenset({"Factory", "localtime"})


@dataclass(frozen=True)
class Moment:
    """A date and a time on a wall clock; its zone is "" where the file names none that is known."""

    wall: datetime
    zone: str

    def at(self, otherwise: ZoneInfo) -> datetime:
        """Return the instant; where the zone is not known, by the clock that a person has named.

        A time that the spring clock change skips is moved forward; one that the autumn change
        repeats means its first occurrence (E67).
        """
        zone = ZoneInfo(self.zone) if self.zone else otherwise
        return datetime.fromtimestamp(self.wall.replace(tzinfo=zone).timestamp(), tz=zone)


def times_of(event: Event) -> tuple[Moment, Moment]:
    """Return start and end of a meeting.

    Raises InvitationRefused where one is missing, is a whole day, or cannot be.
    """
    if "DTSTART" not in event or not ({"DTEND", "DURATION"} & event.keys()):
        raise InvitationRefused(InvitationRefusal.INCOMPLETE)
    if {"DTEND", "DURATION"} <= event.keys():
        raise InvitationRefused(InvitationRefusal.SAID_TWICE)
    start = _moment(event["DTSTART"])
    end = _moment(event["DTEND"]) if "DTEND" in event else _after(start, event["DURATION"])
    if bool(start.zone) != bool(end.zone):
        # One of two clocks is not known: so is the length of the meeting.
        start, end = Moment(start.wall, ""), Moment(end.wall, "")
    _check(start, end)
    return start, end


def _moment(said: Field) -> Moment:
    """Read one time; a name of a zone that nobody knows leaves it open."""
    if said.param("VALUE").upper() == "DATE" or _DAY.fullmatch(said.raw.strip()):
        raise InvitationRefused(InvitationRefusal.ALL_DAY)
    match = _AT.fullmatch(said.raw.strip())
    if match is None:
        raise InvitationRefused(InvitationRefusal.IMPOSSIBLE_TIMES)
    *numbers, utc = match.groups()
    year, month, day, hour, minute, second = (int(number) for number in numbers)
    try:
        wall = datetime.combine(date(year, month, day), time(hour, minute, second))
    except ValueError as fault:
        raise InvitationRefused(InvitationRefusal.IMPOSSIBLE_TIMES) from fault
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvitationRefused(InvitationRefusal.IMPOSSIBLE_TIMES)
    return Moment(wall, _zone(said, is_utc=bool(utc)))


def _zone(said: Field, *, is_utc: bool) -> str:
    """Return the zone of a time by its name alone, never by what the file says the name means."""
    name = zone_named(said.param("TZID"))
    if is_utc and said.params.get("TZID") and name != UTC:
        raise InvitationRefused(InvitationRefusal.SAID_TWICE)
    return UTC if is_utc else name


def zone_named(name: str) -> str:
    """Return the zone that a name of Windows or of the world's own list stands for, or ""."""
    name = name.strip().strip('"')
    if name.casefold() == _OUTLOOK_UTC:
        return UTC
    zone = _WINDOWS.get(name.casefold(), name)
    if zone in {"Etc/UTC", "Etc/GMT", "Z"}:
        return UTC
    return zone if zone in _zones() else ""


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    """Return every zone there is: read from the disk once."""
    return frozenset(available_timezones()) - _NOWHERE


def _after(start: Moment, length: Field) -> Moment:
    """Return the end of a meeting that says how long it lasts."""
    try:
        lasts = vDuration.from_ical(length.raw.strip())  # type: ignore[no-untyped-call]
        if not start.zone:
            return Moment(start.wall + lasts, "")
        # Half an hour is half an hour, also while the clock changes.
        zone = ZoneInfo(start.zone)
        end = (_instant(start) + lasts).astimezone(zone)
        return Moment(end.replace(tzinfo=None), start.zone)
    except (InvalidCalendar, ValueError, OverflowError) as fault:
        raise InvitationRefused(InvitationRefusal.IMPOSSIBLE_TIMES) from fault


def _instant(moment: Moment) -> datetime:
    """Return a time as one that can be counted with: two of one zone are told apart by their walls."""
    return moment.at(ZoneInfo(UTC)).astimezone(ZoneInfo(UTC))


def _check(start: Moment, end: Moment) -> None:
    """Refuse a meeting that ends before it starts, or lasts for days."""
    try:
        lasts = _instant(end) - _instant(start)
    except (OverflowError, ValueError) as fault:
        raise InvitationRefused(InvitationRefusal.IMPOSSIBLE_TIMES) from fault
    if lasts <= timedelta(0):
        raise InvitationRefused(InvitationRefusal.IMPOSSIBLE_TIMES)
    if lasts > LONGEST:
        raise InvitationRefused(InvitationRefusal.ALL_DAY)
