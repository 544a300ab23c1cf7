"""The page of a call tells what goes on at Microsoft, and has one button for each thing one can do there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from meetings import services
from meetings.models import Meeting, TeamsEvent
from notices.services import run_due
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from tests.meetings import calls
from tests.meetings.graph.fake import FakeGraph
from tests.meetings.pages import part, queries, url, words

pytestmark = pytest.mark.django_db

Family = tuple[Guardian, Pupil]
SignIn = Callable[[StaffMember], Client]


@pytest.fixture
def draft(
    graph: FakeGraph, known_host: StaffMember, known_co_host: StaffMember, amy: Family, ben: Family
) -> Meeting:
    """A plan without a link."""
    what = calls.plan_of([amy[1], ben[1]], co_hosts=[known_co_host])
    return services.plan(by=known_host, what=what)


@pytest.fixture
def client(staff_client: SignIn, known_host: StaffMember) -> Client:
    """The host's browser."""
    return staff_client(known_host)


def panel(client: Client, meeting: Meeting) -> str:
    """What the page says under 'Teams link'."""
    page = client.get(url("detail", meeting))
    return part(page, 'id="teams"', "</section>")


def test_one_press_creates_the_call_and_the_page_follows(
    graph: FakeGraph, draft: Meeting, client: Client
) -> None:
    assert "Create in Teams" in panel(client, draft)
    answer = client.post(url("teams_create", draft))
    assert answer["Location"] == f"{url('detail', draft)}#link"
    assert graph.asked == []
    under_way = panel(client, draft)
    assert "The call is being put into Outlook." in under_way
    assert 'hx-trigger="every 3s"' in under_way
    assert "Create in Teams" not in under_way
    assert "HX-Refresh" not in client.get(url("teams", draft)).headers
    run_due(clock.now())
    over = client.get(url("teams", draft))
    assert over["HX-Refresh"] == "true"
    page = client.get(url("detail", draft))
    assert "It was put into the host's Outlook calendar, with the lobby set." in words(page)
    assert "hx-get" not in part(page, 'id="teams"', ">")
    draft.refresh_from_db()
    assert draft.join_url
    assert draft.join_url not in page.content.decode()


def test_failure_says_why_and_offers_what_can_be_done(
    graph: FakeGraph, draft: Meeting, client: Client
) -> None:
    graph.without_policy.add(calls.ORGANISER)
    client.post(url("teams_create", draft))
    run_due(clock.now())
    said = panel(client, draft)
    assert "Ask IT for the application access policy." in said
    assert client.post(url("teams_forgo", draft)).status_code == 302
    run_due(clock.now())
    assert graph.standing() == []
    graph.without_policy.clear()
    client.post(url("teams_create", draft))
    graph.without_policy.add(calls.ORGANISER)
    run_due(clock.now())
    graph.without_policy.clear()
    client.post(url("teams_try_again", draft))
    run_due(clock.now())
    assert "Outlook calendar" in panel(client, draft)


def test_opened_lobby_stands_in_the_head_with_the_way_to_the_options(
    graph: FakeGraph, draft: Meeting, client: Client
) -> None:
    services.create_in_teams(draft, by=draft.planned_by)
    run_due(clock.now())
    [one] = graph.meetings.values()
    one["said"]["lobbyBypassSettings"]["scope"] = "everyone"
    answer = client.post(url("teams_check", draft))
    assert answer["Location"] == f"{url('detail', draft)}#link"
    assert "Microsoft is being asked for the meeting options." in panel(client, draft)
    run_due(clock.now() + timedelta(seconds=3))
    page = client.get(url("detail", draft))
    assert "In Teams the lobby is open" in part(page, 'class="verdict', "</section>")
    assert one["said"]["meetingOptionsWebUrl"].replace("&", "&amp;") in page.content.decode()


def test_office_sees_how_it_stands_and_no_way_into_the_options(
    graph: FakeGraph, draft: Meeting, staff_client: SignIn, office: StaffMember
) -> None:
    services.create_in_teams(draft, by=draft.planned_by)
    run_due(clock.now())
    page = staff_client(office).get(url("detail", draft))
    assert "Meeting options last read" in words(page)
    for hidden in ("meetingOptions", "Check Teams now", "Create in Teams"):
        assert hidden not in page.content.decode()


def test_with_graph_off_the_page_says_nothing_of_it(
    settings: Any, draft: Meeting, client: Client
) -> None:
    settings.GRAPH = None
    page = client.get(url("detail", draft)).content.decode()
    assert 'id="teams"' not in page
    assert client.post(url("teams_create", draft)).status_code == 403
    assert TeamsEvent.objects.count() == 0


def test_host_without_an_id_at_microsoft_is_told_and_pastes(
    graph: FakeGraph, host: StaffMember, co_host: StaffMember, staff_client: SignIn,
    amy: Family, ben: Family,
) -> None:  # fmt: skip
    what = calls.plan_of([amy[1], ben[1]], co_hosts=[co_host])
    meeting = services.plan(by=host, what=what)
    said = panel(staff_client(host), meeting)
    assert "IT has not noted yet" in said
    assert "Create in Teams" not in said


def test_live_page_has_the_check_and_comes_back_to_itself(
    graph: FakeGraph, known_host: StaffMember, known_co_host: StaffMember, client: Client,
    amy: Family, ben: Family,
) -> None:  # fmt: skip
    graph.add_meeting(calls.ORGANISER, calls.LINK)
    meeting = calls.shared(known_host, [amy, ben], co_hosts=[known_co_host])
    page = client.get(url("live", meeting)).content.decode()
    assert "Check Teams now" in page
    answer = client.post(url("teams_check", meeting), {"from": "live"})
    assert answer["Location"] == url("live", meeting)


def test_page_asks_the_same_whatever_microsoft_has_said(
    graph: FakeGraph, draft: Meeting, client: Client, settings: Any
) -> None:
    before = queries(client, url("detail", draft))
    services.create_in_teams(draft, by=draft.planned_by)
    assert queries(client, url("detail", draft)) == before
    settings.GRAPH = None
    # The reading, the event, and whether Microsoft knows the host.
    assert queries(client, url("detail", draft)) == before - 3
