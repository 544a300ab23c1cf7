"""A real browser, a site on a real port, a clock that the story moves."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from notices import services
from school.models import StaffMember
from schoolsafe.lib import clock
from tests import factories

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text()
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
# What axe is asked for: WCAG 2.2 AA and good practice, all of it.
RUN_AXE = "() => axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify(r.violations.map(v => [v.id, v.nodes.map(n => n.target.join(' '))])))"

# What htmx says of a request when a newer one takes its place: that is meant, and no fault.
REPLACED = ("htmx:sendAbort", "htmx:afterRequest")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a network of its own."""
    # Playwright's loop lives in this thread; the tests' own queries are no danger to it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield chromium
        chromium.close()


class Clock:
    """The story's clock: it runs, and can be set forward."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    def go_to(self, at: datetime) -> None:
        self._traveller.move_to(at)

    def forward(self, by: timedelta) -> None:
        self._traveller.move_to(clock.now() + by)


# Forms for staff that nobody could send: the token that proves the page is missing.
NO_TOKEN = """() => document.body.classList.contains("staff")
    ? [...document.querySelectorAll("form")]
        .filter((form) => form.method === "post")
        .filter((form) => ![...form.elements].some((e) => e.name === "csrfmiddlewaretoken" && e.value))
        .map((form) => form.getAttribute("action"))
    : []"""


class Letter:
    """One letter from the mailbox folder."""

    def __init__(self, content: bytes) -> None:
        message: Any = message_from_bytes(content, policy=policy.default)
        self.to = str(message["To"])
        self.subject = str(message["Subject"])
        self.text = str(message.get_body(("plain",)).get_content())
        html = message.get_body(("html",))
        self.html = str(html.get_content()) if html else ""
        self.everything = f"{self.subject}\n{self.text}\n{self.html}"

    def link(self, prefix: str) -> str:
        """Return the link in this letter that begins with a prefix such as /c/."""
        [found] = {word for word in self.text.split() if f"/{prefix}/" in word}
        return found


class Visitor:
    """A person at a browser: sees pages, presses what is written, and every page is checked."""

    def __init__(self, context: BrowserContext, base: str, page: Page) -> None:
        self.context, self.base, self.page = context, base, page
        self.faults: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))

    def _heard(self, message: Any) -> None:
        # A refusal is answered with 4xx, which Chromium reports as if it were a fault.
        if message.text.startswith(REPLACED):
            return
        if message.type == "error" and "status of 4" not in message.text:
            self.faults.append(message.text)

    def go(self, path: str) -> "Visitor":
        self.page.goto(path if path.startswith("http") else f"{self.base}{path}")
        return self.look()

    def look(self) -> "Visitor":
        """Ask axe about all of the page, and make sure that nothing broke quietly."""
        # A link that was pressed leads to a page that may still be on its way.
        self.page.wait_for_load_state()
        self.page.evaluate(AXE)
        violations = json.loads(self.page.evaluate(RUN_AXE))
        assert violations == [], (self.page.url, violations)
        assert self.faults == [], (self.page.url, self.faults)
        assert self.page.evaluate(NO_TOKEN) == [], self.page.url
        return self

    def press(self, name: str, *, exact: bool = True, within: str = "body") -> "Visitor":
        """Press the button of this name and look at what comes."""
        button = self.page.locator(within).get_by_role("button", name=name, exact=exact)
        assert button.count() == 1, (name, self.page.url, self.page.locator("main").inner_text())
        button.click()
        self.page.wait_for_load_state()
        return self.look()

    def follow(self, name: str, *, within: str = "body") -> "Visitor":
        self.page.locator(within).get_by_role("link", name=name, exact=True).click()
        self.page.wait_for_load_state()
        return self.look()

    def field(self, label: str, *, within: str = "body") -> Locator:
        """Return a field by its label, with or without the star that crispy hides in it."""
        words = re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$")
        return self.page.locator(within).get_by_label(words)

    def fill(self, label: str, value: str) -> "Visitor":
        self.field(label).fill(value)
        return self

    def choose(self, label: str, *, within: str = "body") -> "Visitor":
        """Tick a box or a card by its words."""
        self.field(label, within=within).check()
        return self

    def pick(self, label: str, option: str) -> "Visitor":
        self.field(label).select_option(label=option)
        return self

    def sees(self, words: str, *, within: str = "body") -> "Visitor":
        expect(self.page.locator(within)).to_contain_text(words)
        return self

    def sees_not(self, words: str, *, within: str = "body") -> "Visitor":
        expect(self.page.locator(within)).not_to_contain_text(words)
        return self


class Site:
    """The running school: open browsers, let time pass, read the mail."""

    def __init__(self, browser: Browser, base: str, mailbox: Path, clock_: Clock) -> None:
        self.browser, self.base, self.mailbox, self.clock = browser, base, mailbox, clock_
        self.contexts: list[BrowserContext] = []

    def visitor(self, *, phone: bool = False) -> Visitor:
        context = self.browser.new_context(
            viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
            locale="en-GB",
            timezone_id="Europe/London",
        )
        context.set_default_timeout(30_000)
        self.contexts.append(context)
        return Visitor(context, self.base, context.new_page())

    def sign_in(self, person: StaffMember, *, phone: bool = False) -> Visitor:
        """Sign somebody in by the click that development offers."""
        visitor = self.visitor(phone=phone).go("/people/")
        row = visitor.page.get_by_role("listitem").filter(has_text=person.name)
        row.get_by_role("button").click()
        visitor.page.wait_for_load_state()
        return visitor.look()

    def letters(self, to: str = "", subject: str = "") -> list[Letter]:
        """Send what is due, and return the letters so far, oldest first."""
        services.run_due(clock.now())
        files = sorted(self.mailbox.glob("*.eml")) if self.mailbox.exists() else []
        found = [Letter(file.read_bytes()) for file in files]
        return [x for x in found if to in x.to and subject.lower() in x.subject.lower()]

    def after(self, **span: float) -> None:
        """Let time pass and the sweep run."""
        self.clock.forward(timedelta(**span))
        services.run_due(clock.now())


@pytest.fixture
def story_clock() -> Iterator[Clock]:
    """Tuesday 15 September 2026, 2:00 pm in London: a school day in term; time runs."""
    with time_machine.travel(datetime.fromisoformat("2026-09-15T13:00:00+00:00")) as traveller:
        yield Clock(traveller)


@pytest.fixture
def site(
    story_clock: Clock, live_server: Any, settings: Any, browser: Browser, tmp_path: Path
) -> Iterator[Site]:
    """The site on a port of its own, with the mailbox of development."""
    settings.SITE_URL = live_server.url
    settings.EMAIL_BACKEND = "schoolsafe.mailbox.MailboxBackend"
    settings.MAILBOX_DIR = tmp_path / "mailbox"
    cache.clear()
    made = Site(browser, live_server.url, tmp_path / "mailbox", story_clock)
    yield made
    for context in made.contexts:
        context.close()


@pytest.fixture
def term(db: None) -> None:
    """The autumn term."""
    factories.make_term()
