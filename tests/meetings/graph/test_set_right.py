"""What somebody changed in Teams is set right by one press, and counts as it reads afterwards."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from meetings import services
from meetings.models import Meeting, TeamsReading
from notices.services import run_due
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests.meetings import calls
from tests.meetings.graph.fake import FakeGraph
from tests.meetings.pages import part, queries, url

pytestmark = pytest.mark.django_db

Family = tuple[Guardian, Pupil]
SignIn = Callable[[StaffMember], Client]


@pytest.fixture
def said(graph: FakeGraph) -> dict[str, Any]:
    """What Graph says of the meeting that the host has made in Outlook: everything wide open."""
    return graph.add_meeting(calls.ORGANISER, calls.LINK)


@pytest.fixture
def drifted(
    said: dict[str, Any], known_host: StaffMember, known_co_host: StaffMember, amy: Family,
    ben: Family,
) -> Meeting:  # fmt: skip
    """A call with a pasted link, on hold because its lobby is open."""
    meeting = calls.shared(known_host, [amy, ben], co_hosts=[known_co_host])
    run_due(clock.now())
    assert calls.verdict(meeting) == ["teams_lobby_open", "teams_presenters"]
    return meeting


def verbs(meeting: Meeting) -> list[tuple[str, str]]:
    found = Entry.objects.filter(verb__startswith="meeting.teams_set").order_by("pk")
    return list(found.values_list("verb", "actor"))


def test_p8_one_press_sets_lobby_and_presenters_and_the_call_goes_on(
    graph: FakeGraph, said: dict[str, Any], drifted: Meeting, known_host: StaffMember,
    known_co_host: StaffMember, staff_client: SignIn,
) -> None:  # fmt: skip
    client = staff_client(known_host)
    page = client.get(url("detail", drifted))
    assert "Set it right in Teams" in part(page, 'id="teams"', "</section>")
    count = len(graph.asked)
    answer = client.post(url("teams_set_right", drifted))
    assert answer["Location"] == f"{url('detail', drifted)}#link"
    assert len(graph.asked) == count
    run_due(clock.now() + timedelta(seconds=3))
    assert said["lobbyBypassSettings"] == {"scope": "organizer", "isDialInBypassEnabled": False}
    assert said["allowedPresenters"] == "roleIsPresenter"
    assert [one["identity"]["user"]["id"] for one in said["participants"]["attendees"]] == [
        str(known_co_host.entra_id)
    ]
    assert calls.verdict(drifted) == []
    drifted.refresh_from_db()
    assert drifted.on_hold_since is None
    page = client.get(url("detail", drifted))
    assert "Set it right in Teams" not in page.content.decode()
    assert [verb for verb, _ in verbs(drifted)] == ["meeting.teams_set_right", "meeting.teams_set"]
    assert verbs(drifted)[0][1] == known_host.actor


def test_pressed_twice_it_is_set_once_and_never_again_by_itself(
    graph: FakeGraph, said: dict[str, Any], drifted: Meeting, known_host: StaffMember,
    clock_at: Callable[[Any], Any],
) -> None:  # fmt: skip
    for _ in range(2):
        services.set_right(drifted, by=known_host)
    run_due(clock.now() + timedelta(seconds=3))
    patches = [one for one in graph.asked if one[0] == "PATCH"]
    assert len(patches) == 1
    # Who opens it again afterwards is said, and not overruled behind their back.
    said["lobbyBypassSettings"]["scope"] = "everyone"
    clock_at(calls.STARTS - timedelta(hours=1))
    run_due(clock.now())
    assert calls.verdict(drifted) == ["teams_lobby_open"]
    assert [one for one in graph.asked if one[0] == "PATCH"] == patches


def test_options_that_microsoft_does_not_take_stay_wrong(
    graph: FakeGraph, drifted: Meeting, known_host: StaffMember
) -> None:
    graph.ignores_options = True
    services.set_right(drifted, by=known_host)
    run_due(clock.now() + timedelta(seconds=3))
    assert calls.verdict(drifted) == ["teams_lobby_open", "teams_presenters"]


@pytest.mark.parametrize(("code", "stays"), [(429, True), (503, True), (403, False), (400, False)])
def test_trouble_is_said_and_tried_again_only_where_that_helps(
    graph: FakeGraph, said: dict[str, Any], drifted: Meeting, known_host: StaffMember, code: int,
    stays: bool,
) -> None:  # fmt: skip
    graph.answer("PATCH", "own", code)
    services.set_right(drifted, by=known_host)
    run_due(clock.now() + timedelta(seconds=3))
    row = TeamsReading.objects.get()
    assert row.fault.startswith("Microsoft ")
    assert (row.set_right_at is not None) is stays
    run_due(clock.now() + timedelta(minutes=2))
    assert (calls.verdict(drifted) == []) is stays


def test_host_and_safeguarding_team_may_and_others_may_not(
    graph: FakeGraph, drifted: Meeting, lead: StaffMember, colleague: StaffMember,
    office: StaffMember, staff_client: SignIn, settings: Any,
) -> None:  # fmt: skip
    services.set_right(drifted, by=lead)
    for person in (colleague, office):
        with pytest.raises(NotAllowed):
            services.set_right(drifted, by=person)
    run_due(clock.now())
    page = staff_client(office).get(url("detail", drifted))
    assert "Set it right in Teams" not in page.content.decode()
    settings.GRAPH = None
    with pytest.raises(NotAllowed, match="switched off"):
        services.set_right(drifted, by=lead)


def test_live_page_has_the_button_and_comes_back_to_itself(
    drifted: Meeting, known_host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(known_host)
    page = client.get(url("live", drifted)).content.decode()
    assert "Set it right in Teams" in page
    answer = client.post(url("teams_set_right", drifted), {"from": "live"})
    assert answer["Location"] == url("live", drifted)


def test_page_asks_the_same_whether_something_is_wrong_or_not(
    graph: FakeGraph, drifted: Meeting, known_host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(known_host)
    before = queries(client, url("teams", drifted))
    services.set_right(drifted, by=known_host)
    run_due(clock.now() + timedelta(seconds=3))
    assert queries(client, url("teams", drifted)) == before
