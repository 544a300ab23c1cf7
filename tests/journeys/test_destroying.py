"""Two people destroy what is due, on a desk and on a telephone; every page is checked by axe."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from concerns import services
from concerns.models import Category, Certificate, Concern
from concerns.policy import HoldWhy
from school.models import StaffMember
from tests import factories
from tests.concerns import log as make
from tests.concerns.keeping import LATER, closed, of_child
from tests.journeys.conftest import DESK, PHONE, Site, Visitor
from tests.journeys.test_every_page import visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("SCHOOLSAFE_PICTURES", "")


def look(browser: Visitor, name: str, *, phone: bool) -> None:
    """No sideways scroll; a picture, if wished."""
    size = PHONE if phone else DESK
    assert browser.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    if PICTURES:
        browser.page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("width", ["phone", "desk"])
def test_two_people_destroy_and_keep_a_certificate(
    width: str, site: Site, school: Any, host: StaffMember, lead: StaffMember,
    deputy: StaffMember, settings: Any, tmp_path: Path, staff_client: Any,
) -> None:  # fmt: skip
    settings.DESTRUCTION_LEDGER = tmp_path / "destroyed.ledger"
    is_phone = width == "phone"
    maya, leo = of_child(host, lead), of_child(host, lead, "Bartholomew-Maximilian")
    leo.categories.add(Category.objects.create(name="Sexual abuse", is_sexual_abuse=True))
    held = of_child(host, lead, "Hana")
    services.hold(held, by=lead, why=HoldWhy.POLICE, reasons="Operation Lantern, reference 77/26.")
    unknown = closed(host, lead, make.child(factories.make_pupil("Nina")))
    services.keep(unknown, by=deputy, day=date(2060, 1, 1), reasons="Her sister is at school.")
    services.hold_pupil(
        held.involved.get().pupil, by=deputy, why=HoldWhy.ACCESS, reasons="Asked on 3 March."
    )
    site.clock.go_to(LATER)
    first = visitor(site, lead, width, staff_client).go("/concerns/retention/")
    look(first, f"due-{width}", phone=is_phone)
    first.press("Propose it")
    look(first, f"due-refused-{width}", phone=is_phone)
    for concern in (maya, leo):
        first.choose(f"Propose to destroy {concern.reference}")
    first.fill("Why is it not needed any more?", "Read on 10 March: nothing that is needed.")
    first.press("Propose it").sees("What you have proposed")
    look(first, f"proposed-{width}", phone=is_phone)
    first.go(held.get_absolute_url())
    look(first, f"kept-{width}", phone=is_phone)
    for state in ("held", "unknown", "soon"):
        first.go(f"/concerns/retention/?state={state}")
        look(first, f"{state}-{width}", phone=is_phone)
    first.go(f"/concerns/pupils/{held.involved.get().pupil_id}/holds/")
    look(first, f"pupil-{width}", phone=is_phone)

    StaffMember.objects.filter(pk__in=[lead.pk, deputy.pk]).update(household="12 Mill Lane")
    second = visitor(site, deputy, width, staff_client).go("/concerns/retention/")
    second.follow("Look at them")
    look(second, f"agree-{width}", phone=is_phone)
    for concern in (maya, leo):
        second.choose(f"Destroy {concern.reference}")
    second.choose("I have looked at each of these. They cannot be brought back.")
    second.press("Destroy for ever").sees(maya.reference)
    look(second, f"certificate-{width}", phone=is_phone)
    second.go("/concerns/retention/certificates/")
    look(second, f"certificates-{width}", phone=is_phone)
    assert set(Concern.objects.all()) == {held, unknown}
    assert Certificate.objects.get().share_a_home
