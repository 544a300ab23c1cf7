"""The browser's own Back on a family's pages: never a question about sending a form once more."""

import pytest

from consent.models import Answer
from school.models import StaffMember
from tests import factories
from tests.journeys.conftest import Site, Visitor
from tests.meetings import calls

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

QUESTION = "May Maya O. take part in this call?"


@pytest.fixture
def link(site: Site, term: None, host: StaffMember, co_host: StaffMember) -> str:
    """The link in a mother's letter: one question about the call, one about its recording."""
    maya = factories.make_pupil("Maya", "Okafor")
    factories.make_guardian(maya, name="Grace Okafor")
    calls.asked(host, [maya], co_hosts=[co_host], is_recorded=True)
    [letter] = site.letters()
    return letter.link("c")


def check_page(site: Site, link: str) -> Visitor:
    """Answer both questions and come to the page that shows them, not yet given."""
    parent = site.visitor(phone=True).go(link)
    parent.choose("Yes, Maya O. may take part").fill("Your full name", "Grace Okafor")
    parent.pick("You are the child's", "Mother").press("Next: check your answer")
    parent.choose("Yes, it may be recorded").press("Next: check your answers")
    return parent.sees("Check your answer")


def back(parent: Visitor) -> Visitor:
    parent.page.go_back()
    return parent.look()


def test_back_from_the_check_page_leads_to_the_question(site: Site, link: str) -> None:
    back(check_page(site, link)).sees(QUESTION)
    assert Answer.objects.count() == 0


def test_check_page_loaded_again_leads_to_the_question(site: Site, link: str) -> None:
    parent = check_page(site, link)
    parent.page.reload()
    parent.look().sees(QUESTION)
    assert Answer.objects.count() == 0


def test_back_from_the_receipt_shows_the_receipt_and_answers_nothing_again(
    site: Site, link: str
) -> None:
    parent = check_page(site, link)
    site.after(seconds=5)
    parent.press("Yes, Maya O. may take part")
    parent.sees("Changed your mind?")
    for _ in range(3):
        back(parent).sees_not(QUESTION).sees_not("Check your answer").sees("Change my answer")
    assert Answer.objects.count() == 1


def test_way_back_keeps_nothing_of_the_answer_in_the_browser(site: Site, link: str) -> None:
    parent = check_page(site, link)
    assert parent.context.cookies() == []
    assert "Okafor" not in parent.page.url
    kept = parent.page.evaluate(
        "() => JSON.stringify([history.state, localStorage, sessionStorage])"
    )
    assert kept.startswith("[null,{}")
    assert "Okafor" not in kept
