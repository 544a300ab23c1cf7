"""The attendance report that Microsoft Graph answers with."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from meetings.attendance.entries import (
    LONGEST_TITLE,
    address,
    clean,
    merged_by_key,
    named,
)
from meetings.attendance.refusals import ReportRefusal, ReportRefused
from meetings.attendance.reports import Attendee, Flag, Interval, Layout, Report, key_of

# What Graph calls those who came in without an account: by link and a typed name, or by telephone.
_WITHOUT_ACCOUNT = {
    "#microsoft.graph.communicationsguestidentity": Flag.UNVERIFIED,
    "#microsoft.graph.communicationsphoneidentity": Flag.TELEPHONE,
}


def from_graph(report: Mapping[str, Any], records: Sequence[Mapping[str, Any]]) -> Report:
    """Return what an attendance report of Graph and its records say.

    Graph's report names no meeting: it was asked for by the meeting's id. What is finer than a second
    is cut off. A record without intervals leaves open when somebody was in: it counts from the
    meeting's start to its end, and the report has then no intervals for the sake of all.

    Raises ReportRefused for an answer of another shape.
    """
    try:
        started = _time(report["meetingStartDateTime"])
        ended = _time(report["meetingEndDateTime"])
        whole = Interval(started, ended)
        attendees = merged_by_key([_attendee(record, whole=whole) for record in records])
        has_intervals = all(record.get("attendanceIntervals") for record in records)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise ReportRefused(ReportRefusal.DAMAGED) from error
    return Report(
        title=clean(str(report.get("subject") or ""), LONGEST_TITLE),
        meeting_id="",
        started=started,
        ended=ended,
        attendees=attendees,
        has_intervals=has_intervals,
        is_partial=False,
        layout=Layout.GRAPH,
        language="en",
    )


def _attendee(record: Mapping[str, Any], *, whole: Interval) -> Attendee:
    """Read one record; whoever has no account has no id that could be anybody's."""
    identity = record.get("identity") or {}
    name, flags = named(_text(identity, "displayName"))
    kind = _text(identity, "@odata.type").casefold()
    if kind in _WITHOUT_ACCOUNT:
        flags |= {_WITHOUT_ACCOUNT[kind]}
    email = address(_text(record, "emailAddress"))
    user_id = "" if kind in _WITHOUT_ACCOUNT else address(_text(identity, "id"))
    intervals = tuple(sorted(map(_interval, record.get("attendanceIntervals") or ()))) or (whole,)
    return Attendee(
        key=key_of(user_id=user_id, email=email, name=name, first=intervals[0].start),
        name=name,
        email=email,
        user_id=user_id,
        role=clean(_text(record, "role"), 40).lower(),
        flags=flags,
        intervals=intervals,
    )


def _text(found: Mapping[str, Any], name: str) -> str:
    """Return a text of an answer; anything that is no text is none."""
    value = found.get(name)
    return value if isinstance(value, str) else ""


def _interval(found: Mapping[str, Any]) -> Interval:
    return Interval(_time(found["joinDateTime"]), _time(found["leaveDateTime"]))


def _time(value: str) -> datetime:
    """Read a time with its zone, to the whole second."""
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("A time of Graph has a zone.")
    return at.astimezone(UTC).replace(microsecond=0)
