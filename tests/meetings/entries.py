"""Reading the calendar files that leave with letters."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from icalendar import Calendar

from meetings import services
from meetings.models import Meeting
from school.models import Guardian, StaffMember
from tests.meetings import calls

Mailbox = Callable[[], list[Any]]
WEEK = timedelta(days=7)


def event_in(file: str) -> Any:
    [event] = Calendar.from_ical(file).walk("VEVENT")
    return event


def facts_of(file: str) -> tuple[str, str, int, str]:
    """The method, the name, the number and the standing of the one entry in a file."""
    event = event_in(file)
    method = str(Calendar.from_ical(file)["METHOD"])
    return method, str(event["UID"]), int(event["SEQUENCE"]), str(event["STATUS"])


def files_of(letter: Any) -> list[str]:
    return [part.get_payload(decode=True).decode() for part in letter.attachments]


def files(mailbox: Mailbox, *to: Guardian) -> list[list[str]]:
    """The files of each letter that leaves now to these people."""
    addresses = {person.email for person in to}
    return [files_of(letter) for letter in mailbox() if set(letter.to) & addresses]


def last(mailbox: Mailbox, person: Guardian) -> list[str]:
    return files(mailbox, person)[-1]


def moved(meeting: Meeting, host: StaffMember, **facts: Any) -> Meeting:
    later = {"starts_at": calls.STARTS + WEEK, "ends_at": calls.ENDS + WEEK}
    return services.revise(meeting, by=host, what=calls.as_it_is(meeting, **(later | facts)))
