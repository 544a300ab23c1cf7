from collections.abc import Callable

import pytest
from django.test import Client

from audit.models import Entry
from school.models import Guardian, Pupil, StaffMember
from tests.consent.builders import answer, ask, request_of

pytestmark = pytest.mark.django_db


def test_team_reviews_and_each_look_at_an_answer_is_audited(
    host: StaffMember,
    lead: StaffMember,
    maya: Pupil,
    mum: Guardian,
    staff_client: Callable[..., Client],
) -> None:
    said = answer(request_of(ask(host, maya), maya, mum), takes_part=True)
    browser = staff_client(lead)
    for name in ("question", "request", "answer"):
        assert browser.get(f"/admin/consent/{name}/").status_code == 200
    before = Entry.objects.filter(verb="consent.read").count()
    page = browser.get(f"/admin/consent/answer/{said.pk}/change/")
    assert page.status_code == 200
    assert "Amina Okafor" in page.content.decode()
    assert Entry.objects.filter(verb="consent.read").count() == before + 1
    assert Entry.objects.latest("id").object == f"consent.answer:{said.pk}"
    refused = browser.post(f"/admin/consent/answer/{said.pk}/change/", {"kind": "no"})
    assert refused.status_code == 403


def test_superuser_and_teacher_see_no_answer(
    host: StaffMember,
    it_superuser: StaffMember,
    maya: Pupil,
    mum: Guardian,
    staff_client: Callable[..., Client],
) -> None:
    said = answer(request_of(ask(host, maya), maya, mum), takes_part=True)
    for person in (host, it_superuser):
        page = staff_client(person).get(f"/admin/consent/answer/{said.pk}/change/")
        assert page.status_code in {302, 403}
        assert "Amina" not in page.content.decode()
