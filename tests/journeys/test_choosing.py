"""Choosing people for a plan with the keyboard alone, as somebody does who sees no screen."""

import pytest
from playwright.sync_api import Route, expect

from school.models import StaffMember
from tests import factories
from tests.journeys.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_e11_pupils_are_found_chosen_and_taken_off_by_the_keyboard(
    site: Site, term: None, host: StaffMember, co_host: StaffMember
) -> None:
    one, other = (factories.make_pupil("Amy", "Adams", year_group=year) for year in (3, 5))
    factories.make_group(one, name="3A", staff=(co_host,))
    factories.make_group(other, name="5B", staff=(co_host,))
    visitor = site.sign_in(host).go("/meetings/plan/")
    page, keys = visitor.page, visitor.page.keyboard
    said = page.locator("#announce")

    # Typed: both of one name are told apart, and Enter does not choose between them.
    page.locator("#find_pupils").focus()
    keys.type("amy")
    expect(said).to_have_text("2 found.")
    keys.press("Enter")
    expect(said).to_have_text("Pupils: 0 chosen, Colleagues: 0 chosen, Reserves: 0 chosen")
    expect(page.locator("#who .chosen")).to_have_count(0)
    expect(page.locator("#find_pupils")).to_be_focused()
    expect(page.locator("#found_pupils label")).to_have_text(
        ["Amy Adams (Year 3) 3A", "Amy Adams (Year 5) 5B"]
    )

    # Down to the second, and Space: it is a chip, it was said, and one can type on.
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowDown"):
        keys.press(key)
    expect(page.locator(f"#pupils-{other.pk}")).to_be_focused()
    keys.press("Space")
    expect(page.locator("#div_id_pupils .chosen label")).to_have_text(["Amy Adams (Year 5) 5B"])
    expect(page.locator("#find_pupils")).to_be_focused()
    expect(said).to_have_text("Pupils: 1 chosen, Colleagues: 0 chosen, Reserves: 0 chosen")
    visitor.look()
    keys.type("nobody")
    expect(said).to_have_text("Nobody of that name.")

    # Back to the chip, and Space takes it off again; the keyboard keeps its place.
    keys.press("Escape")
    page.locator(f"#pupils-{other.pk}").focus()
    keys.press("Space")
    expect(page.locator("#div_id_pupils .chosen")).to_have_count(0)
    expect(page.locator("#find_pupils")).to_be_focused()

    # A colleague who is free: the verdict came along.
    page.locator(f"#co_hosts-{co_host.pk}").focus()
    keys.press("Space")
    expect(page.locator("#div_id_co_hosts .chosen label")).to_have_text(["Colin Cohost"])
    visitor.look().sees("Choose the pupils to see whether it is safe.", within="#verdict-box")


def test_e11_pupil_who_is_ticked_while_the_verdict_is_asked_is_never_lost(
    site: Site, term: None, host: StaffMember
) -> None:
    one = factories.make_pupil("Amy", "Adams", year_group=5)
    factories.make_pupil("Ben", "Brown", year_group=5)
    factories.make_pupil("Cat", "Clark", year_group=5)
    visitor = site.sign_in(host).go("/meetings/plan/")
    page, chips = visitor.page, visitor.page.locator("#div_id_pupils .chosen label")
    page.locator("#find_pupils").press_sequentially("am")
    expect(page.locator("#found_pupils label")).to_have_text(["Amy Adams (Year 5)"])

    # A slow line: the answer to the tick is held while the verdict on the title comes and goes.
    held: list[Route] = []
    page.route("**/choose/", lambda route: held.append(route), times=1)
    page.locator("#id_title").fill("Reading")
    with page.expect_response("**/verdict/"):
        page.locator(f"#pupils-{one.pk}").check()
    assert len(held) == 1

    # The next name is typed: it brings the chip along, whatever becomes of the answer that is late.
    with page.expect_request("**/verdict/") as asked:
        page.locator("#find_pupils").fill("be")
    expect(page.locator("#found_pupils label")).to_have_text(["Ben Brown (Year 5)"])
    expect(chips).to_have_text(["Amy Adams (Year 5)"])
    assert f"pupils={one.pk}" in (asked.value.post_data or "")
    page.locator("#found_pupils input").check()
    expect(chips).to_have_text(["Amy Adams (Year 5)", "Ben Brown (Year 5)"])
    expect(page.locator("#find_pupils")).to_be_focused()

    # What is typed before a tick is answered stays typed, and is found.
    page.locator("#find_pupils").fill("ca")
    expect(page.locator("#found_pupils label")).to_have_text(["Cat Clark (Year 5)"])
    page.route("**/choose/", lambda route: held.append(route), times=1)
    page.locator("#found_pupils input").check()
    page.locator("#find_pupils").fill("zz")
    held[-1].continue_()
    expect(page.locator("#found_pupils")).to_have_text("Nobody of that name.")
    expect(page.locator("#find_pupils")).to_have_value("zz")
    expect(chips).to_have_count(3)
    visitor.look()


TYPE_AS_SOON_AS_IT_IS_THERE = """
() => new MutationObserver(function (changes, observer) {
  const field = document.getElementById("find_pupils");
  if (!document.querySelector("#div_id_pupils .chosen") || field.value) { return; }
  observer.disconnect();
  field.value = "be";
  field.dispatchEvent(new Event("input", { bubbles: true }));
}).observe(document.querySelector("form.plan"), { childList: true, subtree: true })
"""


def test_e11_name_that_is_typed_the_moment_a_tick_is_answered_is_looked_for(
    site: Site, term: None, host: StaffMember
) -> None:
    one = factories.make_pupil("Amy", "Adams", year_group=5)
    factories.make_pupil("Ben", "Brown", year_group=5)
    page = site.sign_in(host).go("/meetings/plan/").page
    page.locator("#find_pupils").fill("am")
    tick = page.locator(f"#pupils-{one.pk}")
    expect(tick).to_be_visible()
    page.locator("#find_pupils").evaluate("field => { field.value = ''; }")
    page.evaluate(TYPE_AS_SOON_AS_IT_IS_THERE)

    tick.check()

    expect(page.locator("#div_id_pupils .chosen label")).to_have_text(["Amy Adams (Year 5)"])
    expect(page.locator("#found_pupils label")).to_have_text(["Ben Brown (Year 5)"])


def test_chip_that_goes_with_the_answer_to_what_was_typed_leaves_the_keyboard_its_place(
    site: Site, term: None, host: StaffMember
) -> None:
    """A slow line: the answer to the tick is late, and what was typed a moment before brings the chips along."""
    one = factories.make_pupil("Amy", "Adams", year_group=5)
    factories.make_pupil("Ben", "Brown", year_group=5)
    page = site.sign_in(host).go("/meetings/plan/").page
    page.locator("#find_pupils").fill("am")
    page.locator(f"#pupils-{one.pk}").check()
    expect(page.locator("#div_id_pupils .chosen label")).to_have_text(["Amy Adams (Year 5)"])
    held: list[Route] = []
    page.route("**/choose/", lambda route: held.append(route), times=1)
    page.locator(f"#pupils-{one.pk}").focus()
    with page.expect_request("**/choose/"):
        page.keyboard.press("Space")
    page.locator("#find_pupils").evaluate(
        "field => { field.value = 'be'; field.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    expect(page.locator("#found_pupils label")).to_have_text(["Ben Brown (Year 5)"])
    expect(page.locator("#div_id_pupils .chosen")).to_have_count(0)
    expect(page.locator("#find_pupils")).to_be_focused()
