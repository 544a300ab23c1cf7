"""Signing in with Microsoft in a real browser, from the first try to the tie and in."""

from collections.abc import Iterator
from typing import Any

import pytest

from school.models import StaffMember
from tests.journeys.conftest import Site
from tests.school.test_claims import GROUP
from tests.sso.conftest import tie
from tests.sso.entra import FakeEntra

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CLAIM = "Object id of the group, or value of the app role"
BUTTON = "Sign in with your school's Microsoft account"
HELEN = {
    "oid": "11111111-2222-4333-8444-555555555555",
    "name": "Helen H.",
    "user_name": "helen@school.example",
}


@pytest.fixture
def entra(site: Site, settings: Any) -> Iterator[FakeEntra]:
    """The school's tenant, which knows this site's address and Helen."""
    with FakeEntra().running() as running:
        running.callback = f"{site.base}/accounts/microsoft/login/callback/"
        running.people = [HELEN]
        settings.ENTRA = running.settings(patience=5)
        yield running


def test_somebody_comes_is_told_whom_to_ask_is_tied_with_one_press_and_is_in(
    site: Site, entra: FakeEntra, host: StaffMember, head: StaffMember
) -> None:
    helen = site.visitor(phone=True).go("/accounts/login/")
    helen.page.get_by_role("link", name=BUTTON).click()
    helen.page.get_by_role("link", name="Helen H.").click()
    helen.sees("Your account is not tied yet").sees("helen@school.example").look()

    administrator = site.sign_in(head).go("/admin/")
    administrator.page.get_by_role("link", name="Microsoft accounts").click()
    administrator.sees("Helen H.").look()
    administrator.pick("This is", "Helen Host").press("Tie the account of Helen H.")
    administrator.sees("Helen Host can sign in with the Microsoft account now.")
    [letter] = site.letters(to=host.email)
    assert letter.subject == "Your account was changed"

    helen.follow("Sign in")
    helen.page.get_by_role("link", name=BUTTON).click()
    helen.page.get_by_role("link", name="Helen H.").click()
    helen.sees("Helen Host").look()

    administrator.press("Take off the tie of Helen Host")
    helen.go("/meetings/").sees("Or with a password")


def test_group_is_written_down_and_whoever_comes_with_it_has_the_role(
    site: Site, entra: FakeEntra, host: StaffMember, head: StaffMember
) -> None:
    tie(host, by=head)
    entra.says = {"groups": [GROUP]}
    administrator = site.sign_in(head, phone=True).go("/admin/")
    administrator.page.get_by_role("link", name="Groups of Microsoft").click()
    administrator.sees("Every role is given by hand.").look()
    administrator.fill(CLAIM, "the office").pick("Role here", "School office")
    administrator.press("Add").sees("An object id looks like").look()
    administrator.fill(CLAIM, GROUP).fill("Name of the group", "All the office")
    administrator.press("Add").sees("From the next sign-in on it gives the role: School office.")
    administrator.sees("All the office: School office").look()

    helen = site.visitor().go("/accounts/login/")
    helen.page.get_by_role("link", name=BUTTON).click()
    helen.page.get_by_role("link", name="Helen H.").click()
    helen.sees("Helen Host")
    administrator.go(f"/school/roles/{host.pk}/").sees("from Microsoft").look()
