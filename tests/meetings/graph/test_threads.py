"""Two workers, one wish: on PostgreSQL, with real threads."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from audit.models import Entry
from meetings import services
from meetings.models import AttendanceReport, Meeting, ReportSearch, TeamsEvent, TeamsReading
from school.models import Guardian, Pupil, StaffMember
from school.services import SWEEP
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests.journeys.test_standing_threads import at_once
from tests.meetings import calls, series
from tests.meetings.graph import reports
from tests.meetings.graph.fake import FakeGraph

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ROUNDS = 6
Family = tuple[Guardian, Pupil]
Set = Callable[[Any], Any]


@pytest.fixture
def wanted(
    graph: FakeGraph, known_host: StaffMember, known_co_host: StaffMember, amy: Family, ben: Family
) -> Meeting:
    """A call that is wanted in Teams."""
    what = calls.plan_of([amy[1], ben[1]], co_hosts=[known_co_host])
    meeting = services.plan(by=known_host, what=what)
    services.create_in_teams(meeting, by=known_host)
    return meeting


def go(meeting: Meeting, seconds: float = 0) -> Callable[[], object]:
    """A worker that takes the wish as far as it goes."""
    pk = TeamsEvent.objects.get(meeting=meeting).pk
    return lambda: services.see_to_event(pk, by=SWEEP, now=clock.now() + timedelta(seconds=seconds))


@pytest.mark.parametrize("attempt", range(ROUNDS))
@pytest.mark.parametrize("dedupes", [True, False])
def test_three_workers_make_one_event(
    graph: FakeGraph, wanted: Meeting, attempt: int, dedupes: bool
) -> None:
    graph.dedupes = dedupes
    at_once(go(wanted), go(wanted), go(wanted))
    # Whoever found the row on loan left it alone; the sweep comes by again.
    go(wanted, 5)()
    assert len(graph.events) == 1
    assert len(graph.calls_to("POST", "/events")) == 1
    assert TeamsEvent.objects.get().state == "hardened"
    wanted.refresh_from_db()
    assert wanted.join_url


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_call_cancelled_while_workers_make_it_leaves_nothing_in_outlook(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember, attempt: int
) -> None:
    at_once(go(wanted), go(wanted), lambda: services.cancel(wanted, by=known_host))
    for seconds in (5, 10):
        go(wanted, seconds)()
    assert graph.standing() == []
    assert TeamsEvent.objects.get().state == "cancelled"


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_link_pasted_while_workers_make_the_meeting_leaves_one_link_and_no_second_event(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember, attempt: int
) -> None:
    at_once(go(wanted), lambda: services.set_link(wanted, by=known_host, text=calls.LINK))
    for seconds in (5, 10):
        go(wanted, seconds)()
    wanted.refresh_from_db()
    event = TeamsEvent.objects.get()
    if event.state == "cancelled":
        assert graph.standing() == []
        assert wanted.join_url == calls.LINK
    else:
        # It stood in Outlook before the paste: whoever pasted may have found the link there.
        assert event.state == "hardened"
        assert len(graph.standing()) == 1


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_plan_changed_while_workers_harden_it_reaches_outlook(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember, attempt: int
) -> None:
    later = calls.STARTS + timedelta(hours=2)
    what = calls.as_it_is(wanted, starts_at=later, ends_at=later + timedelta(minutes=30))
    at_once(go(wanted), lambda: services.revise(wanted, by=known_host, what=what))
    for seconds in (5, 10):
        go(wanted, seconds)()
    [event] = graph.standing()
    assert event["start"]["dateTime"] == "2026-09-17T15:00:00"
    assert TeamsEvent.objects.get().state == "hardened"


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_two_workers_read_a_meeting_once(
    graph: FakeGraph, known_host: StaffMember, known_co_host: StaffMember,
    amy: Family, ben: Family, attempt: int,
) -> None:  # fmt: skip
    graph.add_meeting(calls.ORGANISER, calls.LINK)
    calls.planned(known_host, [amy[1], ben[1]], co_hosts=[known_co_host])
    pk = TeamsReading.objects.get().pk

    def read() -> object:
        return services.see_to_reading(pk, by=SWEEP, now=clock.now())

    at_once(read, read)
    assert len(graph.asked) == 1
    assert TeamsReading.objects.get().said["lobby"] == "organization"


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_two_workers_who_both_ask_for_the_report_of_a_call_take_it_once(
    graph: FakeGraph, known_host: StaffMember, known_co_host: StaffMember,
    amy: Family, ben: Family, clock_at: Set, attempt: int,
) -> None:  # fmt: skip
    """The first has been so slow that its loan is over: both have asked, and one of them takes it."""
    online = graph.add_meeting(calls.ORGANISER, calls.LINK)["id"]
    calls.shared(known_host, [amy, ben], co_hosts=[known_co_host])
    services.see_to_reading(TeamsReading.objects.get().pk, by=SWEEP, now=clock.now())
    graph.reports[online] = [reports.report("r1", reports.staff(known_host, 0, 600))]
    search = ReportSearch.objects.get()
    clock_at(calls.ENDS + timedelta(minutes=10))

    def ask(minutes: float) -> Callable[[], object]:
        now = clock.now() + timedelta(minutes=minutes)
        return lambda: services.see_to_search(search.pk, by=SWEEP, now=now)

    at_once(ask(0), ask(6), ask(12))
    assert AttendanceReport.objects.count() == 1
    assert Entry.objects.filter(verb="meeting.report").count() == 1
    # The next look finds nothing new.
    ask(2880)()
    assert AttendanceReport.objects.count() == 1


def test_call_is_locked_by_nobody_while_teams_is_asked(
    graph: FakeGraph, known_host: StaffMember, known_co_host: StaffMember,
    amy: Family, ben: Family, clock_at: Set,
) -> None:  # fmt: skip
    online = graph.add_meeting(calls.ORGANISER, calls.LINK)["id"]
    meeting = calls.shared(known_host, [amy, ben], co_hosts=[known_co_host])
    services.see_to_reading(TeamsReading.objects.get().pk, by=SWEEP, now=clock.now())
    graph.reports[online] = [reports.report("r1", reports.staff(known_host, 0, 600))]
    clock_at(calls.ENDS + timedelta(minutes=10))
    locked: list[int] = []

    def trick(verb: str, path: str) -> None:
        if path.endswith("/attendanceReports"):
            with transaction.atomic():
                rows = Meeting.objects.select_for_update(nowait=True).filter(pk=meeting.pk)
                locked.extend(rows.values_list("pk", flat=True))
            connection.close()

    graph.tricks.append(trick)
    services.see_to_search(ReportSearch.objects.get().pk, by=SWEEP, now=clock.now())
    assert locked == [meeting.pk]
    assert AttendanceReport.objects.count() == 1


def test_two_presses_at_once_make_every_date_of_a_series_once(
    graph: FakeGraph, known_host: StaffMember, known_co_host: StaffMember, amy: Family, ben: Family
) -> None:
    rows = series.planned(known_host, [amy[1], ben[1]], co_hosts=[known_co_host])
    refused: list[NotAllowed] = []

    def press() -> None:
        try:
            services.create_all_in_teams(rows, by=known_host)
        except NotAllowed as fault:
            refused.append(fault)

    at_once(press, press)
    assert (TeamsEvent.objects.count(), len(refused)) == (3, 1)


def test_call_cancelled_in_the_moment_before_it_is_made_is_left_on_loan_to_nobody(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember
) -> None:
    graph.drop("POST", "/events")
    go(wanted)()

    def trick(verb: str, path: str) -> None:
        if (verb, Meeting.objects.get().status) == ("GET", "draft"):
            services.cancel(wanted, by=known_host)
        connection.close()

    graph.tricks.append(trick)
    go(wanted, 3600)()
    assert Meeting.objects.get().status == "cancelled"
    assert (graph.standing(), TeamsEvent.objects.get().leased_until) == ([], None)
    go(wanted, 7200)()
    assert TeamsEvent.objects.get().state == "cancelled"
