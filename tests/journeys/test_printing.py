"""Printing in a browser: the page stays where it is, and its buttons come back."""

import pytest

from school.models import StaffMember
from tests import factories
from tests.journeys.conftest import Site
from tests.meetings import calls

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_form_can_be_printed_again_a_moment_later_and_not_twice_by_one_double_click(
    site: Site, term: None, host: StaffMember, co_host: StaffMember
) -> None:
    maya = factories.make_pupil("Maya", "Okafor")
    factories.make_guardian(maya, name="Grace Okafor")
    meeting = calls.asked(host, [maya], co_hosts=[co_host])
    teacher = site.sign_in(host).go(f"/meetings/{meeting.pk}/")
    files = []
    teacher.page.on("download", lambda one: files.append(one.suggested_filename))
    button = teacher.page.get_by_role("button", name="Print all (1)")

    with teacher.page.expect_download():
        button.dblclick()
    assert len(files) == 1
    assert button.get_attribute("aria-disabled") == "true"
    teacher.page.wait_for_timeout(2000)
    assert button.get_attribute("aria-disabled") is None
    with teacher.page.expect_download():
        button.click()
    assert len(files) == 2
