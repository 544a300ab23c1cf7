"""What a phone shows of the staff's pages: nothing cut off, nothing that takes the whole screen."""

import pytest

from school.models import StaffMember
from tests import factories
from tests.journeys.conftest import Site, Visitor
from tests.meetings import calls

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# How far anything can be scrolled sideways.
SIDEWAYS = """() => Math.max(...[document.documentElement, ...document.querySelectorAll('*')]
    .filter(one => one === document.documentElement || getComputedStyle(one).overflowX === 'auto')
    .map(one => one.scrollWidth - one.clientWidth))"""


def left_of(visitor: Visitor, selector: str) -> float:
    """Where the words of an element begin, its padding and border left out."""
    return float(
        visitor.page.locator(selector).first.evaluate(
            "one => { const style = getComputedStyle(one);"
            " return one.getBoundingClientRect().left + parseFloat(style.paddingLeft)"
            " + parseFloat(style.borderLeftWidth); }"
        )
    )


def test_navigation_of_those_with_the_most_of_it_is_not_cut_off(
    site: Site, term: None, office: StaffMember, lead: StaffMember
) -> None:
    for person in (office, lead):
        visitor = site.sign_in(person, phone=True).go("/")
        assert visitor.page.locator(".top-nav li").count() == 5
        assert visitor.page.evaluate(SIDEWAYS) == 0


def test_counts_of_messages_stand_below_each_other(
    site: Site, term: None, host: StaffMember, co_host: StaffMember, it_superuser: StaffMember
) -> None:
    amy = factories.make_pupil("Amy", "Adams")
    calls.shared(host, [(factories.make_guardian(amy), amy)], co_hosts=[co_host])
    visitor = site.sign_in(it_superuser, phone=True).go("/outbox/")
    visitor.sees("Failed", within=".table-counts thead")
    assert visitor.page.evaluate(SIDEWAYS) == 0


def test_verdict_on_a_plan_leaves_the_screen_to_the_form_and_gives_its_reasons_at_the_end(
    site: Site, term: None, host: StaffMember, co_host: StaffMember
) -> None:
    amy = factories.make_pupil("Amy", "Adams")
    meeting = calls.planned(host, [amy], co_hosts=[co_host])
    visitor = site.sign_in(host, phone=True).go(f"/meetings/{meeting.pk}/revise/")
    visitor.page.locator(f'input[name="co_hosts"][value="{co_host.pk}"]').uncheck()
    sentence = visitor.page.locator("#verdict-box > .verdict").first
    visitor.sees("Not possible like this.", within="#verdict-box")
    box = sentence.bounding_box()
    assert box is not None
    assert 0 < box["height"] < 120
    assert abs(box["y"] + box["height"] - 844) < 2
    reasons = visitor.page.get_by_text("would be alone with Amy")
    button = visitor.page.get_by_role("button", name="Keep the change")
    tops = [one.bounding_box() for one in (reasons, button)]
    assert [top is not None and top["y"] > 844 for top in tops] == [True, True]


def test_quiet_buttons_stand_in_line_with_their_column(
    site: Site, term: None, host: StaffMember, co_host: StaffMember
) -> None:
    amy = factories.make_pupil("Amy", "Adams")
    factories.make_guardian(amy)
    meeting = calls.asked(host, [amy], co_hosts=[co_host])
    visitor = site.sign_in(host, phone=True).go(f"/meetings/{meeting.pk}/")
    assert left_of(visitor, "#paper .btn-link") == left_of(visitor, "#paper h2")


def test_header_is_one_line_on_a_desk_for_those_with_the_longest_names(
    site: Site, term: None, head: StaffMember
) -> None:
    """Log a concern stood on the border, below the line."""
    head.name = "Margaret Featherstonehaugh"
    head.save()
    page = site.sign_in(head).go("/meetings/figures/").page
    for width in (1280, 1265, 1024):
        page.set_viewport_size({"width": width, "height": 900})
        name, button = (
            page.locator(one).bounding_box() for one in (".top-name", ".top .log-concern")
        )
        assert name is not None
        assert button is not None
        assert name["y"] + name["height"] / 2 == pytest.approx(
            button["y"] + button["height"] / 2, abs=1
        )
        assert page.evaluate(SIDEWAYS) == 0
