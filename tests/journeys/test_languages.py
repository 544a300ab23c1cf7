"""A family answers in its own language on a phone: nothing sticks out, axe finds nothing, no font too many.

With `SCHOOLSAFE_PICTURES=folder` each page's picture is kept there, to be looked at.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from consent import links as consent_links
from consent.models import Answer, Request
from meetings import links
from schoolsafe.lib.languages import BY_CODE
from tests import factories
from tests.journeys.conftest import PHONE, Site, Visitor
from tests.meetings import calls

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = os.environ.get("SCHOOLSAFE_PICTURES", "")
# The faces that a page in each language may fetch, besides that of Latin letters.
FACES = {
    "pl": set(),
    "uk": set(),
    "ar": {"noto-sans-arabic"},
    "ur": {"noto-nastaliq-urdu"},
    "bn": {"noto-sans-bengali"},
}


class Phone:
    """A family's telephone: every page is looked at, and pictured when asked for."""

    def __init__(self, site: Site, code: str) -> None:
        self.visitor: Visitor = site.visitor(phone=True)
        self.page, self.code, self.faces = self.visitor.page, code, set[str]()
        self.page.on("request", self._fetched)

    def _fetched(self, request: Any) -> None:
        if request.url.endswith(".woff2"):
            self.faces.add(request.url.split("/")[-2])

    def look(self, name: str) -> None:
        self.visitor.look()
        self.page.evaluate("() => document.fonts.ready")
        assert self.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        said = self.page.evaluate("[document.documentElement.lang, document.documentElement.dir]")
        assert said == [self.code, BY_CODE[self.code].direction]
        self.picture(name)

    def picture(self, name: str) -> None:
        if PICTURES:
            file = Path(PICTURES) / f"{self.code}-{name}.png"
            self.page.screenshot(path=file, full_page=True)

    def press(self) -> None:
        self.page.locator("main form button.btn-primary").click()
        self.page.wait_for_load_state()


@pytest.mark.parametrize("code", FACES)
def test_e49_family_answers_in_its_own_language(
    code: str, site: Site, host: Any, co_host: Any
) -> None:
    maya, ben = factories.make_pupil("Maya", "Adams"), factories.make_pupil("Ben", "Adams")
    mum = factories.make_guardian(maya, ben, name="Amina Adams", language=code)
    call = calls.asked(host, [maya, ben], co_hosts=[co_host], is_recorded=True)
    asked = Request.objects.get(question=call.question_id, pupil=maya, guardian=mum)
    phone = Phone(site, code)
    phone.page.goto(consent_links.page(asked.pk, asked.link_version))
    phone.look("ask")
    phone.press()
    phone.look("faults")
    phone.page.fill("main input#id_name", "Amina Adams")
    phone.page.select_option("main select", "mother")
    phone.page.check("main input[type=radio][value=yes]")
    phone.press()
    phone.look("recording")
    phone.page.check("main input[type=radio][value=yes]")
    phone.press()
    phone.look("check")
    site.clock.forward(timedelta(seconds=5))
    phone.press()
    phone.look("receipt")
    assert Answer.objects.get().text_shown["language"] == code
    place = calls.place(call, maya)
    phone.page.goto(links.personal(place.pk, mum.pk, place.link_version))
    phone.look("join")
    # System fonts may stand in for a face; none is fetched for another script.
    assert phone.faces - {"atkinson"} == FACES[code]
    letters(site, phone, mum.email)


def letters(site: Site, phone: Phone, address: str) -> None:
    """Picture the letters as a mail program shows them."""
    found = site.letters(to=address)
    assert len(found) == 2
    for number, letter in enumerate(found):
        phone.page.goto("about:blank")
        phone.page.set_content(letter.html)
        assert phone.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        phone.picture(f"letter-{number}")


def test_family_changes_to_another_language_on_the_way(site: Site, host: Any, co_host: Any) -> None:
    maya = factories.make_pupil("Maya", "Adams")
    mum = factories.make_guardian(maya, name="Amina Adams", language="ur")
    call = calls.asked(host, [maya], co_hosts=[co_host], is_recorded=True)
    asked = Request.objects.get(question=call.question_id, pupil=maya, guardian=mum)
    phone = Phone(site, "ur")
    phone.page.goto(consent_links.page(asked.pk, asked.link_version))
    phone.look("first")
    phone.page.fill("main input#id_name", "Amina Adams")
    phone.visitor.press("English").sees("May Maya A. take part in this call?")
    # What was typed before the language was changed is there still.
    assert phone.page.input_value("main input#id_name") == "Amina Adams"
    phone.visitor.pick("You are the child's", "Mother")
    phone.visitor.choose("No, Maya A. may not take part").press("Next: check your answer")
    # Why not is asked in between; nobody has to say.
    phone.visitor.sees("Your answer is no").press("Next: check your answer")
    phone.visitor.press("العربية")
    phone.code = "ar"
    phone.look("other")
    site.clock.forward(timedelta(seconds=5))
    phone.press()
    phone.look("other-receipt")
    said = Answer.objects.get()
    assert (said.kind, said.text_shown["language"]) == ("no", "ar")
