"""A passkey from end to end: Chromium's own authenticator stands for the finger on the sensor."""

import re

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import expect

from school.models import StaffMember
from tests.factories import PASSWORD
from tests.journeys.conftest import Site, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# A passkey of the device itself, whose owner is there and touches it.
SENSOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """A person's machine: its browser, and the sensor in it."""

    def __init__(self, site: Site) -> None:
        self.visitor: Visitor = site.visitor()
        self._tools = self.visitor.context.new_cdp_session(self.visitor.page)
        self._tools.send("WebAuthn.enable")
        made = self._tools.send("WebAuthn.addVirtualAuthenticator", {"options": SENSOR})
        self._sensor = made["authenticatorId"]

    def finger(self, *, is_owners: bool) -> None:
        """Say whose finger it is from now on."""
        known = {"authenticatorId": self._sensor, "isUserVerified": is_owners}
        self._tools.send("WebAuthn.setUserVerified", known)

    def touch(self, button: str, *, leads_to: str) -> Visitor:
        """Press a button that asks for the finger, and wait where that leads."""
        self.visitor.page.get_by_role("button", name=button, exact=True).click()
        self.visitor.page.wait_for_url(re.compile(leads_to))
        return self.visitor.look()

    def type_password(self, person: StaffMember) -> Visitor:
        self.visitor.go("/accounts/login/").fill("E-mail address", person.email)
        return self.visitor.fill("Password", PASSWORD).press("Sign in")

    def add_key(self, person: StaffMember, *, alone: bool) -> None:
        """Sign in for the first time: a key instead of the app; then sign out."""
        self.type_password(person).sees("Set up your second factor")
        self.visitor.follow("Use a passkey of this computer or a security key instead")
        self.visitor.fill("A name for this key", "Laptop")
        if alone:
            self.visitor.choose("Let me sign in with this key alone")
        self.touch("Add the key", leads_to="/accounts/2fa/codes/")
        self.visitor.press("Sign out")


@pytest.fixture
def device(site: Site) -> Device:
    return Device(site)


def test_passkey_that_was_added_is_the_second_factor_of_the_next_sign_in(
    device: Device, lead: StaffMember
) -> None:
    device.add_key(lead, alone=False)
    key = Authenticator.objects.get(user=lead.user, type="webauthn")
    assert key.wrap().name == "Laptop"

    device.type_password(lead).sees_not("Leah Lead")
    device.touch("Use a passkey or security key", leads_to=r"localhost:\d+/$").sees("Leah Lead")
    device.visitor.go("/concerns/")
    assert device.visitor.page.url.endswith("/concerns/")
    key.refresh_from_db()
    assert key.last_used_at is not None


def test_passkey_alone_opens_the_account_only_for_its_owners_finger(
    device: Device, lead: StaffMember
) -> None:
    device.add_key(lead, alone=True)
    device.finger(is_owners=False)
    device.visitor.go("/accounts/login/")
    device.visitor.page.get_by_role("button", name="Sign in with a passkey").click()
    expect(device.visitor.page.locator("[data-key-failed]")).to_be_visible()
    device.visitor.sees_not("Leah Lead")

    device.finger(is_owners=True)
    device.visitor.go("/accounts/login/")
    device.touch("Sign in with a passkey", leads_to=r"localhost:\d+/$").sees("Leah Lead")
    device.visitor.go("/concerns/")
    assert device.visitor.page.url.endswith("/concerns/")
