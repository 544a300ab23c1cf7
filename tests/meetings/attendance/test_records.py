"""The report of Microsoft Graph, and every wrong answer of it."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.attendance import Flag, Interval, Layout, ReportRefusal, ReportRefused, from_graph

REPORT = {
    "id": "r1",
    "totalParticipantCount": 3,
    "meetingStartDateTime": "2026-09-15T12:58:02.1Z",
    "meetingEndDateTime": "2026-09-15T13:31:40.0Z",
}
USER = "#microsoft.graph.communicationsUserIdentity"
GUEST = "#microsoft.graph.communicationsGuestIdentity"


def record(**changes: Any) -> dict[str, Any]:
    return {
        "id": "a1",
        "emailAddress": "H.Host@school.example",
        "role": "Organizer",
        "totalAttendanceInSeconds": 842,
        "identity": {"@odata.type": USER, "id": "0E9D8C7B", "displayName": "Helen Host"},
        "attendanceIntervals": [
            {
                "joinDateTime": "2026-09-15T13:10:00Z",
                "leaveDateTime": "2026-09-15T13:17:07.9999999Z",
                "durationInSeconds": 427,
            },
            {
                "joinDateTime": "2026-09-15T12:59:52.2782182Z",
                "leaveDateTime": "2026-09-15T13:06:47.7218491Z",
                "durationInSeconds": 415,
            },
        ],
    } | changes


def utc(hour: int, minute: int, second: int) -> datetime:
    return datetime(2026, 9, 15, hour, minute, second, tzinfo=UTC)


FIRST = Interval(utc(12, 59, 52), utc(13, 6, 47))
SECOND = Interval(utc(13, 10, 0), utc(13, 17, 7))


def test_report_and_its_records():
    report = from_graph(REPORT, [record()])
    assert (report.started, report.ended) == (utc(12, 58, 2), utc(13, 31, 40))
    assert (report.layout, report.has_intervals, report.is_partial) == (Layout.GRAPH, True, False)
    (helen,) = report.attendees
    assert (helen.name, helen.email, helen.user_id, helen.role, helen.flags, helen.intervals) == (
        "Helen Host",
        "h.host@school.example",
        "0e9d8c7b",
        "organizer",
        frozenset(),
        (FIRST, SECOND),
    )


def test_two_records_of_one_account_are_one_person():
    early = record(attendanceIntervals=record()["attendanceIntervals"][1:])
    late = record(attendanceIntervals=record()["attendanceIntervals"][:1])
    (helen,) = from_graph(REPORT, [late, early]).attendees
    assert helen.intervals == (FIRST, SECOND)


@pytest.mark.parametrize(
    ("identity", "flags"),
    [
        ({"@odata.type": GUEST, "id": "7", "displayName": "Dad's iPad"}, {Flag.UNVERIFIED}),
        (
            {
                "@odata.type": "#microsoft.graph.communicationsPhoneIdentity",
                "id": "7",
                "displayName": "44770090****",
            },
            {Flag.TELEPHONE},
        ),
        ({"@odata.type": USER, "id": "7", "displayName": "Pat (Guest)"}, {Flag.GUEST}),
    ],
)
def test_who_has_no_account_has_no_id(identity, flags):
    (attendee,) = from_graph(REPORT, [record(identity=identity, emailAddress=None)]).attendees
    assert attendee.flags == flags
    assert attendee.user_id == ("7" if flags == {Flag.GUEST} else "")


@pytest.mark.parametrize("none", [[], None])
def test_record_without_intervals_leaves_open_who_was_alone(none):
    report = from_graph(
        REPORT, [record(), record(emailAddress="", identity=None, attendanceIntervals=none)]
    )
    assert not report.has_intervals
    whole = Interval(report.started, report.ended)
    assert [each.intervals for each in report.attendees] == [(whole,), (FIRST, SECOND)]


def test_report_of_nobody():
    report = from_graph(REPORT, [])
    assert (report.attendees, report.has_intervals) == ((), True)


WRONG: dict[str, tuple[Any, Any]] = {
    "no report": (None, []),
    "a list": ([], []),
    "no times": ({}, []),
    "a time without a zone": (REPORT | {"meetingEndDateTime": "2026-09-15T13:31:40"}, []),
    "a time that is no time": (REPORT | {"meetingEndDateTime": "soon"}, []),
    "a number for a time": (REPORT | {"meetingEndDateTime": 7}, []),
    "an end before the start": (REPORT | {"meetingEndDateTime": "2026-09-15T11:00:00Z"}, []),
    "a time before all time": (REPORT | {"meetingStartDateTime": "0001-01-01T00:00:00+01:00"}, []),
    "no records": (REPORT, None),
    "records that are none": (REPORT, ["x", 7]),
    "identity that is none": (REPORT, [record(identity="Helen")]),
    "interval without end": (
        REPORT,
        [record(attendanceIntervals=[{"joinDateTime": "2026-09-15T13:00:00Z"}])],
    ),
    "interval the wrong way round": (
        REPORT,
        [
            record(
                attendanceIntervals=[
                    {
                        "joinDateTime": "2026-09-15T13:00:01Z",
                        "leaveDateTime": "2026-09-15T13:00:00Z",
                    }
                ]
            )
        ],
    ),
    "intervals that are none": (REPORT, [record(attendanceIntervals=7)]),
}


@pytest.mark.parametrize(("report", "records"), WRONG.values(), ids=WRONG)
def test_answer_of_another_shape_is_refused(report, records):
    with pytest.raises(ReportRefused) as caught:
        from_graph(report, records)
    assert caught.value.reason is ReportRefusal.DAMAGED


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(value=ANYTHING, where=st.sampled_from([*record()]), inner=st.booleans())
def test_anything_in_a_record_is_read_or_refused_by_name(value, where, inner):
    one = deepcopy(record())
    if inner and where == "identity":
        one["identity"]["displayName"] = value
    elif inner and where == "attendanceIntervals":
        one["attendanceIntervals"][0]["joinDateTime"] = value
    else:
        one[where] = value
    assert outcome(one) in (1, ReportRefusal.DAMAGED)


def outcome(one: dict[str, Any]) -> int | ReportRefusal:
    """Return how many people an answer tells of, or why it is refused."""
    try:
        return len(from_graph(REPORT, [one]).attendees)
    except ReportRefused as refused:
        return refused.reason
