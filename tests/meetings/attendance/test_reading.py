"""Every layout of an attendance report, every way it is changed on the way, and what is turned away."""

import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from meetings.attendance import (
    Flag,
    Interval,
    Layout,
    Report,
    ReportRefusal,
    ReportRefused,
    read_report,
)
from meetings.attendance.texts import LARGEST_FILE, LONGEST_ROW, MOST_ROWS
from tests.meetings.attendance import layouts
from tests.meetings.attendance.layouts import CLOCKS, ENCODINGS, LONDON, Stay

SAMPLES = Path(__file__).parent / "samples"
DAY = date(2026, 9, 22)
HELEN, COLIN = "h.host@school.example", "c.cohost@school.example"


def at(clock: str, on: date = DAY) -> datetime:
    """Return a time of the clock in London."""
    local = datetime.combine(on, datetime.strptime(clock, "%H:%M:%S").time(), LONDON)  # noqa: DTZ007
    return local.astimezone(UTC)


def between(start: str, end: str) -> Interval:
    return Interval(at(start), at(end))


STAYS = [
    Stay("Helen Host", at("13:58:02"), at("14:31:40"), HELEN, HELEN, "Organizer"),
    Stay("Poppy Pupil", at("13:59:52"), at("14:06:47"), "poppy@school.example", "p@school.example"),
    Stay("Poppy Pupil", at("14:09:07"), at("14:31:40"), "poppy@school.example", "p@school.example"),
    Stay("Dad's iPad (Unverified)", at("14:01:00"), at("14:20:09")),
]
INTERVALS = {
    "Helen Host": (between("13:58:02", "14:31:40"),),
    "Poppy Pupil": (between("13:59:52", "14:06:47"), between("14:09:07", "14:31:40")),
    "Dad's iPad": (between("14:01:00", "14:20:09"),),
}


def read(data: bytes | str, *, day: date = DAY, tz: ZoneInfo = LONDON) -> Report:
    return read_report(data.encode() if isinstance(data, str) else data, day=day, tz=tz)


def refusal(data: bytes | str, *, day: date = DAY, tz: ZoneInfo = LONDON) -> ReportRefusal:
    with pytest.raises(ReportRefused) as caught:
        read(data, day=day, tz=tz)
    return caught.value.reason


def intervals(report: Report) -> dict[str, tuple[Interval, ...]]:
    return {attendee.name: attendee.intervals for attendee in report.attendees}


LAYOUTS = {
    "sections": (layouts.sections, Layout.SECTIONS),
    "sections with engagement": (
        lambda stays, clock: layouts.sections(stays, clock, engagement=True),
        Layout.SECTIONS,
    ),
    "one table": (layouts.one_table, Layout.ONE_TABLE),
    "during": (layouts.during, Layout.DURING),
}


@pytest.mark.parametrize("clock", CLOCKS.values(), ids=CLOCKS)
@pytest.mark.parametrize(("rows", "layout"), LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_with_every_clock(rows, layout, clock):
    report = read(layouts.text(rows(STAYS, clock)))
    assert intervals(report) == INTERVALS
    assert report.has_intervals
    assert (report.layout, report.language) == (layout, "en")
    assert (report.started, report.ended) == (at("13:58:02"), at("14:31:40"))


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("delimiter", "\t,;")
def test_every_encoding_with_every_delimiter(encoding, delimiter):
    rows = layouts.sections(STAYS, CLOCKS["UK"], title="Tabs\tcommas, and; the “rest”\r\nof it")
    report = read(encoding(layouts.text(rows, delimiter)))
    assert intervals(report) == INTERVALS
    assert report.title == "Tabs commas, and; the “rest” of it"


def test_code_page_of_windows_with_semicolons_after_excel():
    stay = Stay("Zoë Müller", at("14:00:00"), at("14:30:00"))
    text = layouts.text(layouts.one_table([stay], CLOCKS["UK"], title="Größe – “x”"), ";")
    report = read(text.encode("cp1252"))
    assert [attendee.name for attendee in report.attendees] == ["Zoë Müller"]
    assert report.title == "Größe – “x”"


@pytest.mark.parametrize("delimiter", "\t,;")
@pytest.mark.parametrize("clock", ["UK", "US", "US, narrow space"])
def test_date_and_time_in_two_cells(delimiter, clock):
    rows = layouts.split(layouts.sections(STAYS, CLOCKS[clock]))
    report = read(layouts.text(rows, delimiter))
    assert intervals(report) == INTERVALS
    assert report.started == at("13:58:02")


def test_capitals_and_spaces_of_labels_vary():
    rows = layouts.sections(STAYS, CLOCKS["UK"])
    text = layouts.text(rows)
    for old, new in [
        ("First Join", "First join"),
        ("Leave Time", "Leave  time"),
        ("In-Meeting Activities", "In-meeting activities"),
        ("In-Meeting Duration", "In-meeting duration"),
    ]:
        text = text.replace(old, new)
    assert intervals(read(text)) == INTERVALS


def test_who_somebody_is_comes_from_both_tables():
    report = read(layouts.text(layouts.sections(STAYS, CLOCKS["UK"])))
    told = {
        each.name: (each.email, each.user_id, each.role, each.flags) for each in report.attendees
    }
    assert told == {
        "Helen Host": (HELEN, HELEN, "organizer", frozenset()),
        "Poppy Pupil": ("poppy@school.example", "p@school.example", "attendee", frozenset()),
        "Dad's iPad": ("", "", "attendee", frozenset({Flag.UNVERIFIED})),
    }


def test_title_and_id_of_2021():
    report = read(layouts.text(layouts.one_table(STAYS, CLOCKS["UK"])))
    assert (report.title, report.meeting_id) == ("Year 5 maths", "19:meeting_abc@thread.v2")


@pytest.mark.parametrize(
    ("name", "shown", "flags"),
    [
        ("Pat Parent (External)", "Pat Parent", {Flag.EXTERNAL}),
        ("Pat Parent (Guest)", "Pat Parent", {Flag.GUEST}),
        ("Pat (External) (Unverified)", "Pat", {Flag.EXTERNAL, Flag.UNVERIFIED}),
        ("+44 7700 900123", "+44 7700 900123", {Flag.TELEPHONE}),
        ("4477009*****", "4477009*****", {Flag.TELEPHONE}),
        ("(Guest)", "(Guest)", set()),
        ('=HYPERLINK("x")', '=HYPERLINK("x")', set()),
        ("\u202egnirts\u202c \u2066x\u2069", "gnirts x", set()),
        ("Null\u200bspace\ufeff", "Nullspace", set()),
        ("می‌خواهم", "می‌خواهم", set()),
        ("Bell\x07\x1b[2J", "Bell[2J", set()),
        ("", "", set()),
        ("x" * 9000, "x" * 256, set()),
    ],
)
def test_name_comes_out_harmless(name, shown, flags):
    stay = Stay(name, at("14:00:00"), at("14:30:00"))
    (attendee,) = read(layouts.text(layouts.one_table([stay], CLOCKS["UK"]))).attendees
    assert (attendee.name, attendee.flags) == (shown, flags)


@pytest.mark.parametrize(
    ("mail", "read_as"),
    [
        ("H.Host@School.example", "h.host@school.example"),
        (" h.host@school.example ", "h.host@school.example"),
        ("x" * 321, ""),
        ("h.ho\u200bst@school.example", ""),
        ("h host@school.example", ""),
        ("h.ho\u017ft@school.example", "h.ho\u017ft@school.example"),
        ("\u212aim@school.example", "\u212aim@school.example"),
    ],
)
def test_address_is_in_lower_case_and_never_becomes_another(mail, read_as):
    stay = Stay("A", at("14:00:00"), at("14:30:00"), mail)
    (attendee,) = read(layouts.text(layouts.one_table([stay], CLOCKS["UK"]))).attendees
    assert attendee.email == read_as


# --- Whose stays belong together ---


def test_two_unverified_of_one_name_stay_two():
    stays = [
        Stay("iPad (Unverified)", at("14:00:00"), at("14:10:00")),
        Stay("iPad (Unverified)", at("14:05:00"), at("14:20:00")),
    ]
    for rows in (layouts.sections, layouts.one_table, layouts.during):
        report = read(layouts.text(rows(stays, CLOCKS["UK"])))
        assert [each.name for each in report.attendees] == ["iPad", "iPad"]
        assert len({each.key for each in report.attendees}) == 2


def test_two_rows_of_people_of_one_name_are_not_merged():
    first, second = (
        Stay("iPad (Unverified)", at("14:00:00"), at("14:10:00")),
        Stay("iPad (Unverified)", at("14:15:00"), at("14:20:00")),
    )
    rows = layouts.sections([first, second], CLOCKS["UK"])
    person = next(at for at, row in enumerate(rows) if row and row[0] == first.name)
    rows[person : person + 1] = [
        layouts.sections([stay], CLOCKS["UK"])[person] for stay in (first, second)
    ]
    report = read(layouts.text(rows))
    assert [len(each.intervals) for each in report.attendees] == [1, 1]
    assert report.has_intervals


def test_two_of_one_name_who_came_in_the_same_second_stay_two():
    stay = Stay("iPad (Unverified)", at("14:00:00"), at("14:10:00"))
    later = stay._replace(end=at("14:20:00"))
    first = read(layouts.text(layouts.one_table([stay, later], CLOCKS["UK"])))
    again = read(layouts.text(layouts.one_table([stay, later], CLOCKS["UK"])))
    assert [each.intervals[0].seconds for each in first.attendees] == [600, 1200]
    assert [each.key for each in first.attendees] == [each.key for each in again.attendees]


def test_unverified_person_gets_no_account_from_the_name_of_somebody():
    helen = Stay("Helen Host", at("14:00:00"), at("14:10:00"), "", HELEN)
    false = Stay("Helen Host (Unverified)", at("14:02:00"), at("14:05:00"))
    report = read(layouts.text(layouts.sections([helen, false], CLOCKS["UK"])))
    assert [(each.user_id, each.flags) for each in report.attendees] == [
        (HELEN, frozenset()),
        ("", frozenset({Flag.UNVERIFIED})),
    ]


def test_two_of_one_name_are_told_once_each_without_intervals():
    first = Stay("iPad (Unverified)", at("14:00:00"), at("14:10:00"))
    second = Stay("iPad (Unverified)", at("14:15:00"), at("14:20:00"))
    rows = layouts.sections([first, second], CLOCKS["UK"])
    person = next(at for at, row in enumerate(rows) if row and row[0] == first.name)
    rows[person : person + 1] = [
        layouts.sections([stay], CLOCKS["UK"])[person] for stay in (first, second)
    ]
    del rows[-1]
    report = read(layouts.text(rows))
    assert not report.has_intervals
    assert [each.intervals for each in report.attendees] == [
        (between("14:00:00", "14:10:00"),),
        (between("14:15:00", "14:20:00"),),
    ]


def test_one_unverified_who_rejoins_nine_times_is_one():
    stays = [
        Stay("iPad (Unverified)", at(f"14:{minute:02}:00"), at(f"14:{minute:02}:40"))
        for minute in range(10)
    ]
    (attendee,) = read(layouts.text(layouts.sections(stays, CLOCKS["UK"]))).attendees
    assert len(attendee.intervals) == 10


def test_key_of_whoever_is_known_is_the_same_in_another_report():
    other = [stay._replace(start=stay.start + timedelta(minutes=1)) for stay in STAYS]
    keys = [
        {
            each.name: each.key
            for each in read(layouts.text(layouts.sections(each, CLOCKS["UK"]))).attendees
        }
        for each in (STAYS, STAYS, other)
    ]
    assert keys[0] == keys[1]
    assert {name for name in keys[0] if keys[0][name] != keys[2][name]} == {"Dad's iPad"}


# --- Where leave and rejoin are not in the file ---


def test_without_the_third_table_only_who_was_there_is_told():
    rows = layouts.sections(STAYS, CLOCKS["UK"], without_stays=True)
    report = read(layouts.text(rows))
    assert not report.has_intervals
    assert intervals(report) == INTERVALS | {"Poppy Pupil": (between("13:59:52", "14:31:40"),)}


@pytest.mark.parametrize(
    "lost", [-1, -2, -4], ids=["a whole person", "the last stay", "the only stay of the host"]
)
def test_third_table_that_leaves_somebody_out_is_not_believed(lost):
    rows = layouts.sections(STAYS, CLOCKS["UK"])
    del rows[lost]
    report = read(layouts.text(rows))
    assert not report.has_intervals
    assert intervals(report) == INTERVALS | {"Poppy Pupil": (between("13:59:52", "14:31:40"),)}


def test_stay_of_somebody_who_is_not_in_the_table_of_people_is_kept():
    rows = layouts.sections(STAYS, CLOCKS["UK"])
    lost = next(at for at, row in enumerate(rows) if row and row[0].startswith("Dad"))
    del rows[lost]
    report = read(layouts.text(rows))
    assert report.has_intervals
    assert intervals(report) == INTERVALS


def test_ends_that_are_rounded_differently_are_the_same_ends():
    text = layouts.text(layouts.sections(STAYS, CLOCKS["UK"]))
    before, _, activities = text.partition("3. In-Meeting")
    report = read(before.replace("14:31:40", "14:31:41") + "3. In-Meeting" + activities)
    assert report.has_intervals
    assert intervals(report) == INTERVALS


def test_row_of_2021_that_is_shorter_than_its_ends_hides_a_gap():
    rows = layouts.one_table(STAYS, CLOCKS["UK"])
    assert read(layouts.text(rows)).has_intervals
    rows[-1][3] = "18m 9s"
    assert not read(layouts.text(rows)).has_intervals
    rows[-1][3] = ""
    assert not read(layouts.text(rows)).has_intervals


def test_list_taken_during_the_call_reaches_no_further_than_its_last_line():
    rows = layouts.during(STAYS, CLOCKS["UK"])
    report = read(layouts.text(rows))
    assert report.is_partial
    without_end = [row for row in rows if row[:2] != ["Helen Host", "Left"]]
    without_end.append(["Pat Late", "Joined before", "22/09/2026, 14:40:00"])
    report = read(layouts.text(without_end))
    assert report.is_partial
    assert intervals(report) == INTERVALS | {
        "Helen Host": (between("13:58:02", "14:40:00"),),
        "Pat Late": (between("14:40:00", "14:40:00"),),
    }


def test_live_event_is_in_utc_and_tells_people_apart_by_its_own_numbers():
    stays = [*STAYS[::3], Stay("Helen Host", at("15:00:00"), at("15:10:00"))]
    report = read(layouts.text(layouts.live_event(stays, CLOCKS["US"]), ","))
    assert (report.layout, report.is_partial) == (Layout.LIVE_EVENT, False)
    assert [(each.name, each.intervals[0].start) for each in report.attendees] == [
        ("Helen Host", at("13:58:02")),
        ("Dad's iPad", at("14:01:00")),
        ("Helen Host", at("15:00:00")),
    ]


def test_live_event_without_an_end_is_partial():
    rows = layouts.live_event(STAYS[:2], CLOCKS["US"])[:-1]
    assert read(layouts.text(rows, ",")).is_partial


# --- Day and month (E68) ---


def sections_on(day: date, clock: str) -> str:
    stays = [Stay("A", at("14:00:00", day), at("14:30:00", day))]
    return layouts.text(layouts.sections(stays, CLOCKS[clock]))


def test_e68_order_of_day_and_month_is_the_one_that_lands_on_the_day():
    for clock in ("UK, two digits", "US"):
        day = date(2026, 2, 7)
        report = read(sections_on(day, clock), day=day)
        assert report.started == at("14:00:00", day)


def test_e68_neither_order_lands_on_the_day():
    day = date(2026, 2, 7)
    for clock in ("UK", "US"):
        assert refusal(sections_on(day, clock), day=date(2026, 2, 9)) is ReportRefusal.DAY_OR_MONTH


def test_e68_report_of_another_day_that_can_be_read_one_way():
    assert refusal(sections_on(DAY, "UK"), day=date(2026, 9, 15)) is ReportRefusal.ANOTHER_DAY
    assert refusal(sections_on(DAY, "ISO"), day=date(2026, 9, 15)) is ReportRefusal.ANOTHER_DAY


def test_e68_report_of_another_day_is_refused_with_both_days():
    with pytest.raises(ReportRefused) as refused:
        read(sections_on(DAY, "UK"), day=date(2026, 9, 15))
    assert str(refused.value).startswith(
        f"This report is about {DAY.day} September 2026, and the call is on 15 September 2026. "
    )


def test_e68_both_orders_are_the_same_day():
    day = date(2026, 7, 7)
    assert read(sections_on(day, "US"), day=day).started == at("14:00:00", day)


def test_e68_both_orders_land_on_the_day_and_differ():
    rows = [["Full Name", "User Action", "Timestamp"], ["A", "Joined", "6/7/26, 23:59:00"]]
    rows.append(["A", "Left", "7/7/26, 00:10:00"])
    # Read by the month, the second is a month after the first: no call lasts so long.
    report = read(layouts.text(rows), day=date(2026, 7, 7))
    assert report.started == at("23:59:00", date(2026, 7, 6))


def test_call_over_midnight_is_of_either_day():
    stays = [Stay("A", at("23:50:00"), at("00:10:00", DAY + timedelta(days=1)))]
    text = layouts.text(layouts.sections(stays, CLOCKS["UK"]))
    for day in (DAY, DAY + timedelta(days=1)):
        assert read(text, day=day).attendees[0].intervals[0].seconds == 1200
    assert refusal(text, day=DAY + timedelta(days=2)) is ReportRefusal.ANOTHER_DAY


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("31/02/2026, 14:00:00", ReportRefusal.DAMAGED),
        ("22/09/2026, 24:00:00", ReportRefusal.DAMAGED),
        ("22/09/2026, 14:60:00", ReportRefusal.DAMAGED),
        ("22/09/2026, 14:00", ReportRefusal.DAMAGED),
        ("22/09/2026", ReportRefusal.DAMAGED),
        ("9/22/26, 13:00:00 PM", ReportRefusal.DAMAGED),
        ("9/22/26, 0:00:00 AM", ReportRefusal.DAMAGED),
        ("22/09-2026, 14:00:00", ReportRefusal.DAMAGED),
        ("22/09/1026, 14:00:00", ReportRefusal.DAMAGED),
        ("", ReportRefusal.DAMAGED),
        ("soon", ReportRefusal.DAMAGED),
        ("22/09/2026, 14:45:00", ReportRefusal.DAMAGED),
        ("22/09/2036, 14:00:00", ReportRefusal.DAMAGED),
    ],
)
def test_time_that_cannot_be_is_damage(cell, reason):
    rows = layouts.one_table([Stay("A", at("14:00:00"), at("14:30:00"))], CLOCKS["UK"])
    rows[-1][1] = cell
    assert refusal(layouts.text(rows)) is reason


@pytest.mark.parametrize(
    ("cell", "clock"),
    [
        ("9/22/26, 12:00:00 AM", "00:00:00"),
        ("9/22/26, 12:00:00 PM", "12:00:00"),
        ("22/09/2026, 9.05.07", "09:05:07"),
        ("2026-09-22T09:05:07", "09:05:07"),
        ("22.9.2026. 9:05:07", "09:05:07"),
        ("\u200e22/09/2026,\u00a009:05:07", "09:05:07"),
        ("9/22/26, 9:05:07 a.m.", "09:05:07"),
    ],
)
def test_other_ways_to_write_a_time(cell, clock):
    rows = [["Full Name", "User Action", "Timestamp"], ["A", "Joined", cell]]
    (attendee,) = read(layouts.text(rows)).attendees
    assert attendee.intervals[0].start == at(clock)


def test_report_with_two_orders_of_day_and_month_is_damage():
    rows = layouts.one_table([Stay("A", at("14:00:00"), at("14:30:00"))], CLOCKS["UK"])
    rows[-1][1] = "9/22/26, 2:00:00 PM"
    assert refusal(layouts.text(rows)) is ReportRefusal.DAMAGED


# --- The hour that is twice, and the hour that is not ---

BACK, ON = date(2026, 10, 25), date(2026, 3, 29)


def night(start: str, end: str, told: str, *, day: date = BACK) -> str:
    day_of = f"{day:%d/%m/%Y}"
    head = "Full Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\tParticipant ID (UPN)\n"
    return f"{head}A\t{day_of}, {start}\t{day_of}, {end}\t{told}\t\tAttendee\t\n"


@pytest.mark.parametrize(
    ("start", "end", "told", "utc"),
    [
        ("00:50:00", "01:10:00", "20m", "23:50:00"),
        ("00:50:00", "01:10:00", "1h 20m", "23:50:00"),
        ("01:50:00", "02:10:00", "20m", "01:50:00"),
        ("01:50:00", "02:10:00", "1h 20m", "00:50:00"),
        ("01:50:00", "01:10:00", "20m", "00:50:00"),
        ("01:10:00", "01:50:00", "1h 40m", "00:10:00"),
        ("00:30:00", "02:30:00", "3h", "23:30:00"),
    ],
)
def test_doubled_hour_is_read_by_the_length_of_the_stay(start, end, told, utc):
    (attendee,) = read(night(start, end, told), day=BACK).attendees
    (stay,) = attendee.intervals
    assert (layouts.length(stay.seconds), f"{stay.start:%H:%M:%S}") == (told, utc)


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [("01:10:00", "01:50:00", "40m"), ("00:50:00", "01:10:00", ""), ("00:50:00", "01:10:00", "9m")],
)
def test_doubled_hour_that_could_be_either_is_refused(start, end, told):
    assert refusal(night(start, end, told), day=BACK) is ReportRefusal.CLOCK_CHANGE


def test_hour_that_the_clocks_skipped_is_refused():
    assert refusal(night("01:10:00", "02:10:00", "", day=ON), day=ON) is ReportRefusal.CLOCK_CHANGE
    report = read(night("00:50:00", "02:10:00", "20m", day=ON), day=ON)
    assert report.attendees[0].intervals[0].seconds == 1200


def test_day_of_the_clock_change_is_read_like_any_other_outside_that_hour():
    (attendee,) = read(night("14:00:00", "14:30:00", "30m"), day=BACK).attendees
    assert attendee.intervals == (Interval(at("14:00:00", BACK), at("14:30:00", BACK)),)


def test_list_with_one_end_in_the_doubled_hour_is_refused():
    rows = [["Full Name", "User Action", "Timestamp"], ["A", "Joined", "25/10/2026, 01:30:00"]]
    assert refusal(layouts.text(rows), day=BACK) is ReportRefusal.CLOCK_CHANGE


def test_summary_in_the_doubled_hour_gives_way_to_the_rows():
    text = night("01:50:00", "02:10:00", "20m")
    head = "Meeting Start Time\t25/10/2026, 01:50:00\nMeeting End Time\t25/10/2026, 02:10:00\n"
    report = read(head + text, day=BACK)
    assert f"{report.started:%H:%M}" == "01:50"


# --- Other languages ---


def translated(text: str) -> str:
    for old, new in [
        ("1. Summary", "1. Podsumowanie"),
        ("2. Participants", "2. Uczestnicy"),
        ("3. In-Meeting Activities", "3. Działania podczas spotkania"),
        ("Meeting title", "Tytuł spotkania"),
        ("Start time", "Godzina rozpoczęcia"),
        ("End time", "Godzina zakończenia"),
        ("First Join", "Pierwsze dołączenie"),
        ("Join Time", "Godzina dołączenia"),
        ("Last Leave", "Ostatnie opuszczenie"),
        ("Leave Time", "Godzina opuszczenia"),
        ("Name\t", "Nazwa\t"),
    ]:
        text = text.replace(old, new)
    return re.sub(r"(\d+)m\b", r"\1 min", text)


@pytest.mark.parametrize("clock", ["UK", "German", "ISO"])
def test_sections_in_another_language_are_read_by_their_shape(clock):
    report = read(translated(layouts.text(layouts.sections(STAYS, CLOCKS[clock]))))
    assert intervals(report) == INTERVALS
    assert (report.language, report.title) == ("", "Year 5 maths")
    assert report.attendees[0].user_id == HELEN
    assert (report.started, report.ended) == (at("13:58:02"), at("14:31:40"))


def test_length_in_another_language_reads_the_doubled_hour():
    stays = [
        Stay(
            "A",
            datetime(2026, 10, 25, 1, 50, tzinfo=UTC),
            datetime(2026, 10, 25, 4, 9, 19, tzinfo=UTC),
        )
    ]
    text = translated(layouts.text(layouts.sections(stays, CLOCKS["UK"])))
    text = text.replace("2h 19 min 19s", "2 godz. 19 min 19 s")
    assert "godz" in text
    assert read(text, day=BACK).attendees[0].intervals[0].seconds == 8359


OTHER_LANGUAGES = {
    "a list of 2020": "Vollständiger Name\tAktion\tZeitstempel\nA\tBeigetreten\t22.9.2026, 14:00:00\n",
    "a table of 2021": (
        "Nom complet\tHeure d’arrivée\tHeure de départ\tDurée\tE-mail\tRôle\tID\n"
        "A\t22/09/2026, 14:00:00\t22/09/2026, 14:30:00\t30 min\t\tParticipant\t\n"
    ),
    "an English list with other words": (
        "Full Name\tUser Action\tTimestamp\nA\tBeigetreten\t22.9.2026, 14:00:00\n"
    ),
    "columns missing": (
        "1. Zusammenfassung\n2. Teilnehmer\nName\tErste\tLetzte\n"
        "A\t22.09.26, 14:00:00\t22.09.26, 14:30:00\n"
    ),
    "times in words": "1. 概要\n2. 参加者\n名前\t最初\n",
}


@pytest.mark.parametrize("text", OTHER_LANGUAGES.values(), ids=OTHER_LANGUAGES)
def test_report_in_a_language_that_cannot_be_read_by_shape_is_refused(text):
    assert refusal(text) is ReportRefusal.OTHER_LANGUAGE


# --- What is no report ---


def workbook() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    return out.getvalue()


GOOD = layouts.text(layouts.sections(STAYS, CLOCKS["UK"]))
REFUSED = {
    "nothing": (b"", ReportRefusal.EMPTY),
    "spaces": (b" \r\n\t ", ReportRefusal.EMPTY),
    "a mark and nothing": (b"\xff\xfe", ReportRefusal.EMPTY),
    "too large": (b"x" * (LARGEST_FILE + 1), ReportRefusal.TOO_LARGE),
    "too many rows": (b"Name\n" * (MOST_ROWS + 1), ReportRefusal.NOT_A_REPORT),
    "a million rows": (b"a\tb\n" * 1_000_000, ReportRefusal.TOO_LARGE),
    "a million rows of people": (
        b"Full Name\tUser Action\tTimestamp\n" + b"A\tJoined\t22/09/2026, 14:00:00\n" * 100_000,
        ReportRefusal.TOO_LARGE,
    ),
    "a zip": (workbook(), ReportRefusal.WORKBOOK),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ReportRefusal.WORKBOOK),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), ReportRefusal.NOT_TEXT),
    "zero bytes": (bytes(1000), ReportRefusal.NOT_TEXT),
    "a zero byte in a name": (GOOD.replace("Poppy", "Po\0ppy").encode(), ReportRefusal.NOT_TEXT),
    "half a letter of UTF-16": (
        b"\xff\xfe" + GOOD.encode("utf-16-le")[:-1],
        ReportRefusal.NOT_TEXT,
    ),
    "half a pair of UTF-16": (b"\xff\xfeA\x00\x00\xd8", ReportRefusal.NOT_TEXT),
    "prose": (b"Dear Helen, please find the list attached.", ReportRefusal.NOT_A_REPORT),
    "one word": (b"Name", ReportRefusal.NOT_A_REPORT),
    "another table": (b"Name,Class\nPoppy,5H\n", ReportRefusal.NOT_A_REPORT),
    "headings alone": (GOOD.split("Dad")[0].encode(), ReportRefusal.NOT_A_REPORT),
    "a huge cell": (b"Name\tJoin Time\n" + b"x" * LONGEST_ROW, ReportRefusal.NOT_A_REPORT),
    "a huge cell of many lines": (
        b'Name\tJoin Time\tLeave Time\n"' + b"x\n" * 100_000,
        ReportRefusal.NOT_A_REPORT,
    ),
    "the same table twice": ((GOOD + GOOD).encode(), ReportRefusal.DAMAGED),
    "a row without times": ((GOOD + "Pat Parent\n").encode(), ReportRefusal.DAMAGED),
    "a row cut off": (GOOD.encode()[:-40], ReportRefusal.DAMAGED),
    "somebody who leaves and never came": (
        b"Full Name\tUser Action\tTimestamp\nA\tLeft\t22/09/2026, 14:00:00\n",
        ReportRefusal.DAMAGED,
    ),
    "a quotation mark that swallows people": (
        GOOD.replace("\r\nPoppy", '\r\n"Poppy').encode(),
        ReportRefusal.DAMAGED,
    ),
    "a quotation mark that makes one person of two": (
        (
            b"Full Name\tUser Action\tTimestamp\n"
            b'"Poppy\tJoined\t22/09/2026, 14:00:00\nAli"\tJoined\t22/09/2026, 14:00:00\n'
        ),
        ReportRefusal.DAMAGED,
    ),
    "a quotation mark that swallows a row's end": (
        GOOD.replace("Poppy Pupil", '"Poppy Pupil', 1).replace("\tp@", '"\tp@', 1).encode(),
        ReportRefusal.DAMAGED,
    ),
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_report_is_refused_by_name(data, reason):
    assert refusal(data) is reason


def test_refusal_says_what_to_do_and_repeats_nothing():
    with pytest.raises(ReportRefused) as caught:
        read("Poppy Pupil is at risk")
    assert "Poppy" not in f"{caught.value} {caught.value!r} {caught.value.__cause__!r}"
    assert str(caught.value).endswith("upload the file as it is.")
