"""Paper forms and the evidence from the page of a call."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from audit.models import Entry
from consent.models import PaperForm
from meetings import services
from school.models import Guardian, Pupil, StaffMember
from tests.meetings import calls
from tests.meetings.pages import url, words

Family = tuple[Guardian, Pupil]
SignIn = Callable[..., Client]


def test_forms_are_printed_by_who_runs_the_call_or_sees_all(
    host: StaffMember,
    co_host: StaffMember,
    office: StaffMember,
    colleague: StaffMember,
    amy: Family,
    ben: Family,
    staff_client: SignIn,
) -> None:
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    got = {}
    for person in (host, co_host, office, colleague):
        response = staff_client(person).post(url("print_forms", meeting))
        got[person.name] = (response.status_code, response.get("Content-Type", ""))
    pdf = (200, "application/pdf")
    assert list(got.values())[:3] == [pdf, pdf, pdf]
    assert got[colleague.name][0] == 404
    assert (PaperForm.objects.count(), Entry.objects.filter(verb="consent.print").count()) == (6, 3)


def test_one_form_those_missing_and_all(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    calls.answer(meeting, *amy)
    browser = staff_client(host)
    asked = {row.guardian_id: row.pk for row in meeting.question.requests.all()}

    def printed(**data: Any) -> list[int]:
        before = set(PaperForm.objects.values_list("pk", flat=True))
        response = browser.post(url("print_forms", meeting), data)
        fresh = PaperForm.objects.exclude(pk__in=before)
        numbers = sorted(fresh.values_list("pk", flat=True))
        name = f"consent-forms-{numbers[0]}-{numbers[-1]}.pdf"
        assert response["Content-Disposition"] == f'attachment; filename="{name}"'
        return sorted(fresh.values_list("request__guardian", flat=True))

    assert printed(request=asked[amy[0].pk]) == [amy[0].pk]
    assert printed(missing="1") == [ben[0].pk]
    assert printed() == sorted([amy[0].pk, ben[0].pk])
    # A form for nobody known is none, and never one for everybody.
    for number in ("", "x", "9" * 5000):
        response = browser.post(url("print_forms", meeting), {"request": number})
        assert response.status_code == 403


def test_page_offers_forms_and_evidence_to_whom_it_lets(
    host: StaffMember,
    co_host: StaffMember,
    office: StaffMember,
    amy: Family,
    staff_client: SignIn,
) -> None:
    meeting = calls.asked(host, [amy[1]], co_hosts=[co_host])
    own, all_ = (words(staff_client(one).get(url("detail", meeting))) for one in (host, office))
    assert ("Print those without an answer (1)" in own, "Evidence" in own) == (True, False)
    assert ("Print those without an answer (1)" in all_, "Evidence" in all_) == (True, True)
    services.cancel(meeting, by=host)
    assert "Print all" not in words(staff_client(office).get(url("detail", meeting)))
    refused = staff_client(host).post(url("print_forms", meeting))
    assert refused.status_code == 403
