"""Invitations as Outlook writes them, and others, line by line."""

from datetime import datetime
from typing import Any

from meetings.forms import Reading
from meetings.invitation import Organiser
from tests.meetings import calls
from tests.meetings.test_teams import CLASSIC, ORGANISER, SHORT, TENANT

UID = "040000008200E00074C5B7101A82E00800000000A1B2C3D4"
DESCRIPTION = (
    "Bring a pencil\\, please.\\n\\n________________\\nMicrosoft Teams meeting\\n"
    f"Meeting options: https://teams.microsoft.com/meetingOptions/?organizerId={ORGANISER}\\n"
    f"Join: {SHORT}\\nMeeting ID: 385 123 456 789 0\\nPasscode: xY7zK2\\n"
    "Need help? <https://aka.ms/JoinTeamsMeeting?omkt=en-GB>\\n"
    f"System reference: {CLASSIC}\\n"
)

LINES = {
    "UID": f"UID:{UID}",
    "SUMMARY": "SUMMARY;LANGUAGE=en-GB:Reading group\\, Year 5",
    "DTSTART": "DTSTART;TZID=GMT Standard Time:20260915T140000",
    "DTEND": "DTEND;TZID=GMT Standard Time:20260915T143000",
    "ORGANIZER": 'ORGANIZER;CN="Okoro, Ada":mailto:A.Okoro@school.example',
    "LOCATION": "LOCATION;LANGUAGE=en-GB:Microsoft Teams Meeting",
    "SEQUENCE": "SEQUENCE:0",
    "DESCRIPTION": f"DESCRIPTION;LANGUAGE=en-GB:{DESCRIPTION}",
    "TEAMS": f"X-MICROSOFT-SKYPETEAMSMEETINGURL:{CLASSIC}",
    "UPDATE": (
        "X-MICROSOFT-SCHEDULINGSERVICEUPDATEURL:https://api.scheduler.teams.microsoft.com/teams/"
        f"{TENANT}/{ORGANISER}/19_meeting_abc@thread.v2/0"
    ),
    "PROPERTIES": (
        'X-MICROSOFT-SKYPETEAMSPROPERTIES:{"cid":"19:meeting_abc@thread.v2"\\,"rid":0\\,"private":true}'
    ),
}
ALARM = ("BEGIN:VALARM", "TRIGGER:-PT15M", "DESCRIPTION:REMINDER", "ACTION:DISPLAY", "END:VALARM")


def zone(name: str, offset: str = "+0000") -> tuple[str, ...]:
    """Return a file's own definition of a time zone."""
    return (
        "BEGIN:VTIMEZONE",
        f"TZID:{name}",
        "BEGIN:STANDARD",
        "DTSTART:16010101T020000",
        f"TZOFFSETFROM:{offset}",
        f"TZOFFSETTO:{offset}",
        "END:STANDARD",
        "END:VTIMEZONE",
    )


def event(*more: str, without: tuple[str, ...] = (), **lines: str) -> tuple[str, ...]:
    """Return one meeting with some of its lines changed, left out or added."""
    kept = {name: line for name, line in (LINES | lines).items() if name not in without}
    return ("BEGIN:VEVENT", *kept.values(), *more, "END:VEVENT")


def calendar(*parts: tuple[str, ...], method: str = "REQUEST") -> bytes:
    """Return a whole file, folded as Outlook folds."""
    lines = ["BEGIN:VCALENDAR", f"METHOD:{method}", "PRODID:Microsoft Exchange Server 2010"]
    lines += ["VERSION:2.0", *(line for part in parts for line in part), "END:VCALENDAR"]
    return "".join(f"{folded(line)}\r\n" for line in lines).encode()


def folded(line: str) -> str:
    """Fold a line at 74 characters."""
    return "\r\n ".join(line[start : start + 74] for start in range(0, max(len(line), 1), 74))


def invitation(*more: str, without: tuple[str, ...] = (), **lines: str) -> bytes:
    """Return an invitation as the service of Exchange writes it, with some lines changed."""
    return calendar(zone("GMT Standard Time"), event(*more, *ALARM, without=without, **lines))


def of_call(
    starts: datetime, ends: datetime, *more: str, link: str = calls.LINK, **lines: Any
) -> bytes:
    """Return an invitation of the school's own, with a link and times."""
    facts = {
        "TEAMS": f"X-MICROSOFT-SKYPETEAMSMEETINGURL:{link}",
        "DESCRIPTION": "DESCRIPTION:Bring a pencil",
        "DTSTART": f"DTSTART:{starts:%Y%m%dT%H%M%SZ}",
        "DTEND": f"DTEND:{ends:%Y%m%dT%H%M%SZ}",
    }
    return invitation(*more, **(facts | lines))


def invited(link: str, **facts: Any) -> Reading:
    """Return what a page keeps of an invitation that was read."""
    standing: dict[str, Any] = {
        "title": "Reading",
        "starts_at": calls.STARTS,
        "ends_at": calls.ENDS,
        "zone": "Europe/London",
        "organiser": Organiser(address="a.okoro@school.example", name="Ada"),
        "link": link,
        "proves_tenant": True,
        "repeats": False,
    }
    return Reading(**(standing | facts))
