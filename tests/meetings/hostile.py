"""Files of 5 MB and of the largest that is read, made to take long or much memory."""

from meetings.invitation.lines import LARGEST
from tests.meetings.invitations import calendar, event

HUGE = 5_000_000
MOST = LARGEST - 2000


def filled(start: str, part: str, size: int) -> bytes:
    """Return an invitation of about this size, of which one line is full of one thing."""
    head = calendar(event(without=("DESCRIPTION", "TEAMS"))).decode()
    before, after = head.split("END:VEVENT")
    return f"{before}{start}{part * (size // len(part))}\r\nEND:VEVENT{after}".encode()


# fmt: off
HOSTILE = {
    "5 MB in one line": filled("DESCRIPTION:", "x", HUGE),
    "5 MB of line breaks": b"\n" * HUGE,
    "5 MB of folds": b"BEGIN:VCALENDAR" + b"\n " * (HUGE // 2),
    "5 MB of UTF-16": b"\xff\xfe" + b"B\0" * (HUGE // 2),
    "5 MB of a name": b"X-" + b"a" * HUGE,
    "one address over and over": filled("DESCRIPTION:", "https://teams.a/ ", MOST),
    "escapes of HTML": filled("X-ALT-DESC:", "&amp;", MOST),
    "numbers of HTML": filled("X-ALT-DESC:", "&#9999999999;", MOST),
    "parameters": filled("DESCRIPTION;X=", "a;", MOST),
    "values of a parameter": filled("DESCRIPTION;X=", "a,", MOST),
    "spaces in a parameter": filled("DESCRIPTION;X=", " ", MOST),
    "backslashes": filled('DESCRIPTION;X="', "\\", MOST),
    "rules of a series": filled("X-A:", "\r\nRRULE:FREQ=SECONDLY", MOST),
    "folds inside": filled("X-A:", "\r\n ", MOST),
    "letters turned round": filled("SUMMARY:", "\u202e", MOST // 3),
    "a length without end": filled("DURATION:P", "9", MOST),
    "alarms": filled("X-A:", "\r\nBEGIN:VALARM\r\nEND:VALARM", MOST),
    "ten thousand addresses": filled("DESCRIPTION:", "".join(f"https://teams.{n}/ " for n in range(11000)), MOST),
}
# fmt: on
