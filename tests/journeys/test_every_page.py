"""Every page that can be looked at, on a phone and at a desk: axe finds nothing, nothing sticks out.

The pages are those of the access tables, so that a new address is here by itself. With
`SCHOOLSAFE_PICTURES=folder` each page's picture is kept there, to be looked at.
"""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from schoolsafe.lib import clock
from tests.access import records
from tests.access.table import CAST, Facts, Page
from tests.journeys.conftest import DESK, PHONE, Clock, Site, Visitor
from tests.test_access import TABLE, cast, facts

__all__ = ["cast", "facts"]  # the fixtures of the access tables, used here as well

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = os.environ.get("SCHOOLSAFE_PICTURES", "")
# Answers for machines, files, and pages that only lead on.
NO_PAGES = {
    "health",
    "mfa_download_recovery_codes",
    "meetings:register",
    "meetings:teams",
    "meetings:figures_csv",
    "meetings:figures_pdf",
    "meetings:own_entry",
    "consent:export",
    "admin:jsi18n",
    "consent:scan",
    "concerns:open_file",
    "consent:evidence_file",
    "processing_csv",
    # For the page's own script.
    "account_idle",
}


@pytest.fixture
def school_day(story_clock: Clock) -> datetime:
    """The same school day, with a clock that runs: browsers wait for it."""
    return clock.now()


def pages() -> dict[str, Page]:
    """Everything that answers a GET, but what is no page."""
    registers = {
        f"admin:{register}_changelist": Page(records.inside(*lookers))
        for register, (lookers, _) in records.REGISTERS.items()
    }
    every = {**TABLE, **records.AROUND, **registers}
    return {
        key.split()[-1]: page
        for key, page in every.items()
        if not key.startswith("POST") and key.split()[-1] not in NO_PAGES
    }


def viewer_of(page: Page) -> str:
    """Who sees it: the one with the most to see first."""
    expected = page.expected()
    order = ("host", "lead", "head", "office", "it_superuser", "chair", *CAST)
    seen = [who for status in ("200", "404") for who in order if expected[who][:3] == status]
    return seen[0] if seen else ""


@pytest.mark.parametrize("width", ["phone", "desk"])
def test_every_page_is_sound(site: Site, facts: Facts, width: str, staff_client: Any) -> None:
    visitors: dict[str, Visitor] = {}
    faults: dict[str, object] = {}
    looked = 0
    for name, page in sorted(pages().items()):
        who = viewer_of(page)
        if not who:
            continue
        if who not in visitors:
            visitors[who] = visitor(site, facts.get(who), width, staff_client)
        looked += 1
        fault = faults_of(visitors[who], reverse(name, kwargs=page.args(facts)), f"{name}-{width}")
        if fault:
            faults[f"{name} as {who}"] = fault
    assert faults == {}
    assert looked > 40


def visitor(site: Site, person: Any, width: str, staff_client: Any) -> Visitor:
    """A browser in which this person is signed in."""
    made = site.visitor(phone=width == "phone")
    if person is not None:
        cookies: Client = staff_client(person)
        made.context.add_cookies(
            [{"name": "sessionid", "value": cookies.cookies["sessionid"].value, "url": site.base}]
        )
    return made


def faults_of(browser: Visitor, path: str, name: str) -> str:
    """Look at one page; say what is wrong with it."""
    try:
        browser.go(path)
    except AssertionError as found:
        return str(found).splitlines()[0]
    page = browser.page
    if PICTURES:
        file = Path(PICTURES) / f"{name.replace(':', '-')}.png"
        page.screenshot(path=file, full_page=True)
    size = PHONE if "phone" in name else DESK
    wide = page.evaluate("document.documentElement.scrollWidth")
    return f"{wide} px wide" if wide > size["width"] else ""
