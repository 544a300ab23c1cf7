"""The live register without a connection: presses wait on the phone and are written once, in order."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from meetings import services
from meetings.models import Meeting, RegisterEntry
from school.models import Guardian, Pupil, StaffMember
from tests import factories
from tests.journeys.conftest import Site
from tests.meetings import calls

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Family = tuple[Guardian, Pupil]


@pytest.fixture
def families(term: None, school: Any) -> list[Family]:
    """Amy and Ben, each with one parent."""
    pupils = [factories.make_pupil("Amy", "Adams"), factories.make_pupil("Ben", "Brown")]
    return [(factories.make_guardian(pupil), pupil) for pupil in pupils]


@pytest.fixture
def running(site: Site, families: list[Family], host: StaffMember, co_host: StaffMember) -> Meeting:
    """The door is open, and both families have pressed Join."""
    meeting = calls.shared(host, families, co_hosts=[co_host])
    site.clock.go_to(calls.STARTS - timedelta(minutes=5))
    calls.confirm(meeting, host, co_host)
    meeting = services.open_door(meeting, by=host)
    for family in families:
        calls.press(meeting, *family)
    return meeting


def written() -> list[tuple[str, str]]:
    """What stands in the register about pupils since they came to the door."""
    rows = RegisterEntry.objects.exclude(pupil=None).exclude(kind="at_door").order_by("pk")
    return list(rows.values_list("kind", "pupil__given_name"))


def test_presses_wait_without_a_connection_are_written_once_in_order_and_refused_in_words(
    site: Site, running: Meeting, families: list[Family], host: StaffMember, co_host: StaffMember
) -> None:
    phone = site.sign_in(host, phone=True).go(f"/meetings/{running.pk}/live/")
    page, (amy, ben) = phone.page, [pupil for _, pupil in families]
    unsent, refused = page.locator("#not-sent"), page.locator("#not-taken")

    phone.context.set_offline(True)
    row = page.locator(f"#place-{amy.pk}")
    page.get_by_role("button", name="Admit Amy Adams").click()
    # Pressed again by an impatient thumb.
    page.get_by_role("button", name="Admit Amy Adams").click()
    page.get_by_role("button", name="Admit Ben Brown").click()
    # Written down without a page being loaded: its form is there already.
    page.locator(f"#more-{ben.pk}").locator("summary").click()
    page.locator(f"#place-{ben.pk}").get_by_role("link", name="Remove Ben Brown").click()
    page.get_by_label("Why?").fill("Shouting")
    page.locator("#removal").get_by_role("button", name="Remove", exact=True).click()
    expect(unsent).to_contain_text("Not sent yet: 3 presses")
    expect(row).to_contain_text("Not sent yet")
    assert written() == []

    # Meanwhile a colleague sends Ben out.
    services.remove(running, by=co_host, pupil_id=ben.pk, reason="Shouting")
    phone.faults.clear()
    phone.context.set_offline(False)

    expect(unsent).to_be_hidden(timeout=20_000)
    expect(row).to_contain_text("On the call")
    expect(refused).to_contain_text("Admit Ben Brown: Ben Brown was removed. Let them back first")
    expect(refused).to_contain_text("Remove Ben Brown: Ben Brown was removed already.")
    assert written() == [("removed", "Ben"), ("admitted", "Amy")]
    page.get_by_role("button", name="I have read this").click()
    expect(refused).to_be_hidden()

    # The school had it, and its answer was lost on the way: sent again it is not written again.
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.post_data or "")
        route.fetch()
        route.abort()

    page.route("**/muted/", lose_the_first)
    page.get_by_role("button", name="Mute Amy Adams").click()
    expect(row).to_contain_text("Muted", timeout=20_000)
    expect(unsent).to_be_hidden(timeout=20_000)
    assert len(lost) == 1
    assert written()[2:] == [("muted", "Amy")]
    phone.faults.clear()
    phone.look()
