"""A hurried teacher on a telephone, with a connection that comes and goes (A8, A9, A12, A14, E19)."""

from typing import Any

import pytest
from playwright.sync_api import Route, expect

from concerns.models import Attachment, Category, Concern, Draft
from school.models import StaffMember
from school.roles import Role
from tests import factories
from tests.concerns import papers
from tests.journeys.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_concern_with_siblings_and_a_mark_is_sent_once_when_the_connection_is_back(
    site: Site, term: None, school: Any, host: StaffMember, lead: StaffMember
) -> None:
    amy, ben, cleo = (factories.make_pupil(name, "Adams") for name in ("Amy", "Ben", "Cleo"))
    factories.make_guardian(amy, ben, cleo)
    StaffMember.objects.filter(pk=lead.pk).update(telephone="07700 900111")
    phone = site.sign_in(host, phone=True).go("/concerns/log/")
    page = phone.page
    expect(page.get_by_label("What did the child say?")).to_be_hidden()

    # One press shows whom to ring; the other goes on.
    phone.choose("Yes, now").sees("07700 900111").look()
    expect(page.get_by_role("link", name="Ring 999 now")).to_be_visible()
    phone.choose("No, go on")
    expect(page.get_by_role("link", name="Ring 999 now")).to_be_hidden()

    page.get_by_label("Find a child by name or class").fill("Amy Adams")
    page.get_by_label(amy.full_label, exact=True).first.check()
    page.get_by_role("button", name="Add brothers and sisters").click()
    expect(page.get_by_label(cleo.full_label, exact=True).first).to_be_checked()

    # A mark by keyboard alone.
    page.get_by_text("A mark or an injury on the body").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Left forearm")
    page.keyboard.press("Tab")
    page.keyboard.type("Three round bruises")
    expect(page.locator("svg[data-side='front'] .body-mark")).to_have_count(1)

    phone.fill("What did you see or hear yourself?", "Amy winced when she wrote.")
    phone.choose("I do not know").choose("Today: it must not be forgotten").look()
    expect(page.locator("#draft-state")).to_contain_text("NOT SENT.", timeout=15_000)
    assert Draft.objects.get().by == host

    phone.context.set_offline(True)
    page.get_by_role("button", name="Log this concern").click()
    expect(page.locator("#not-sent")).to_contain_text("There is no connection to the school.")
    expect(phone.field("What did you see or hear yourself?")).to_have_value(
        "Amy winced when she wrote."
    )
    assert Concern.objects.count() == 0

    # Meanwhile the session ends: the press finds that out, and loses nothing either.
    cookies = phone.context.cookies()
    phone.context.clear_cookies()
    phone.faults.clear()
    phone.context.set_offline(False)
    expect(page.locator("#not-sent")).to_contain_text(
        "You are not signed in any more.", timeout=30_000
    )
    assert Concern.objects.count() == 0
    # Signed in again elsewhere, with another token than the page has.
    phone.context.add_cookies([one for one in cookies if one["name"] != "csrftoken"])  # type: ignore[arg-type, misc]
    page.get_by_role("button", name="Log this concern").click()
    expect(page.get_by_role("heading", name="Received", level=1)).to_be_visible(timeout=30_000)
    phone.faults.clear()
    phone.sees("Three round bruises").look()

    concern = Concern.objects.get()
    assert sorted((row.who, row.part) for row in concern.involved.all()) == [
        (amy.full_label, "subject"),
        (ben.full_label, "sibling"),
        (cleo.full_label, "sibling"),
    ]
    assert [(mark.side, mark.region) for mark in concern.marks.all()] == [("front", "left_forearm")]
    assert Draft.objects.count() == 0


@pytest.mark.parametrize("is_phone", [True, False])
def test_e1_e3_staff_in_the_text_are_asked_about_once_and_nothing_typed_is_lost(
    is_phone: bool, site: Site, term: None, school: Any, host: StaffMember, head: StaffMember
) -> None:
    """Two who are named, and a kind of concern that is about an adult (axe looks at each page)."""
    factories.make_staff("Ruth Kellett")
    osei = factories.make_staff("Daniel Osei", roles=(Role.STAFF, Role.SAFEGUARDING))
    conduct = Category.objects.create(name="Conduct of an adult", is_about_adult=True)
    teacher = site.sign_in(host, phone=is_phone).go("/concerns/log/")
    page, text = teacher.page, "Daniel Osei shut the door. I told Mrs Kellett."
    teacher.choose("No, go on").fill("What did you see or hear yourself?", text)
    page.locator("summary").filter(has_text="What kind of concern").click()
    page.get_by_label(conduct.name).check()
    teacher.choose("I do not know").choose("Today: it must not be forgotten")
    page.get_by_role("button", name="Log this concern").click()

    expect(page.locator("#named-staff")).to_contain_text("You wrote about Daniel Osei.")
    expect(page.locator("#named-staff")).to_contain_text("You wrote about Ruth Kellett.")
    expect(page.locator("#named-staff :checked")).to_have_count(0)
    expect(page.get_by_label("Another adult")).to_be_visible()
    expect(teacher.field("What did you see or hear yourself?")).to_have_value(text)
    teacher.faults.clear()
    teacher.look()
    questions = page.locator("#named-staff fieldset, #named-staff [id^=div_id_named]")
    questions.filter(has_text="Daniel Osei").first.get_by_label("May have done something").check()
    questions.filter(has_text="Ruth Kellett").first.get_by_label("Was there or helped").check()
    page.get_by_role("button", name="Log this concern").click()

    expect(page.get_by_role("heading", name="Received", level=1)).to_be_visible()
    concern = Concern.objects.get()
    assert [(row.who, row.part) for row in concern.involved.order_by("part")] == [
        ("Daniel Osei", "harming"),
        ("Ruth Kellett", "mentioned"),
    ]
    assert not Concern.objects.visible_to(osei.viewer()).exists()


def test_files_follow_the_concern_and_a_bad_line_holds_up_no_text(
    site: Site, term: None, school: Any, host: StaffMember, lead: StaffMember
) -> None:
    phone = site.sign_in(host, phone=True).go("/concerns/log/")
    page = phone.page
    phone.choose("No, go on")
    phone.fill("What did you see or hear yourself?", "She drew something.")
    phone.choose("I do not know").choose("Today: it must not be forgotten")
    page.get_by_text("A file: a note, a letter, a photo of a drawing").click()
    page.get_by_label("None of these is, or might be").check()
    page.get_by_label("Files").set_input_files(
        [
            {"name": "drawing.jpg", "mimeType": "image/jpeg", "buffer": papers.picture()},
            {"name": "program.pdf", "mimeType": "application/pdf", "buffer": b"MZ\x90\0"},
        ]
    )
    phone.look()

    # Nobody is named, which is asked once; the files stay chosen.
    page.get_by_role("button", name="Log this concern").click()
    expect(page.get_by_role("alert").first).to_contain_text("Nobody is named yet.")
    assert Concern.objects.count() == 0
    assert Draft.objects.get().by == host
    phone.faults.clear()
    phone.look()

    # The text comes through, the files do not: they stay chosen, and the page says both.
    def without_files(route: Route) -> None:
        is_large = b"drawing.jpg" in (route.request.post_data_buffer or b"")
        route.abort("internetdisconnected") if is_large else route.fallback()

    page.route("**/concerns/log/", without_files)
    page.get_by_role("button", name="Log this concern").click()
    expect(page.locator("#not-sent")).to_contain_text(
        "The concern is RECEIVED. Its files are NOT SENT."
    )
    assert (Concern.objects.count(), Attachment.objects.count()) == (1, 0)
    phone.faults.clear()
    phone.look()

    page.unroute("**/concerns/log/")
    page.get_by_role("button", name="Log this concern").click()
    expect(page.get_by_role("heading", name="Received", level=1)).to_be_visible(timeout=30_000)
    phone.sees("The concern is received, these files are not").sees("program.pdf").look()
    assert (Concern.objects.count(), Attachment.objects.get().name) == (1, "drawing.jpg")
