"""A host lets the software make a call in Teams, in a real browser: one press, and the page follows."""

from datetime import timedelta
from typing import Any

import pytest

from meetings import services
from meetings.models import Meeting
from notices.services import run_due
from school.models import StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.journeys.conftest import Site, Visitor
from tests.journeys.test_narrow import SIDEWAYS
from tests.meetings import calls
from tests.meetings.graph.fake import FakeGraph, a_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def wait(visitor: Visitor, words: str) -> None:
    """Wait until the page, which asks by itself, says something."""
    visitor.page.get_by_text(words).first.wait_for()


@pytest.mark.parametrize("phone", [True, False])
def test_call_is_made_in_teams_and_its_opened_lobby_found_without_leaving_the_page(
    site: Site, term: None, host: StaffMember, co_host: StaffMember, settings: Any, phone: bool
) -> None:
    StaffMember.objects.filter(pk=host.pk).update(entra_id=calls.ORGANISER)
    StaffMember.objects.filter(pk=co_host.pk).update(entra_id=a_user())
    pupils = [factories.make_pupil(name, "Adams") for name in ("Amy", "Ben")]
    with FakeGraph().running() as graph:
        settings.GRAPH = graph.settings()
        what = calls.plan_of(pupils, co_hosts=[co_host])
        meeting = services.plan(by=host, what=what)
        visitor = site.sign_in(host, phone=phone).go(f"/meetings/{meeting.pk}/")
        visitor.press("Create in Teams")
        visitor.sees("The call is being put into Outlook.", within="#teams")
        assert visitor.page.evaluate(SIDEWAYS) == 0
        run_due(clock.now())
        wait(visitor, "It was put into the host's Outlook calendar, with the lobby set.")
        visitor.look().sees("Kept", within="#link")
        assert Meeting.objects.get(pk=meeting.pk).join_url
        [one] = graph.meetings.values()
        one["said"]["lobbyBypassSettings"]["scope"] = "everyone"
        visitor.press("Check Teams now")
        visitor.sees("Microsoft is being asked", within="#teams")
        run_due(clock.now())
        wait(visitor, "In Teams the lobby is open")
        visitor.look()
        assert visitor.page.evaluate(SIDEWAYS) == 0
        options = visitor.page.get_by_role("link", name="Meeting options in Teams")
        assert options.get_attribute("href") == one["said"]["meetingOptionsWebUrl"]


def test_live_page_shows_on_a_phone_that_the_lobby_was_opened(
    site: Site, term: None, host: StaffMember, co_host: StaffMember, settings: Any
) -> None:
    StaffMember.objects.filter(pk=host.pk).update(entra_id=calls.ORGANISER)
    host.refresh_from_db()
    families = []
    for name in ("Amy", "Ben"):
        pupil = factories.make_pupil(name, "Adams")
        families.append((factories.make_guardian(pupil), pupil))
    with FakeGraph().running() as graph:
        settings.GRAPH = graph.settings()
        said = graph.add_meeting(calls.ORGANISER, calls.LINK, allowedPresenters="organizer")
        said["lobbyBypassSettings"]["scope"] = "organizer"
        meeting = calls.opened(host, families, co_hosts=[co_host])
        site.clock.go_to(meeting.starts_at - timedelta(minutes=4))
        run_due(clock.now())
        visitor = site.sign_in(host, phone=True).go(f"/meetings/{meeting.pk}/live/")
        visitor.sees("on the call: fine.")
        said["lobbyBypassSettings"]["scope"] = "organization"
        visitor.press("Check Teams now")
        run_due(clock.now())
        wait(visitor, "On hold. In Teams the lobby is open")
        visitor.look()
        assert visitor.page.evaluate(SIDEWAYS) == 0
