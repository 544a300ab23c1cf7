"""Whatever is uploaded ends in a report or a named refusal, and what Teams could write is read back."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from meetings.attendance import Interval, Report, ReportRefusal, ReportRefused, read_report
from tests.meetings.attendance import layouts
from tests.meetings.attendance.layouts import CLOCKS, ENCODINGS, LONDON, Stay

DAY = date(2026, 9, 22)


def outcome(data: bytes, *, day: date = DAY, tz: ZoneInfo = LONDON) -> Report | ReportRefusal:
    try:
        return read_report(data, day=day, tz=tz)
    except ReportRefused as refused:
        return refused.reason


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-16")))
@example(b"\xff\xfe\x00")
@example(b"\x00\xd8" * 9)
@example(b'"')
def test_any_bytes_are_no_report_and_never_an_error(data):
    assert isinstance(outcome(data), ReportRefusal)


CELLS = st.text(max_size=8) | st.sampled_from(
    ["22/09/2026, 14:00:00", "9/22/26, 2:00:00 PM", "22/09/2026", "14:00:00", "1h 2m", '"', "\n"]
)


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, max_size=8), max_size=5),
    layout=st.sampled_from([layouts.sections, layouts.one_table, layouts.during]),
    where=st.integers(0, 20),
    delimiter=st.sampled_from("\t,;"),
    encoding=st.sampled_from(sorted(ENCODINGS)),
)
def test_rows_thrown_into_a_report_are_read_or_refused(rows, layout, where, delimiter, encoding):
    stay = Stay("A", datetime(2026, 9, 22, 13, tzinfo=UTC), datetime(2026, 9, 22, 14, tzinfo=UTC))
    report = layout([stay], CLOCKS["UK"])
    thrown = [*report[:where], *rows, *report[where:]]
    text = layouts.text(thrown, delimiter).replace('""', '"')
    found = outcome(ENCODINGS[encoding](text))
    assert isinstance(found, ReportRefusal) or found.attendees


NAMES = st.text(
    st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Zs", "Zl", "Zp")),
    min_size=1,
    max_size=12,
).filter(lambda name: name not in ("1. x", "Name"))
SECONDS = st.tuples(st.integers(0, 5400), st.integers(0, 5400)).map(sorted)


@st.composite
def calls(draw) -> tuple[date, ZoneInfo, list[Stay]]:
    """A call of some people with addresses and some with only a name, each once at a time."""
    day = draw(st.dates(date(2021, 1, 1), date(2035, 12, 31)))
    tz = ZoneInfo(draw(st.sampled_from(["Europe/London", "Europe/Warsaw", "Asia/Karachi"])))
    start = datetime(day.year, day.month, day.day, draw(st.integers(4, 20)), tzinfo=tz)
    stays = []
    for number, name in enumerate(draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))):
        mail = f"p{number}@school.example" if draw(st.booleans()) else ""
        ends = sorted(draw(st.lists(st.integers(0, 5400), min_size=2, max_size=6, unique=True)))
        for first, last in zip(ends[::2], ends[1::2], strict=False):
            stays.append(
                Stay(
                    name,
                    (start + timedelta(seconds=first)).astimezone(UTC),
                    (start + timedelta(seconds=last)).astimezone(UTC),
                    mail,
                    mail,
                )
            )
    return day, tz, stays


@settings(max_examples=200, deadline=None)
@given(
    call=calls(),
    clock=st.sampled_from(sorted(CLOCKS)),
    delimiter=st.sampled_from("\t,;"),
    encoding=st.sampled_from(sorted(ENCODINGS)),
    layout=st.sampled_from(["sections", "engagement", "one table", "during", "split"]),
)
def test_what_teams_writes_is_read_back(call, clock, delimiter, encoding, layout):
    day, tz, stays = call
    rows = laid_out(stays, layout, clock, tz)
    data = ENCODINGS[encoding](layouts.text(rows, delimiter))
    # Without a mark, letters of the second byte alone look like none of the encodings.
    assume("mark" in encoding or data.count(0) * 3 > len(data) or "16" not in encoding)
    report = outcome(data, day=day, tz=tz)
    assert isinstance(report, Report), report
    assert report.has_intervals
    found = sorted(
        (attendee.email, interval)
        for attendee in report.attendees
        for interval in attendee.intervals
    )
    mails = layout != "during"
    assert found == sorted(
        (stay.email if mails else "", Interval(stay.start, stay.end)) for stay in stays
    )


def laid_out(stays: list[Stay], layout: str, clock: str, tz: ZoneInfo) -> list[list[str]]:
    if layout == "one table":
        return layouts.one_table(stays, CLOCKS[clock], tz=tz)
    if layout == "during":
        return layouts.during(stays, CLOCKS[clock], tz=tz)
    rows = layouts.sections(stays, CLOCKS[clock], tz=tz, engagement=layout == "engagement")
    return layouts.split(rows) if layout == "split" else rows
