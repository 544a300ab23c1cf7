"""The school's own colour and words: readable, plain, and never in place of what the policy says."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from school.models import School, StaffMember
from school.services import change_setting
from school.settings import SETTINGS, colour

SignIn = Callable[..., Client]
PLUM = "#7a1f5c"
WHY = "As on the school's sign."


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#0b5c63", "#ffffff", 7.71),
    ],
)
def test_contrast_is_reckoned_as_wcag_does(one: str, other: str, ratio: float) -> None:
    assert round(colour.contrast(one, other), 2) == ratio
    assert colour.contrast(one, other) == colour.contrast(other, one)


@pytest.mark.parametrize(
    ("value", "readable"),
    [("#0b5c63", True), (PLUM, True), ("#000000", True), ("#777777", False), ("#ffbf47", False)],
)
def test_colour_that_is_too_pale_is_refused_with_its_contrast(value: str, readable: bool) -> None:
    found = SETTINGS["colour"].fault(value)
    assert (found == "") is readable
    if not readable:
        assert found.startswith("This colour is too pale to be read: its contrast is ")
    else:
        grounds = (*colour.GROUNDS, colour.tint(value))
        assert min(colour.contrast(value, ground) for ground in grounds) >= 4.5
        assert colour.contrast(colour.deep(value), "#ffffff") >= 4.5


def test_school_with_the_usual_colour_loads_no_other(
    lead: StaffMember, staff_client: SignIn
) -> None:
    assert "/school/colour/" not in staff_client(lead).get("/").content.decode()
    assert staff_client(lead).get("/school/colour/0b5c63.css").status_code == 404


def test_own_colour_is_a_stylesheet_that_everybody_may_keep(
    lead: StaffMember, staff_client: SignIn, family: Client
) -> None:
    change_setting("colour", PLUM, by=lead, why=WHY, seen=0)
    address = "/school/colour/7a1f5c.css"
    assert f'href="{address}"' in staff_client(lead).get("/").content.decode()
    found = family.get(address)
    assert found.content.decode() == (
        ":root { --school: #7a1f5c; --school-deep: #62194a; --school-tint: #f2e9ef; "
        "--bs-link-color-rgb: 122, 31, 92; }\n"
    )
    assert found["Content-Type"] == "text/css; charset=utf-8"
    assert found["Cache-Control"] == "public, max-age=31536000, immutable"
    assert family.get("/school/colour/123456.css")["Cache-Control"] == "no-store"


def test_records_wear_the_colour_and_lead_back_to_the_pages(
    lead: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(lead)
    change_setting("colour", PLUM, by=lead, why=WHY, seen=0)
    staff = reverse("admin:school_staffmember_changelist")
    for page in (client.get(reverse("admin:index")), client.get(staff)):
        found = page.content.decode()
        # After the admin's own, whose colours are drawn from these names.
        assert found.index("/static/admin.css") < found.index("/school/colour/7a1f5c.css")
        assert page.context["nav"]
        for item in page.context["nav"]:
            assert f'href="{item.url}"' in found
    assert "<h1>Staff members</h1>" in client.get(staff).content.decode()


def test_own_words_stand_at_the_foot_of_families_pages_as_plain_text(
    lead: StaffMember, family: Client
) -> None:
    before = family.get("/c/no-such-link/").content.decode()
    change_setting("families_words", "<b>Bring</b> a book & a smile.", by=lead, why=WHY, seen=0)
    after = family.get("/c/no-such-link/").content.decode()
    foot = after[after.index('<footer class="family-foot">') :]
    assert "&lt;b&gt;Bring&lt;/b&gt; a book &amp; a smile." in foot
    assert School.objects.current().office_telephone in foot
    # Nothing that stood there is gone.
    lost = [line for line in before.splitlines() if line.strip() and line not in after]
    assert lost == []
