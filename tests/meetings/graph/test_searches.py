"""Teams is asked for its attendance reports when a call is over, by itself, and nothing is taken twice or lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from meetings import attendance, selectors, services
from meetings.models import AttendanceReport, Incident, Meeting, ReportSearch
from notices.models import Notice
from notices.services import run_due
from school.models import Guardian, Pupil, StaffMember
from school.services import SWEEP
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests.meetings import calls, teams_reports
from tests.meetings.graph.fake import FakeGraph, fault
from tests.meetings.graph.reports import pupil, record, report, staff, when
from tests.meetings.pages import part, queries, url, words

pytestmark = pytest.mark.django_db

Family = tuple[Guardian, Pupil]
Set = Callable[[Any], Any]
SignIn = Callable[[StaffMember], Client]
M = 60.0
REPORTS = "/attendanceReports"
MARKS = (10, 20, 40, 80, 180, 360, 720, 1440, 2880)


@pytest.fixture
def online(graph: FakeGraph) -> str:
    """The id of the host's meeting in Teams."""
    return str(graph.add_meeting(calls.ORGANISER, calls.LINK)["id"])


@pytest.fixture
def known(amy: Family, ben: Family) -> tuple[Pupil, Pupil]:
    """Amy and Ben have accounts of the school, by which a report knows them."""
    for _, one in (amy, ben):
        Pupil.objects.filter(pk=one.pk).update(email=f"{one.given_name}@pupils.example".lower())
        one.refresh_from_db()
    return amy[1], ben[1]


@pytest.fixture
def running(
    online: str, graph: FakeGraph, known_host: StaffMember, known_co_host: StaffMember,
    amy: Family, ben: Family, known: tuple[Pupil, Pupil], clock_at: Set,
) -> Meeting:  # fmt: skip
    """A call with two adults and two pupils, run by the book, as its planned end comes."""
    strict(graph, known_co_host)
    meeting = calls.shared(known_host, [amy, ben], co_hosts=[known_co_host])
    run_due(clock.now())
    clock_at(calls.STARTS - timedelta(minutes=5))
    calls.confirm(meeting, known_host, known_co_host)
    services.open_door(meeting, by=known_host)
    clock_at(calls.STARTS)
    services.admit(meeting, by=known_host, pupil_ids=[one.pk for one in known])
    clock_at(calls.ENDS)
    meeting.refresh_from_db()
    return meeting


@pytest.fixture
def over(running: Meeting, known_host: StaffMember) -> Meeting:
    """The same call, ended and closed at its planned end."""
    services.end(running, by=known_host)
    return services.close(running, by=known_host, how=services.Ending())


def strict(graph: FakeGraph, co_host: StaffMember) -> None:
    """Let the meeting be as the policy asks, so that nothing holds the call."""
    people = [{"role": "coorganizer", "identity": {"user": {"id": str(co_host.entra_id)}}}]
    for one in graph.meetings.values():
        one["said"] |= {
            "lobbyBypassSettings": {"scope": "organizer", "isDialInBypassEnabled": False},
            "allowedPresenters": "roleIsPresenter",
            "participants": {"attendees": people},
        }


def by_the_book(meeting: Meeting, *pupils: Pupil, pk: str = "r1") -> dict[str, Any]:
    """Both adults from before until after the pupils."""
    adults = [seat.staff for seat in meeting.seats.select_related("staff__user").order_by("pk")]
    return report(
        pk,
        *(staff(one, -5 * M, 45 * M) for one in adults),
        *(pupil(one, 0, 44 * M) for one in pupils),
    )


def alone(meeting: Meeting, *pupils: Pupil, pk: str = "r1") -> dict[str, Any]:
    """The co-host goes after 20 minutes, and the second pupil a minute later: 278 seconds alone."""
    host, co_host = [
        one.staff for one in meeting.seats.select_related("staff__user").order_by("pk")
    ]
    first, second = pupils
    return report(
        pk,
        staff(host, -5 * M, 45 * M),
        staff(co_host, -4 * M, 20 * M),
        pupil(first, 0, 21 * M + 278),
        pupil(second, 0, 21 * M),
    )


def go(clock_at: Set, minutes: float) -> None:
    """Let the sweep come by so many minutes after the end of the call."""
    clock_at(calls.ENDS + timedelta(minutes=minutes))
    run_due(clock.now())


def asked(graph: FakeGraph) -> int:
    return len(graph.calls_to("GET", REPORTS))


def kinds(meeting: Meeting) -> list[tuple[str, int]]:
    told = selectors.told(meeting)
    assert told is not None
    return [(one.kind.value, one.seconds) for one in told.findings.findings]


# --- When it is asked, and what comes of it ----------------------------------------------------------
def test_p1_report_is_taken_ten_minutes_after_the_end_and_what_it_shows_reaches_the_team(
    graph: FakeGraph, online: str, over: Meeting, known: tuple[Pupil, Pupil], clock_at: Set
) -> None:
    graph.reports[online] = [alone(over, *known)]
    go(clock_at, 9.9)
    assert (asked(graph), AttendanceReport.objects.count()) == (0, 0)
    go(clock_at, 10)
    row = AttendanceReport.objects.get()
    assert (row.source, row.brought_by, row.brought_at) == ("graph", None, clock.now())
    # Everybody is known: the staff by their accounts, the pupils by their addresses.
    assert [(one.staff_id, one.pupil_id) for one in row.participants.order_by("pk")] == [
        (over.seats.order_by("pk")[0].staff_id, None),
        (over.seats.order_by("pk")[1].staff_id, None),
        (None, known[1].pk),
        (None, known[0].pk),
    ]
    assert dict(Incident.objects.values_list("kind", "seconds"))["one_to_one"] == 278
    entry = Entry.objects.get(verb="meeting.report")
    assert entry.detail == {"report": row.pk, "source": "graph", "people": 4}


def test_late_report_is_asked_for_with_growing_gaps_until_two_days_after(
    graph: FakeGraph, online: str, over: Meeting, known: tuple[Pupil, Pupil], clock_at: Set
) -> None:
    for number, minutes in enumerate(MARKS[:-1], start=1):
        go(clock_at, minutes - 0.1)
        assert asked(graph) == number - 1
        go(clock_at, minutes)
        assert asked(graph) == number
    graph.reports[online] = [by_the_book(over, *known)]
    go(clock_at, MARKS[-1])
    assert AttendanceReport.objects.count() == 1
    assert kinds(over) == []
    assert ReportSearch.objects.get().due_at is None
    go(clock_at, 5 * MARKS[-1])
    assert asked(graph) == len(MARKS)


def test_same_report_again_twice_listed_and_in_another_order_is_one(
    graph: FakeGraph, online: str, over: Meeting, known: tuple[Pupil, Pupil], clock_at: Set
) -> None:
    one = alone(over, *known)
    guest = record("Ben (Guest)", 0, M)
    one["attendanceRecords"].append(guest)
    graph.reports[online] = [one, one]
    go(clock_at, 10)
    assert len(graph.calls_to("GET", "/r1")) == 1
    one["attendanceRecords"] = one["attendanceRecords"][::-1]
    go(clock_at, 20)
    assert len(graph.calls_to("GET", "/r1")) == 2
    assert AttendanceReport.objects.count() == 1
    assert Entry.objects.filter(verb="meeting.report").count() == 1


def test_digest_of_a_report_is_the_same_in_every_process() -> None:
    """A set has another order in each process; what was stored by one worker is met by the next."""
    said = report("r1", record("Ben (Guest) (External)", 0, M))
    found = attendance.from_graph(said, said["attendanceRecords"])
    assert len(found.attendees[0].flags) == 3
    assert (
        attendance.digest_of(found)
        == "7bb334f64ebd5ddd30fa403262e67df834d03e64ce5dddc04c8560cefb130f40"
    )


def test_call_that_everybody_left_and_restarted_has_two_reports_that_are_read_as_one(
    graph: FakeGraph, online: str, over: Meeting, known: tuple[Pupil, Pupil], clock_at: Set
) -> None:
    host = over.seats.select_related("staff__user").get(role="host").staff
    graph.reports[online] = [by_the_book(over, *known)]
    go(clock_at, 10)
    assert kinds(over) == []
    # E65: twenty minutes after the end two go in again, and Teams writes a second report.
    again = report("r2", staff(host, 65 * M, 67 * M), pupil(known[0], 65 * M, 67 * M))
    graph.reports[online].append(again)
    go(clock_at, 40)
    assert AttendanceReport.objects.count() == 2
    assert kinds(over) == [("came_back", 120), ("not_recorded", 120), ("one_to_one", 120)]
    assert set(Incident.objects.values_list("kind", flat=True)) >= {"rejoined", "one_to_one"}


@pytest.mark.parametrize(
    "broken",
    [
        {"meetingEndDateTime": None},
        {"meetingStartDateTime": "yesterday"},
        {"attendanceRecords": []},
        {"attendanceRecords": "none"},
        {"attendanceRecords@odata.nextLink": "https://graph.microsoft.com/v1.0/more"},
        {"attendanceRecords": [record("Amy", 0, M) | {
            "attendanceIntervals": [{"joinDateTime": when(0), "leaveDateTime": None}]}]},
    ],
    ids=["no-end", "no-start", "no-people", "no-list", "a-part", "still-in"],
)  # fmt: skip
def test_report_that_is_not_whole_is_not_taken_and_looked_at_again(
    graph: FakeGraph, online: str, over: Meeting, known: tuple[Pupil, Pupil], clock_at: Set,
    broken: dict[str, Any],
) -> None:  # fmt: skip
    whole = alone(over, *known)
    graph.reports[online] = [whole | broken]
    go(clock_at, 10)
    assert AttendanceReport.objects.count() == 0
    search = ReportSearch.objects.get()
    assert search.fault == services.NOT_WHOLE
    assert search.due_at == calls.ENDS + timedelta(minutes=20)
    graph.reports[online] = [whole]
    go(clock_at, 20)
    assert AttendanceReport.objects.count() == 1
    assert ReportSearch.objects.get().fault == ""


def test_report_that_is_not_whole_keeps_no_other_one_back(
    graph: FakeGraph, online: str, over: Meeting, known: tuple[Pupil, Pupil], clock_at: Set
) -> None:
    torn = by_the_book(over, *known, pk="r0") | {"attendanceRecords": None}
    graph.reports[online] = [torn, alone(over, *known)]
    go(clock_at, 10)
    assert AttendanceReport.objects.count() == 1
    assert kinds(over) == [("not_recorded", 338), ("one_to_one", 278)]


def test_report_that_changes_counts_as_it_is_now_and_what_was_taken_stays(
    graph: FakeGraph, online: str, over: Meeting, known: tuple[Pupil, Pupil], clock_at: Set
) -> None:
    graph.reports[online] = [alone(over, *known)]
    go(clock_at, 10)
    graph.reports[online] = [by_the_book(over, *known)]
    go(clock_at, 20)
    graph.reports[online] = []
    go(clock_at, 40)
    assert AttendanceReport.objects.count() == 2
    assert kinds(over) == []
    assert Incident.objects.get(kind="one_to_one").settled_at is None


# --- Trouble ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", [500, 429, 302])
def test_microsoft_away_is_said_and_asked_again_within_minutes(
    graph: FakeGraph, online: str, over: Meeting, known: tuple[Pupil, Pupil], clock_at: Set,
    code: int,
) -> None:  # fmt: skip
    graph.reports[online] = [alone(over, *known)]
    graph.answer("GET", REPORTS, code)
    go(clock_at, 10)
    assert ReportSearch.objects.get().fault.startswith("Microsoft ")
    go(clock_at, 11)
    assert AttendanceReport.objects.count() == 1
    assert ReportSearch.objects.get().fault == ""


def test_microsoft_that_asks_to_wait_is_left_in_peace_that_long(
    graph: FakeGraph, online: str, over: Meeting, known: tuple[Pupil, Pupil], clock_at: Set
) -> None:
    graph.reports[online] = [alone(over, *known)]
    graph.answer("GET", REPORTS, 429, Retry_After="240")
    go(clock_at, 10)
    go(clock_at, 13.9)
    assert asked(graph) == 1
    go(clock_at, 14)
    assert AttendanceReport.objects.count() == 1


def test_answer_lost_in_the_middle_loses_nothing_and_takes_nothing_twice(
    graph: FakeGraph, online: str, over: Meeting, known: tuple[Pupil, Pupil], clock_at: Set
) -> None:
    host = over.seats.select_related("staff__user").get(role="host").staff
    graph.reports[online] = [alone(over, *known), report("r2", staff(host, 50 * M, 51 * M))]
    graph.drop("GET", "/r2")
    go(clock_at, 10)
    assert AttendanceReport.objects.count() == 0
    go(clock_at, 11)
    assert AttendanceReport.objects.count() == 2


def test_missing_permission_is_said_on_the_page_and_asked_again_at_the_next_mark(
    graph: FakeGraph, online: str, over: Meeting, known: tuple[Pupil, Pupil], clock_at: Set,
    staff_client: SignIn, known_host: StaffMember,
) -> None:  # fmt: skip
    graph.reports[online] = [alone(over, *known)]
    client = staff_client(known_host)
    for _ in MARKS[:-1]:
        graph.answer("GET", REPORTS, 403, fault("Forbidden", "no OnlineMeetingArtifact.Read.All"))
    for minutes in MARKS[:2]:
        go(clock_at, minutes)
    page = words(client.get(url("attendance", over)))
    assert "No attendance report yet. Teams is asked for it by itself." in page
    assert "Microsoft does not let this software in. Ask IT to look at its registration." in page
    assert "Teams is asked next: Thursday 17 September, 3:25 pm." in page
    for minutes in MARKS[2:]:
        go(clock_at, minutes)
    assert asked(graph) == len(MARKS)
    assert AttendanceReport.objects.count() == 1


def test_check_that_could_not_be_made_is_said_and_a_file_takes_its_place(
    graph: FakeGraph, over: Meeting, known_host: StaffMember, known_co_host: StaffMember,
    clock_at: Set, staff_client: SignIn,
) -> None:  # fmt: skip
    for minutes in MARKS:
        go(clock_at, minutes)
    client = staff_client(known_host)
    said = "This check could not be made: Teams gave no report."
    page = client.get(url("attendance", over))
    assert said in part(page, '<section class="verdict', "</section>")
    assert "Bring the report" in words(page)
    assert said in part(client.get(url("detail", over)), 'id="attendance"', "</section>")
    data = teams_reports.file(
        [teams_reports.by(known_host, -60, 2700), teams_reports.by(known_co_host, -60, 2700)]
    )
    services.bring_report(over, by=known_host, data=data)
    page = client.get(url("attendance", over))
    assert said not in part(page, '<section class="verdict', "</section>")


def test_ask_teams_now_is_a_wish_that_the_next_sweep_fulfils(
    graph: FakeGraph, online: str, over: Meeting, known: tuple[Pupil, Pupil], clock_at: Set,
    staff_client: SignIn, known_host: StaffMember, colleague: StaffMember,
) -> None:  # fmt: skip
    for minutes in MARKS:
        go(clock_at, minutes)
    graph.reports[online] = [by_the_book(over, *known)]
    answer = staff_client(known_host).post(url("attendance_search", over))
    assert answer["Location"] == url("attendance", over)
    assert asked(graph) == len(MARKS)
    run_due(clock.now() + timedelta(seconds=3))
    assert AttendanceReport.objects.count() == 1
    with pytest.raises(NotAllowed):
        services.search_again(over, by=colleague)


def test_page_asks_two_queries_for_the_search_however_many_reports(
    graph: FakeGraph, online: str, over: Meeting, known: tuple[Pupil, Pupil], clock_at: Set,
    staff_client: SignIn, known_host: StaffMember, settings: Any,
) -> None:  # fmt: skip
    client = staff_client(known_host)
    host = over.seats.select_related("staff__user").get(role="host").staff
    graph.reports[online] = [by_the_book(over, *known)]
    go(clock_at, 10)
    before = queries(client, url("attendance", over))
    graph.reports[online].append(report("r2", staff(host, 65 * M, 66 * M)))
    go(clock_at, 20)
    assert queries(client, url("attendance", over)) == before
    settings.GRAPH = None
    assert queries(client, url("attendance", over)) == before - 4


# --- Which calls, which meeting -----------------------------------------------------------------------
def test_graph_switched_off_asks_nothing_and_says_nothing(
    graph: FakeGraph, over: Meeting, clock_at: Set, settings: Any, staff_client: SignIn,
    known_host: StaffMember,
) -> None:  # fmt: skip
    before = len(graph.asked)
    settings.GRAPH = None
    go(clock_at, 10)
    assert len(graph.asked) == before
    page = staff_client(known_host).get(url("attendance", over))
    assert "No attendance report yet." in words(page)
    assert "Ask Teams now" not in page.content.decode()
    with pytest.raises(NotAllowed):
        services.search_again(over, by=known_host)


def test_cancelled_call_and_one_whose_meeting_is_not_known_are_not_asked_about(
    graph: FakeGraph, online: str, known_host: StaffMember, known_co_host: StaffMember,
    amy: Family, ben: Family, clock_at: Set,
) -> None:  # fmt: skip
    cancelled = calls.shared(known_host, [amy, ben], co_hosts=[known_co_host])
    run_due(clock.now())
    services.cancel(cancelled, by=known_host)
    other = calls.shared(known_host, [amy, ben], co_hosts=[known_co_host])
    run_due(clock.now())
    assert [one.meeting_id for one in ReportSearch.objects.all()] == [cancelled.pk]
    assert other.pk != cancelled.pk
    for minutes in MARKS:
        go(clock_at, minutes)
    assert asked(graph) == 0


def test_call_that_nobody_ended_is_asked_about_from_its_planned_end(
    graph: FakeGraph, online: str, running: Meeting, known: tuple[Pupil, Pupil], clock_at: Set
) -> None:
    graph.reports[online] = [alone(running, *known)]
    go(clock_at, 10)
    assert AttendanceReport.objects.count() == 1


def test_call_that_runs_on_is_asked_about_from_the_end_that_was_pressed(
    graph: FakeGraph, online: str, running: Meeting, known_host: StaffMember, clock_at: Set
) -> None:
    clock_at(calls.ENDS + timedelta(minutes=5))
    services.end(running, by=known_host)
    go(clock_at, 14.9)
    assert asked(graph) == 0
    go(clock_at, 15)
    assert asked(graph) == 1


def test_e68_dates_with_one_meeting_take_each_their_own_report_and_read_no_other(
    graph: FakeGraph, online: str, over: Meeting, known: tuple[Pupil, Pupil], clock_at: Set,
    known_host: StaffMember, known_co_host: StaffMember,
) -> None:  # fmt: skip
    day = timedelta(days=1)
    tomorrow = services.plan(
        by=known_host,
        what=calls.plan_of(list(known), co_hosts=[known_co_host],
                           starts_at=calls.STARTS + day, ends_at=calls.ENDS + day),
    )  # fmt: skip
    Meeting.objects.filter(pk=tomorrow.pk).update(link_digest=over.link_digest)
    later = [staff(known_host, 86_400, 86_400 + 40 * M), pupil(known[0], 86_400, 86_400 + 9 * M)]
    graph.reports[online] = [
        by_the_book(over, *known),
        report("r2", *later),
        report("r3", staff(known_host, -30 * 86_400, -30 * 86_400 + M)),
    ]
    go(clock_at, 2880)
    assert AttendanceReport.objects.count() == 1
    assert kinds(over) == []
    assert [len(graph.calls_to("GET", f"/{pk}")) for pk in ("r1", "r2", "r3")] == [1, 0, 0]


def test_e71_call_whose_link_was_renewed_while_it_ran_was_in_two_meetings(
    graph: FakeGraph, online: str, running: Meeting, known: tuple[Pupil, Pupil], clock_at: Set,
    known_host: StaffMember, known_co_host: StaffMember,
) -> None:  # fmt: skip
    services.report_leak(running, by=known_host, seen=running.class_link_version)
    other = calls.LINK.replace(calls.THREAD_ID, "b3RoZXI")
    options = graph.add_meeting(calls.ORGANISER, other, id="MSo-other")
    strict(graph, known_co_host)
    services.set_link(running, by=known_host, text=other, old_one_ended=True)
    run_due(clock.now())
    assert [one.online_id for one in ReportSearch.objects.all()] == [online, options["id"]]
    graph.reports[online] = [alone(running, *known)]
    graph.reports["MSo-other"] = [report("r9", staff(known_host, 46 * M, 50 * M))]
    go(clock_at, 10)
    # Letters about the leak are more urgent: the other meeting's turn is the next sweep's.
    go(clock_at, 10.1)
    assert AttendanceReport.objects.count() == 2


def test_link_replaced_before_the_door_was_open_leads_to_no_report(
    graph: FakeGraph, online: str, known_host: StaffMember, known_co_host: StaffMember,
    amy: Family, ben: Family,
) -> None:  # fmt: skip
    meeting = calls.shared(known_host, [amy, ben], co_hosts=[known_co_host])
    run_due(clock.now())
    assert ReportSearch.objects.count() == 1
    other = calls.LINK.replace(calls.THREAD_ID, "b3RoZXI")
    services.set_link(meeting, by=known_host, text=other)
    assert ReportSearch.objects.count() == 0


# --- What people are told -----------------------------------------------------------------------------
def test_e55_adults_are_asked_who_came_in_under_a_typed_name_and_not_when_all_are_known(
    graph: FakeGraph, online: str, over: Meeting, known: tuple[Pupil, Pupil], clock_at: Set,
    known_host: StaffMember, known_co_host: StaffMember,
) -> None:  # fmt: skip
    graph.reports[online] = [by_the_book(over, *known)]
    go(clock_at, 10)
    assert not Notice.objects.filter(kind="meeting_names_wanted").exists()
    said = by_the_book(over, known[0], pk="r2")
    said["attendanceRecords"].append(record("Dad's iPad", 0, 40 * M))
    graph.reports[online].append(said)
    go(clock_at, 20)
    told = Notice.objects.filter(kind="meeting_names_wanted")
    assert sorted(told.values_list("staff_id", flat=True)) == [known_host.pk, known_co_host.pk]
    assert Incident.objects.filter(kind="unknown_person").count() == 0
    clock_at(clock.now() + timedelta(days=1))
    run_due(clock.now())
    assert Incident.objects.filter(kind="unknown_person").count() == 1


def test_p2_recording_is_no_matter_for_the_team_before_the_host_has_closed_the_call(
    graph: FakeGraph, online: str, running: Meeting, known: tuple[Pupil, Pupil], clock_at: Set,
    known_host: StaffMember, staff_client: SignIn,
) -> None:  # fmt: skip
    services.end(running, by=known_host)
    host = running.seats.select_related("staff__user").get(role="host").staff
    graph.reports[online] = [
        report("r1", staff(host, -M, 45 * M), *(pupil(one, 0, 44 * M) for one in known))
    ]
    go(clock_at, 10)
    assert [kind for kind, _ in kinds(running)] == ["not_recorded"]
    assert Incident.objects.count() == 0
    page = staff_client(known_host).get(url("attendance", running))
    assert "No child was alone with one adult" in words(page)
    services.close(running, by=known_host, how=services.Ending(was_recorded=False))
    assert list(Incident.objects.values_list("kind", flat=True)) == ["not_recorded"]


def test_p2_call_that_nobody_closes_counts_as_not_recorded_after_a_day(
    graph: FakeGraph, online: str, running: Meeting, known: tuple[Pupil, Pupil], clock_at: Set
) -> None:
    host = running.seats.select_related("staff__user").get(role="host").staff
    graph.reports[online] = [
        report("r1", staff(host, -M, 45 * M), *(pupil(one, 0, 44 * M) for one in known))
    ]
    go(clock_at, 10)
    assert not Incident.objects.filter(kind="not_recorded").exists()
    go(clock_at, 10 + 1440)
    assert Incident.objects.filter(kind="not_recorded").count() == 1


def test_sweep_asks_the_same_of_the_database_whatever_teams_has(
    graph: FakeGraph, online: str, over: Meeting, known: tuple[Pupil, Pupil], clock_at: Set
) -> None:
    """That there is nothing new costs a fixed number of queries, however many reports are there."""
    host = over.seats.select_related("staff__user").get(role="host").staff
    counts = []
    for number, minutes in enumerate(MARKS[:2]):
        graph.reports[online] = [
            report(f"r{one}", staff(host, (60 + one) * M, (60 + one) * M + 30))
            for one in range(number)
        ]
        go(clock_at, minutes)
    for minutes in MARKS[2:4]:
        clock_at(calls.ENDS + timedelta(minutes=minutes))
        with CaptureQueriesContext(
            connection,
        ) as context:
            services.see_to_search(ReportSearch.objects.get().pk, by=SWEEP, now=clock.now())
        counts.append(len(context))
    assert counts[0] == counts[1]


def test_nothing_stored_in_the_clear_leads_into_the_meeting(over: Meeting) -> None:
    [row] = ReportSearch.objects.all()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {row._meta.db_table}")  # noqa: S608
        stored = repr(cursor.fetchall())
    assert not [word for word in ("MSo", calls.THREAD_ID, "teams.") if word in stored]
