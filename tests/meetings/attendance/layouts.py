"""Attendance reports in every layout, as Teams has written them, made from who was in and when."""

import codecs
import csv
import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


class Stay(NamedTuple):
    """One person in a call, once from a coming to a going."""

    name: str
    start: datetime
    end: datetime
    email: str = ""
    account: str = ""
    role: str = "Attendee"


Clock = Callable[[datetime], str]

CLOCKS: dict[str, Clock] = {
    "UK": lambda at: f"{at:%d/%m/%Y, %H:%M:%S}",
    "UK, two digits": lambda at: f"{at:%d/%m/%y, %H:%M:%S}",
    "US": lambda at: f"{at.month}/{at.day}/{at:%y}, {at.hour % 12 or 12}:{at:%M:%S %p}",
    "US, narrow space": lambda at: (
        f"{at.month}/{at.day}/{at:%y}, {at.hour % 12 or 12}:{at:%M:%S}\u202f{at:%p}"
    ),
    "German": lambda at: f"{at:%d.%m.%y, %H:%M:%S}",
    "ISO": lambda at: f"{at:%Y-%m-%d %H:%M:%S}",
}

ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "UTF-16LE with mark": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "UTF-16BE with mark": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "UTF-16LE": lambda text: text.encode("utf-16-le"),
    "UTF-16BE": lambda text: text.encode("utf-16-be"),
    "UTF-8": lambda text: text.encode(),
    "UTF-8 with mark": lambda text: codecs.BOM_UTF8 + text.encode(),
}


def length(seconds: int) -> str:
    """Write a length as Teams does: parts that are zero are left out."""
    hours, rest = divmod(seconds, 3600)
    minutes, second = divmod(rest, 60)
    parts = [(hours, "h"), (minutes, "m"), (second, "s")]
    return " ".join(f"{part}{unit}" for part, unit in parts if part) or "0s"


def lasting(stays: Sequence[Stay]) -> str:
    return length(sum(round((stay.end - stay.start).total_seconds()) for stay in stays))


def by_person(stays: Sequence[Stay]) -> list[list[Stay]]:
    """Put the stays of one account, or else of one name, together, as Teams does in its second table."""

    def key(stay: Stay) -> tuple[str, str]:
        return (stay.email, stay.name)

    return [
        sorted(group, key=lambda stay: stay.start)
        for _, group in groupby(sorted(stays, key=key), key)
    ]


def sections(
    stays: Sequence[Stay],
    clock: Clock,
    *,
    title: str = "Year 5 maths",
    tz: ZoneInfo = LONDON,
    engagement: bool = False,
    without_stays: bool = False,
) -> list[list[str]]:
    """Lay a report out in sections, as since 2022; with engagement, as since 2025."""

    def local(at: datetime) -> str:
        return clock(at.astimezone(tz))

    people = by_person(stays)
    rows = [
        ["1. Summary"],
        ["Meeting title", title],
        ["Attended participants", str(len(people))],
        ["Start time", local(min(stay.start for stay in stays))],
        ["End time", local(max(stay.end for stay in stays))],
        ["Meeting duration", "30m 1s"],
        ["Average attendance time", "20m"],
        [],
        ["2. Participants"],
        ["Name", "First Join", "Last Leave", "In-Meeting Duration", "Email"]
        + ["Participant ID (UPN)", "Role"]
        + ["Engagement: Camera On", "Engagement: Unmute"] * engagement,
    ]
    rows += [
        [one.name, local(one.start), local(max(stay.end for stay in person)), lasting(person)]
        + [one.email, one.account, one.role]
        for person in people
        for one in person[:1]
    ]
    if not without_stays:
        rows += [
            [],
            ["3. In-Meeting Activities"],
            ["Name", "Join Time", "Leave Time", "Duration", "Email", "Role"],
        ]
        rows += [
            [stay.name, local(stay.start), local(stay.end), lasting([stay]), stay.email, stay.role]
            for stay in stays
        ]
    if engagement:
        rows += [[], ["4. Meeting Engagement"], ["Reactions", "12"], ["Raised hands", "3"]]
    return rows


def one_table(
    stays: Sequence[Stay], clock: Clock, *, title: str = "Year 5 maths", tz: ZoneInfo = LONDON
) -> list[list[str]]:
    """Lay a report out as in 2021: one table, a row for each stay."""

    def local(at: datetime) -> str:
        return clock(at.astimezone(tz))

    return [
        ["Meeting Summary"],
        ["Total Number of Participants", str(len(by_person(stays)))],
        ["Meeting Title", title],
        ["Meeting Start Time", local(min(stay.start for stay in stays))],
        ["Meeting End Time", local(max(stay.end for stay in stays))],
        ["Meeting Id", "19:meeting_abc@thread.v2"],
        [],
        ["Full Name", "Join Time", "Leave Time", "Duration", "Email", "Role"]
        + ["Participant ID (UPN)"],
        *(
            [stay.name, local(stay.start), local(stay.end), lasting([stay])]
            + [stay.email, stay.role, stay.account]
            for stay in stays
        ),
    ]


def during(stays: Sequence[Stay], clock: Clock, *, tz: ZoneInfo = LONDON) -> list[list[str]]:
    """Lay a report out as in 2020, while the call was on: comings and goings of names."""
    events = [
        (at, action, stay.name)
        for stay in stays
        for at, action in ((stay.start, "Joined"), (stay.end, "Left"))
    ]
    rows = [[name, action, clock(at.astimezone(tz))] for at, action, name in events]
    return [["Full Name", "User Action", "Timestamp"], *rows]


def live_event(stays: Sequence[Stay], clock: Clock) -> list[list[str]]:
    """Lay a report out as of a live event, in UTC."""
    rows = []
    for number, stay in enumerate(stays):
        for at, action in ((stay.start, "Joined"), (stay.end, "Left")):
            told = clock(at.astimezone(UTC))
            rows.append(["s1", f"p{number}", stay.name, "Edge", told, action, "Attendee"])
    head = ["SessionId", "ParticipantId", "FullName", "UserAgent", "UtcEventTimestamp"]
    return [[*head, "Action", "Role"], *rows]


def text(rows: Sequence[Sequence[str]], delimiter: str = "\t", end: str = "\r\n") -> str:
    """Write rows as a file, quoted where a cell needs it."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def split(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Put every date and its time into two cells."""
    return [
        [part for cell in row for part in (cell.split(", ") if cell[:1].isdigit() else [cell])]
        for row in rows
    ]
