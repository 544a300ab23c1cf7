"""What is fed with any bytes: each target returns quietly, or something is wrong with what it calls.

To add one: a function that takes bytes and lets nothing through but a value or a named refusal.
"""

import unicodedata
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from meetings.attendance import (
    Expected,
    ExpectedPupil,
    Interval,
    Plan,
    Report,
    ReportRefused,
    read_report,
    reconcile,
)
from meetings.invitation import LONGEST_TITLE, InvitationRefused, read_invitation
from meetings.teams import LinkRefused, parse_join_link

LONDON = ZoneInfo("Europe/London")
# The day of the samples, and the one on which an hour is twice.
DAYS = (date(2026, 9, 22), date(2026, 10, 25))
NOON = datetime(2026, 10, 25, 12, tzinfo=UTC)
PLAN = Plan(
    booked=Interval(NOON, NOON),
    opened=NOON,
    ended=NOON,
    staff=(Expected(key="staff-1", name="Helen Host", addresses=("h@school.example",)),),
    pupils=(ExpectedPupil(key="pupil-1", name="Poppy Pupil", addresses=("p@school.example",)),),
    recording_promised=True,
    recording_made=False,
)


def report(data: bytes) -> None:
    """Read a report as of either day and hold it against a plan."""
    for day in DAYS:
        with suppress(ReportRefused):
            _check(read_report(data, day=day, tz=LONDON))


def _check(found: Report) -> None:
    keys = [attendee.key for attendee in found.attendees]
    assert keys
    assert len(keys) == len(set(keys))
    assert found.started <= found.ended
    for attendee in found.attendees:
        assert attendee.intervals == tuple(sorted(attendee.intervals))
        assert not any(map(_is_hidden, attendee.name))
    for finding in reconcile(found, PLAN).findings:
        assert 0 <= finding.certain_seconds <= finding.seconds
        assert finding.seconds == (finding.end - finding.start).total_seconds()


def _is_hidden(letter: str) -> bool:
    """Tell whether a letter is not seen, or turns others round; two of them shape letters in Persian."""
    return unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") and letter not in "\u200c\u200d"


def join_link(data: bytes) -> None:
    """Read a link; what is kept of it is read as itself."""
    try:
        link = parse_join_link(data.decode(errors="replace"))
    except LinkRefused:
        return
    assert parse_join_link(link.url) == link


def invitation(data: bytes) -> None:
    """Read an invitation as it is, and as what stands between the first line and the last."""
    for given in (data, b"BEGIN:VCALENDAR\r\n" + data + b"\r\nEND:VCALENDAR"):
        with suppress(InvitationRefused):
            read = read_invitation(given)
            assert read.uid
            assert len(read.title) <= LONGEST_TITLE
            assert not any(map(_is_hidden, read.title))
            assert read.link == parse_join_link(read.link.url)
            lasts = read.ends.at(LONDON).timestamp() - read.starts.at(LONDON).timestamp()
            # A time without a zone may lie in the hour that is not, or is twice.
            assert -3600 <= lasts <= 25 * 3600


TARGETS: dict[str, Callable[[bytes], None]] = {
    "read_report": report,
    "parse_join_link": join_link,
    "read_invitation": invitation,
}

_LABELS = (
    *("1. Summary", "2. Participants", "3. In-Meeting Activities", "4. Meeting Engagement"),
    *("Name\t", "Full Name\t", "First Join\t", "Last Leave\t", "Join Time\t", "Leave Time\t"),
    *("Duration\t", "In-Meeting Duration\t", "Email\t", "Role", "Participant ID (UPN)\t"),
    *("User Action\t", "Timestamp", "Joined\t", "Left\t", "SessionId,", "UtcEventTimestamp,"),
    *("25/10/2026, 01:30:00\t", "10/25/26, 1:30:00\u202fAM\t", "2026-10-25 01:30:00\t"),
    *("25.10.2026,", "01:59:59,", "1h 20m", '"', "\r\n", "(Unverified)", "h@school.example"),
)
# Words that chance alone would not write; only the harness needs them.
WORDS = {
    "read_report": [label.encode() for label in _LABELS]
    + [label.encode("utf-16-le") for label in _LABELS],
    "parse_join_link": [
        *(b"https://", b"teams.microsoft.com", b"teams.cloud.microsoft", b"/l/meetup-join/"),
        *(b"19%3ameeting_", b"%40thread.v2", b"/0?context=", b"%7b%22Tid%22%3a%22", b"/meet/"),
        *(b"12345678-1234-1234-1234-123456789012", b"%22%2c%22Oid%22%3a%22", b"?p=", b"url="),
        *(b"eur02.safelinks.protection.outlook.com/?url=", b"/dl/launcher/launcher.html?url="),
    ],
    "read_invitation": [
        *(b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n", b"UID:1\r\n", b"SUMMARY:", b"\r\n", b"\r\n "),
        *(b"DTSTART;TZID=GMT Standard Time:20261025T013000\r\n", b"DTEND:20261025T020000Z\r\n"),
        *(b"DURATION:PT30M\r\n", b"RRULE:FREQ=WEEKLY\r\n", b"RECURRENCE-ID:20261025T013000\r\n"),
        *(b"ORGANIZER;CN=", b"mailto:a@school.example", b"DESCRIPTION:", b"X-ALT-DESC:", b"&#x"),
        *(b"X-MICROSOFT-SKYPETEAMSMEETINGURL:", b"https://teams.microsoft.com/meet/123456789?p=x"),
        *(b"BEGIN:VTIMEZONE\r\n", b"TZID:GMT Standard Time\r\n", b"END:VTIMEZONE\r\n"),
    ],
}
