"""The options of a Teams meeting are read back: before the start, at opening, and when somebody asks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetings import policy, selectors, services
from meetings.models import Meeting, TeamsEvent, TeamsReading
from notices.models import Notice
from notices.services import run_due
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests.meetings import calls
from tests.meetings.graph.fake import FakeGraph

pytestmark = pytest.mark.django_db

Family = tuple[Guardian, Pupil]
Set = Callable[[Any], Any]
READ = "/onlineMeetings"
STRICT = {
    "lobbyBypassSettings": {"scope": "organizer", "isDialInBypassEnabled": False},
    "allowedLobbyAdmitters": "organizerAndCoOrganizers",
    "allowedPresenters": "roleIsPresenter",
    "allowMeetingChat": "disabled",
    "allowBreakoutRooms": False,
}


def strict(co_host: StaffMember) -> dict[str, Any]:
    """Options as the policy asks for them."""
    people = [{"role": "coorganizer", "identity": {"user": {"id": str(co_host.entra_id)}}}]
    return STRICT | {"participants": {"attendees": people}}


def findings(meeting: Meeting) -> list[str]:
    """What Teams is found to say against the policy."""
    now = clock.now()
    fresh = Meeting.objects.select_related("purpose", "question").get(pk=meeting.pk)
    return [finding.code for finding in policy.drift(selectors.facts(fresh, now), now)]


@pytest.fixture
def said(graph: FakeGraph, known_host: StaffMember, known_co_host: StaffMember) -> dict[str, Any]:
    """What Graph says of the meeting that the host has made in Outlook: all as it should be."""
    return graph.add_meeting(calls.ORGANISER, calls.LINK, **strict(known_co_host))


@pytest.fixture
def shared(
    said: dict[str, Any],
    known_host: StaffMember,
    known_co_host: StaffMember,
    amy: Family,
    ben: Family,
) -> Meeting:
    """A call by a pasted link, out with two families, whose options were read once."""
    meeting = calls.shared(known_host, [amy, ben], co_hosts=[known_co_host])
    run_due(clock.now())
    return meeting


def test_pasted_link_is_looked_behind_at_once_and_all_is_well(shared: Meeting) -> None:
    assert findings(shared) == []
    reading = TeamsReading.objects.get()
    assert reading.read_at == clock.now()
    assert reading.due_at == calls.STARTS - timedelta(hours=1)
    assert reading.options_url.startswith("https://teams.microsoft.com/meetingOptions/")


def test_p8_lobby_opened_by_the_organiser_holds_the_call_an_hour_before(
    graph: FakeGraph, said: dict[str, Any], shared: Meeting, clock_at: Set
) -> None:
    said["lobbyBypassSettings"] = {"scope": "everyone", "isDialInBypassEnabled": False}
    clock_at(calls.STARTS - timedelta(hours=1, seconds=1))
    run_due(clock.now())
    assert findings(shared) == []
    clock_at(calls.STARTS - timedelta(hours=1))
    run_due(clock.now())
    assert calls.verdict(shared) == ["teams_lobby_open"]
    shared.refresh_from_db()
    assert shared.on_hold_since == clock.now()
    assert Notice.objects.filter(kind="meeting_on_hold").count() == 2
    said["lobbyBypassSettings"]["scope"] = "organizer"
    clock_at(calls.STARTS - timedelta(minutes=15))
    run_due(clock.now())
    shared.refresh_from_db()
    assert shared.on_hold_since is None


def test_p11_presenters_widened_during_the_call_shut_the_door_within_minutes(
    graph: FakeGraph, said: dict[str, Any], known_host: StaffMember, known_co_host: StaffMember,
    amy: Family, ben: Family, clock_at: Set,
) -> None:  # fmt: skip
    meeting = calls.opened(known_host, [amy, ben], co_hosts=[known_co_host])
    clock_at(calls.STARTS - timedelta(minutes=5))
    run_due(clock.now())
    assert calls.door(meeting, *amy) is policy.Door.OPEN
    said["allowedPresenters"] = "everyone"
    clock_at(calls.STARTS)
    run_due(clock.now())
    assert calls.door(meeting, *amy) is policy.Door.ON_HOLD


def test_opening_the_door_has_the_options_read_anew(
    graph: FakeGraph, said: dict[str, Any], shared: Meeting, known_host: StaffMember,
    known_co_host: StaffMember, clock_at: Set,
) -> None:  # fmt: skip
    clock_at(calls.STARTS - timedelta(minutes=14))
    run_due(clock.now())
    calls.confirm(shared, known_host, known_co_host)
    said["lobbyBypassSettings"] = {"scope": "invited", "isDialInBypassEnabled": False}
    count = len(graph.asked)
    clock_at(calls.STARTS - timedelta(minutes=10))
    services.open_door(shared, by=known_host)
    assert len(graph.asked) == count
    run_due(clock.now())
    assert calls.verdict(shared) == ["teams_lobby_open"]


def test_check_now_is_a_wish_that_the_next_sweep_fulfils(
    graph: FakeGraph, said: dict[str, Any], shared: Meeting, known_host: StaffMember
) -> None:
    said["allowMeetingChat"] = "enabled"
    count = len(graph.asked)
    services.check_teams(shared, by=known_host)
    assert len(graph.asked) == count
    run_due(clock.now() + timedelta(seconds=3))
    assert findings(shared) == ["teams_chat"]


def test_lead_may_have_a_call_looked_at_and_a_colleague_may_not(
    shared: Meeting, lead: StaffMember, colleague: StaffMember
) -> None:
    services.check_teams(shared, by=lead)
    with pytest.raises(NotAllowed):
        services.check_teams(shared, by=colleague)


def test_newer_words_are_asked_for_and_understood(
    graph: FakeGraph, said: dict[str, Any], shared: Meeting, known_host: StaffMember
) -> None:
    """Without its header Graph says unknownFutureValue for this lobby, and for co-organisers."""
    said["lobbyBypassSettings"] = {"scope": "organizationExcludingGuests"}
    services.check_teams(shared, by=known_host)
    run_due(clock.now())
    assert TeamsReading.objects.get().said["lobby"] == "organizationExcludingGuests"
    assert findings(shared) == ["teams_lobby_open", "teams_unclear"]


@pytest.mark.parametrize(
    "odd",
    [
        {"lobbyBypassSettings": "organizer"},
        {"lobbyBypassSettings": {"scope": 7, "isDialInBypassEnabled": "no"}},
        {"allowedPresenters": ["everyone"]},
        {"allowedPresenters": "x" * 500},
        {"recordAutomatically": 1},
        {"meetingType": None},
        {"participants": {"attendees": ["somebody", {"identity": 3}]}},
        {"meetingOptionsWebUrl": "javascript:alert(1)"},
        {"meetingOptionsWebUrl": "https://teams.microsoft.com.evil.example/meetingOptions/"},
        {"meetingOptionsWebUrl": "https://[teams.microsoft.com/meetingOptions/"},
    ],
)
def test_impossible_words_advise_and_lead_nowhere(
    graph: FakeGraph, said: dict[str, Any], shared: Meeting, known_host: StaffMember, odd: Any
) -> None:
    said |= odd
    services.check_teams(shared, by=known_host)
    run_due(clock.now())
    reading = TeamsReading.objects.get()
    assert reading.fault == ""
    if "meetingOptionsWebUrl" in odd:
        assert reading.options_url == ""
        assert findings(shared) == []
    else:
        assert findings(shared) in (["teams_unclear"], ["teams_co_organiser"])
    assert calls.verdict(shared) == []


@pytest.mark.parametrize("code", [500, 429, 302])
def test_microsoft_away_keeps_what_was_read_and_asks_again(
    graph: FakeGraph, said: dict[str, Any], shared: Meeting, known_host: StaffMember, code: int
) -> None:
    before = TeamsReading.objects.get().said
    graph.answer("GET", READ, code)
    services.check_teams(shared, by=known_host)
    run_due(clock.now())
    reading = TeamsReading.objects.get()
    assert reading.said == before
    assert reading.fault.startswith("Microsoft ")
    assert calls.verdict(shared) == []
    run_due(clock.now() + timedelta(minutes=1))
    assert TeamsReading.objects.get().fault == ""


def test_microsoft_that_stays_away_is_said_before_the_start_and_stops_nothing(
    graph: FakeGraph, said: dict[str, Any], shared: Meeting, clock_at: Set
) -> None:
    for _ in range(30):
        graph.answer("GET", READ, 503)
    for minutes in range(60, -1, -5):
        clock_at(calls.STARTS - timedelta(minutes=minutes))
        run_due(clock.now())
    assert findings(shared) == ["teams_stale"]
    assert calls.verdict(shared) == []


def test_meeting_of_somebody_else_is_said(
    graph: FakeGraph, known_host: StaffMember, known_co_host: StaffMember, amy: Family, ben: Family
) -> None:
    meeting = calls.planned(known_host, [amy[1], ben[1]], co_hosts=[known_co_host])
    run_due(clock.now())
    assert findings(meeting) == ["teams_unknown"]


def test_host_whom_microsoft_cannot_be_asked_about_is_said(
    graph: FakeGraph, host: StaffMember, co_host: StaffMember, amy: Family, ben: Family
) -> None:
    meeting = calls.planned(host, [amy[1], ben[1]], co_hosts=[co_host])
    assert findings(meeting) == ["teams_unread"]
    run_due(clock.now())
    assert findings(meeting) == ["teams_unread"]
    assert "Ask IT" in TeamsReading.objects.get().fault
    assert graph.asked == []


def test_another_link_is_another_meeting_and_nothing_is_known_of_it(
    graph: FakeGraph, said: dict[str, Any], shared: Meeting, known_host: StaffMember
) -> None:
    other = calls.LINK.replace(calls.THREAD_ID, "b3RoZXI")
    services.set_link(shared, by=known_host, text=other)
    assert findings(shared) == ["teams_unread"]
    options = graph.add_meeting(calls.ORGANISER, other)
    run_due(clock.now())
    assert options["allowedPresenters"] == "everyone"
    assert calls.verdict(shared) == ["teams_lobby_open", "teams_presenters"]


# --- Calls that were made through Graph ---------------------------------------------------------------
@pytest.fixture
def made(
    graph: FakeGraph, known_host: StaffMember, known_co_host: StaffMember, amy: Family, ben: Family
) -> Meeting:
    """A call that was made in Outlook, hardened and read."""
    what = calls.plan_of([amy[1], ben[1]], co_hosts=[known_co_host])
    meeting = services.plan(by=known_host, what=what)
    services.create_in_teams(meeting, by=known_host)
    run_due(clock.now())
    assert findings(meeting) == []
    return meeting


def check(meeting: Meeting, by: StaffMember) -> list[str]:
    """Have it looked at now, and return what is found."""
    services.check_teams(meeting, by=by)
    run_due(clock.now())
    return findings(meeting)


def test_event_moved_in_outlook_is_said(
    graph: FakeGraph, made: Meeting, known_host: StaffMember
) -> None:
    graph.standing()[0]["start"] = {"dateTime": "2026-09-17T14:00:00", "timeZone": "UTC"}
    assert check(made, known_host) == ["teams_event_moved"]


def test_event_deleted_in_outlook_is_said_and_the_call_stands(
    graph: FakeGraph, made: Meeting, known_host: StaffMember
) -> None:
    graph.standing()[0]["isCancelled"] = True
    assert check(made, known_host) == ["teams_event_gone"]
    made.refresh_from_db()
    assert made.status == "draft"


def test_link_of_the_event_that_is_another_one_is_said(
    graph: FakeGraph, made: Meeting, known_host: StaffMember
) -> None:
    other = calls.LINK.replace(calls.THREAD_ID, "b3RoZXI")
    graph.standing()[0]["onlineMeeting"] = {"joinUrl": other}
    assert check(made, known_host) == ["teams_link_differs"]


def test_short_and_long_form_of_one_link_are_not_called_different(
    graph: FakeGraph, made: Meeting, known_host: StaffMember
) -> None:
    short = "https://teams.microsoft.com/meet/41234567890?p=Abc"
    graph.standing()[0]["onlineMeeting"] = {"joinUrl": short}
    assert check(made, known_host) == []


def test_nothing_stored_in_the_clear_leads_into_the_meeting(
    graph: FakeGraph, made: Meeting
) -> None:
    """Of its thread and its link nothing can be read in a stolen database."""
    rows = [*TeamsEvent.objects.all(), *TeamsReading.objects.all(), *Meeting.objects.all()]
    for row in rows:
        for field in row._meta.fields:
            if "Encrypted" not in type(field).__name__:
                value = str(field.value_from_object(row))
                assert "ZmFrZUdyYXBo" not in value, field.name
                assert "teams.microsoft" not in value, field.name


def test_graph_switched_off_again_says_nothing_and_asks_nothing(
    graph: FakeGraph, said: dict[str, Any], shared: Meeting, settings: Any, clock_at: Set,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    said["lobbyBypassSettings"] = {"scope": "everyone"}
    settings.GRAPH = None
    clock_at(calls.STARTS - timedelta(minutes=30))
    count = len(graph.asked)
    run_due(clock.now())
    assert len(graph.asked) == count
    assert findings(shared) == []
    with django_assert_num_queries(0):
        assert selectors.teams_events_due(clock.now()) == []
        assert selectors.teams_readings_due(clock.now()) == []
        assert selectors.teams_turned(clock.now()) == []


def test_call_planned_while_graph_was_off_is_looked_behind_once_it_is_on(
    graph: FakeGraph, said: dict[str, Any], known_host: StaffMember, known_co_host: StaffMember,
    settings: Any, amy: Family, ben: Family,
) -> None:  # fmt: skip
    on, settings.GRAPH = settings.GRAPH, None
    meeting = calls.planned(known_host, [amy[1], ben[1]], co_hosts=[known_co_host])
    assert TeamsReading.objects.count() == 0
    settings.GRAPH = on
    run_due(clock.now(), driver="another")
    assert TeamsReading.objects.get(meeting=meeting).read_at == clock.now()
    assert findings(meeting) == []


def test_facts_of_many_calls_cost_one_question_more(
    graph: FakeGraph, said: dict[str, Any], shared: Meeting, known_host: StaffMember,
    known_co_host: StaffMember, amy: Family, ben: Family, settings: Any,
) -> None:  # fmt: skip
    later = calls.planned(
        known_host, [amy[1], ben[1]], co_hosts=[known_co_host],
        starts_at=calls.STARTS + timedelta(days=7), ends_at=calls.ENDS + timedelta(days=7),
    )  # fmt: skip
    rows = list(Meeting.objects.select_related("purpose", "question"))
    assert {row.pk for row in rows} == {shared.pk, later.pk}
    counts = []
    for chosen in (settings.GRAPH, None):
        settings.GRAPH = chosen
        for some in (rows[:1], rows):
            with CaptureQueriesContext(connection) as asked:
                selectors.facts_of(some, clock.now())
            counts.append(len(asked))
    with_one, with_two, without_one, without_two = counts
    assert (with_one - without_one, with_two - without_two) == (1, 1)
