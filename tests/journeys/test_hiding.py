"""Hiding the page of a concern at once when somebody comes in."""

import pytest

from school.models import StaffMember
from tests import factories
from tests.concerns import log as make
from tests.journeys.conftest import Site, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def is_blank(visitor: Visitor) -> bool:
    """Nothing is left on the screen, in the title or on paper but the school's name."""
    visitor.look()
    left = visitor.page.inner_text("body").split("\n")
    visitor.page.emulate_media(media="print")
    printed = visitor.page.inner_text("body").split("\n")
    visitor.page.emulate_media(media="screen")
    school = "Elmfield Primary School"
    words = [word for word in (*left, *printed) if word]
    return set(words) == {school, "Go on"} and visitor.page.title() == school


def test_escape_and_the_button_leave_nothing_of_the_page_on_screen_or_paper(
    site: Site, term: None, host: StaffMember, lead: StaffMember
) -> None:
    amy = factories.make_pupil("Amy", "Adams")
    concern = make.log(host, make.child(amy))
    visitor = site.sign_in(lead)
    for path in (concern.get_absolute_url(), f"/concerns/pupils/{amy.pk}/"):
        visitor.go(path)
        title = visitor.page.title()
        visitor.page.keyboard.press("Escape")
        assert is_blank(visitor)
        # A second press by a nervous finger brings nothing back.
        visitor.page.keyboard.press("Escape")
        assert is_blank(visitor)
        visitor.page.get_by_role("button", name="Go on").click()
        visitor.sees(make.WORDS, within="main")
        assert visitor.page.title() == title
        visitor.page.get_by_role("button", name="Hide this page").click()
        assert is_blank(visitor)
        visitor.page.get_by_role("button", name="Go on").click()


def test_it_is_in_reach_of_a_thumb_everywhere_and_stays_hidden_when_loaded_again(
    site: Site, term: None, host: StaffMember, lead: StaffMember
) -> None:
    amy = factories.make_pupil("Amy", "Adams")
    concern = make.log(host, make.child(amy))
    visitor = site.sign_in(lead)
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/concerns/", f"{concern.get_absolute_url()}add/", concern.get_absolute_url()):
        visitor.go(path)
        visitor.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        button = visitor.page.get_by_role("button", name="Hide this page")
        box = button.bounding_box()
        assert box is not None
        assert 0 <= box["y"] <= 844 - box["height"]
        button.click()
        assert is_blank(visitor)
        visitor.page.reload()
        assert is_blank(visitor)
        visitor.page.get_by_role("button", name="Go on").click()
        visitor.page.reload()
        visitor.sees("Concern", within="main")
