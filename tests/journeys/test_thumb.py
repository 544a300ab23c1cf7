"""The live register under a thumb: what is pressed stays where it is, and the keyboard stays on it."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from meetings import services
from meetings.models import Meeting
from school.models import Pupil, StaffMember
from tests import factories
from tests.journeys.conftest import Site, Visitor
from tests.meetings import calls

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAMES = ("Amy Adams", "Ben Brown", "Cat Clark", "Dan Drew", "Eve Ellis", "Fay Ford")


@pytest.fixture
def pupils(term: None) -> list[Pupil]:
    return [factories.make_pupil(*name.split()) for name in NAMES]


@pytest.fixture
def running(site: Site, pupils: list[Pupil], host: StaffMember, co_host: StaffMember) -> Meeting:
    """The door is open, and five of six families have pressed Join."""
    families = [(factories.make_guardian(pupil), pupil) for pupil in pupils]
    meeting = calls.shared(host, families, co_hosts=[co_host])
    site.clock.go_to(calls.STARTS - timedelta(minutes=5))
    calls.confirm(meeting, host, co_host)
    meeting = services.open_door(meeting, by=host)
    for family in families[:5]:
        calls.press(meeting, *family)
    return meeting


def top(visitor: Visitor, id_: str) -> int:
    """How far below the top of the window something stands, in whole pixels."""
    found = visitor.page.evaluate(
        "id => Math.round(document.getElementById(id).getBoundingClientRect().top)", id_
    )
    return int(found)


def focused(visitor: Visitor) -> str:
    return str(visitor.page.evaluate("document.activeElement.id"))


def test_register_stays_under_the_thumb_and_the_keyboard_on_its_button(
    site: Site, running: Meeting, pupils: list[Pupil], host: StaffMember
) -> None:
    phone = site.sign_in(host, phone=True).go(f"/meetings/{running.pk}/live/")
    page = phone.page
    cat, dan, eve = (f"place-{pupil.pk}" for pupil in pupils[2:5])

    # So far down that the verdict is stuck to the top of the window.
    page.evaluate(
        "id => document.getElementById(id).scrollIntoView({block: 'center', behavior: 'instant'})",
        cat,
    )
    before = top(phone, f"{cat}-first")
    page.locator(f"#{cat}-first", has_text="Admit").click()
    expect(page.locator(f"#{cat}-first")).to_contain_text("Mute")
    assert (top(phone, f"{cat}-first"), focused(phone)) == (before, f"{cat}-first")

    # With More open, muted and unmuted again.
    page.locator(f"#{cat}-more").click()
    before = top(phone, f"{cat}-first")
    page.locator(f"#{cat}-first").click()
    expect(page.locator(f"#{cat}-first")).to_contain_text("Unmute")
    assert (top(phone, f"{cat}-first"), focused(phone)) == (before, f"{cat}-first")
    page.locator(f"#{cat}-first").click()
    expect(page.locator(f"#{cat}-first")).not_to_contain_text("Unmute")
    assert (top(phone, f"{cat}-first"), focused(phone)) == (before, f"{cat}-first")

    # A button that is gone leaves the keyboard on the row.
    page.evaluate(
        "id => document.getElementById(id).scrollIntoView({block: 'center', behavior: 'instant'})",
        dan,
    )
    page.locator(f"#{dan}-first", has_text="Admit").click()
    expect(page.locator(f"#{dan}-second")).to_contain_text("Mark as left")
    before = top(phone, dan)
    page.locator(f"#{dan}-second").click()
    expect(page.locator(f"#{dan}-second")).to_have_count(0)
    assert (top(phone, dan), focused(phone)) == (before, dan)

    # At the head of the page: all at once, and the rows stand where they stood.
    page.evaluate("window.scrollTo({top: 0, behavior: 'instant'})")
    first = f"place-{pupils[0].pk}"
    before = top(phone, first)
    page.locator("#admit-all").click()
    expect(page.locator("#admit-all")).to_have_count(0)
    expect(page.locator(f"#{eve}")).to_contain_text("On the call")
    assert (top(phone, first), focused(phone)) == (before, "line")
    assert page.locator(".register").first.locator("b").all_inner_texts() == list(NAMES)
    phone.look()
