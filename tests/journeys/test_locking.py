"""A machine in a staff room that somebody left: the page is hidden in time, and nothing typed is lost (E18, E19)."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Request, expect

from school.models import StaffMember
from tests.factories import PASSWORD
from tests.journeys.conftest import DESK, PHONE, Site, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TYPED = "Maths with MARKERTYPED"


@pytest.fixture(autouse=True)
def _as_in_use(settings: Any) -> None:
    settings.IDLE_LOCK = timedelta(minutes=15)


def leave(site: Site, page: Page, minutes: float) -> None:
    """Nobody touches the machine: its clock and the school's go on."""
    site.clock.forward(timedelta(minutes=minutes))
    page.clock.fast_forward(int(minutes * 60 * 1000))


def begin(site: Site, person: StaffMember) -> Visitor:
    """Somebody is planning a call, and has typed its name."""
    visitor = site.sign_in(person)
    watch(visitor.page)
    visitor.page.clock.install()
    visitor.go(reverse("meetings:plan"))
    visitor.page.locator("[name=title]").fill(TYPED)
    settle(visitor.page)
    return visitor


ON_THE_WAY: dict[Page, set[Request]] = {}


def watch(page: Page) -> None:
    """Keep in mind what this page has asked for and not got."""
    asked: set[Request] = set()
    ON_THE_WAY[page] = asked
    # Functions of our own: playwright hangs something on each.
    page.on("request", lambda request: asked.add(request))
    page.on("requestfinished", lambda request: asked.discard(request))
    page.on("requestfailed", lambda request: asked.discard(request))


def settle(page: Page) -> None:
    """Let everything be answered that was asked for: it is an act of its person, and counts when it arrives."""
    page.clock.run_for(2000)
    while ON_THE_WAY[page]:
        page.wait_for_timeout(20)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_page_asks_a_minute_before_hides_itself_in_time_and_comes_back_with_what_was_typed(
    site: Site, term: None, host: StaffMember, size: Any
) -> None:
    visitor = begin(site, host)
    page = visitor.page
    page.set_viewport_size(size)
    leave(site, page, 14.2)
    expect(page.get_by_role("button", name="Stay signed in")).to_be_visible()
    visitor.look()
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.get_by_role("button", name="Stay signed in")).to_be_hidden()
    settle(page)

    leave(site, page, 14.2)
    expect(page.get_by_role("button", name="Stay signed in")).to_be_visible()
    leave(site, page, 1)
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    visitor.look()
    assert "MARKERTYPED" not in page.inner_text("body")
    assert page.title() == "Locked"
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()

    with visitor.context.expect_page() as opened:
        page.get_by_role("link", name="Confirm that it is you").click()
    tab = opened.value
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Confirm").click()
    tab.wait_for_url(f"{visitor.base}/")
    page.bring_to_front()
    page.clock.fast_forward(6000)
    expect(page.locator("[name=title]")).to_have_value(TYPED)
    visitor.look()


def test_what_is_done_in_one_tab_keeps_the_other_open(
    site: Site, term: None, host: StaffMember
) -> None:
    visitor = begin(site, host)
    other = visitor.context.new_page()
    leave(site, visitor.page, 10)
    other.goto(f"{visitor.base}{reverse('meetings:list')}")
    leave(site, visitor.page, 6)
    expect(visitor.page.locator("[name=title]")).to_have_value(TYPED)
    expect(visitor.page.get_by_role("heading", name="Locked")).to_have_count(0)


def test_page_of_somebody_else_is_loaded_anew_once_they_have_signed_in(
    site: Site, term: None, host: StaffMember, colleague: StaffMember
) -> None:
    visitor = begin(site, host)
    page = visitor.page
    leave(site, page, 16)
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    tab = visitor.context.new_page()
    tab.goto(f"{visitor.base}{reverse('account_unlock')}")
    tab.get_by_role("button", name="Not you? Sign in as yourself").click()
    tab.get_by_label("E-mail address").fill(colleague.email)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()
    tab.wait_for_url(f"{visitor.base}/**")
    page.bring_to_front()
    page.clock.fast_forward(6000)
    expect(page.locator(".top-person")).to_contain_text("Carol Colleague")
    assert "MARKERTYPED" not in page.content()
