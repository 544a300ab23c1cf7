"""The pages of a yes for the school year: offered, listed, ended; and the office's list."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from consent import links, services
from consent.models import Answer, StandingConsent
from consent.policy import Status
from notices import services as outbox
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.consent.builders import (
    answer,
    ask,
    confirm,
    consent_of,
    hidden,
    page,
    request_of,
    typed,
)
from tests.consent.standing import give, later, reading
from tests.meetings.pages import words

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
# What Maya's mother sends.
YES = {"choice": "yes", "name": "Amina Okafor"}


@pytest.fixture(autouse=True)
def _terms(school: Any) -> None:
    factories.make_term(ends_on=date(2027, 7, 16))


def year_of(standing: StandingConsent) -> str:
    return reverse("consent:year", args=[links.year_token(standing.pk, standing.link_version)])


def test_b20_receipt_offers_it_and_nothing_is_chosen(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Any
) -> None:
    request = request_of(ask(host, maya, asked=reading()), maya, mum)
    check = family.post(page(request), typed(request))
    confirm(family, request, check, travel)
    assert "Also for other calls of this kind this school year?" in words(family.get(page(request)))
    offer = family.get(page(request, "standing/"))
    for told in (
        "Reading together",
        "Members of staff of the school",
        "Microsoft Teams",
        "16 July 2027",
        "You can end this yes at any time, without a reason.",
    ):
        assert told in words(offer)
    assert b"checked" not in offer.content
    # A scanner that submits the form as it finds it, or at once, gives nothing.
    address = page(request, "standing/")
    assert family.post(address, hidden(offer)).status_code == 422
    assert family.post(address, hidden(offer) | YES).status_code == 422
    assert not StandingConsent.objects.exists()
    travel(clock.now() + timedelta(seconds=3))
    # E26: nor does somebody to whom the link was forwarded.
    other = family.post(address, hidden(offer) | YES | {"name": "Mallory Malone"})
    assert (other.status_code, StandingConsent.objects.count()) == (422, 0)
    assert "Write the name with which you said yes." in words(other)
    given = family.post(address, hidden(offer) | YES)
    assert (given.status_code, given["Location"]) == (303, address)
    [standing] = StandingConsent.objects.all()
    assert (standing.guardian, standing.pupil) == (mum, maya)
    listed = family.get(address)
    assert year_of(standing) in listed.content.decode()
    receipt = words(family.get(page(request)))
    assert "Also for other calls" not in receipt
    assert "What you have said for the whole school year" in receipt


def test_b20_declining_keeps_nothing(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    request = request_of(ask(host, maya, asked=reading()), maya, mum)
    answer(request, takes_part=True)
    offer = family.get(page(request, "standing/"))
    declined = family.post(page(request, "standing/"), hidden(offer) | {"choice": "no"})
    assert declined["Location"] == page(request)
    assert not StandingConsent.objects.exists()


def test_b20_seal_of_another_page_gives_nothing(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Any
) -> None:
    request = request_of(ask(host, maya, asked=reading()), maya, mum)
    answer(request, takes_part=True)
    seal = hidden(family.get(page(request, "withdraw/")))
    travel(clock.now() + timedelta(seconds=3))
    for sealed in (seal, {}):
        tried = family.post(page(request, "standing/"), sealed | YES)
        assert tried.status_code == 422
    assert not StandingConsent.objects.exists()


def test_b20_plan_that_changes_while_the_page_is_open_is_read_again(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Any, monkeypatch: Any
) -> None:
    request = request_of(ask(host, maya, asked=reading()), maya, mum)
    answer(request, takes_part=True)
    offer = hidden(family.get(page(request, "standing/")))
    travel(clock.now() + timedelta(seconds=3))
    real = services.give_standing

    def overtaken(*args: Any, **facts: Any) -> StandingConsent:
        services.withdraw(request, by=mum)
        return real(*args, **facts)

    monkeypatch.setattr(services, "give_standing", overtaken)
    tried = family.post(page(request, "standing/"), offer | YES)
    assert (tried.status_code, tried["Location"]) == (303, page(request))
    assert not StandingConsent.objects.exists()


@pytest.mark.parametrize("why", ["no", "no kind", "not recorded", "own", "safe address"])
def test_b20_not_offered_where_it_would_be_unclear(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, why: str
) -> None:
    if why == "own":
        Pupil.objects.filter(pk=maya.pk).update(born_on=date(2008, 1, 1), email="maya@x.example")
    if why == "safe address":
        Pupil.objects.filter(pk=maya.pk).update(is_address_confidential=True)
    facts: dict[str, Any] = {"kind": ""} if why == "no kind" else {}
    question = ask(host, maya, asked=reading(is_recorded=why == "not recorded") if not facts else
                   reading().__class__(**(reading().__dict__ | facts)))  # fmt: skip
    request = request_of(question, maya, None if why == "own" else mum)
    relationship = "self" if why == "own" else "mother"
    answer(request, takes_part=why != "no", may_be_recorded=False, relationship=relationship)
    assert "Also for other calls" not in words(family.get(page(request)))
    for tried in (family.get(page(request, "standing/")), family.post(page(request, "standing/"))):
        assert (tried.status_code, tried["Location"]) == (303, page(request))


def test_b20_notice_leads_to_the_page_where_saying_no_to_the_call_is_one_choice(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Any
) -> None:
    give(host, maya, mum)
    question = later(host, maya)
    request = request_of(question, maya, mum)
    outbox.run_due(clock.now())
    assert f"http://localhost:8000{page(request, 'withdraw/')}" in str(mail.outbox[-1].body)
    receipt = words(family.get(page(request)))
    assert "Your yes for this school year covers this call: Maya may take part" in receipt
    assert "Say no to this call" in receipt
    opened = family.get(page(request, "withdraw/"))
    travel(clock.now() + timedelta(seconds=3))
    family.post(page(request, "withdraw/"), hidden(opened) | {"choice": "withdraw"})
    assert consent_of(question, maya).status is Status.WITHDRAWN
    assert consent_of(later(host, maya, about="third", days=24), maya).is_given


def test_b20_family_ends_it_on_its_own_page_which_outlives_every_call(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Any
) -> None:
    standing = give(host, maya, mum)
    travel(clock.now() + timedelta(days=100))
    question = later(host, maya, days=7)
    seen = family.get(year_of(standing))
    assert "Reading group" in words(seen)
    assert page(request_of(question, maya, mum)) in seen.content.decode()
    too_fast = family.post(year_of(standing), hidden(seen) | {"choice": "end"})
    assert too_fast.status_code == 422
    assert family.post(year_of(standing), hidden(seen)).status_code == 422
    travel(clock.now() + timedelta(seconds=3))
    family.post(year_of(standing), hidden(seen) | {"choice": "keep"})
    assert consent_of(question, maya).is_given
    ended = family.post(year_of(standing), hidden(too_fast) | {"choice": "end"})
    assert (ended.status_code, ended["Location"]) == (303, year_of(standing))
    after = words(family.get(year_of(standing)))
    assert "Your yes for Maya for this school year has ended" in after
    assert "Please answer" in after
    assert consent_of(question, maya).status is Status.VOID
    answer(request_of(question, maya, mum), takes_part=True)
    assert "Answered" in words(family.get(year_of(standing)))


def test_b20_seal_of_an_answer_ends_nothing(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Any
) -> None:
    standing = give(host, maya, mum)
    request = standing.answer.request
    seal = hidden(family.get(page(request, "withdraw/")))
    travel(clock.now() + timedelta(seconds=3))
    assert family.post(year_of(standing), seal | {"choice": "end"}).status_code == 422
    standing.refresh_from_db()
    assert standing.ended_at is None


def test_e28_page_of_a_year_sets_no_cookie_is_kept_nowhere_and_refuses_other_sites(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    standing = give(host, maya, mum)
    seen = family.get(year_of(standing))
    assert not seen.cookies
    assert "no-store" in seen["Cache-Control"]
    foreign = family.post(
        year_of(standing), {"choice": "end"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert foreign.status_code == 403


def test_e28_dead_links_of_a_year_are_one_page(
    host: StaffMember, lead: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Any
) -> None:
    standing = give(host, maya, mum)
    request = standing.answer.request
    good = year_of(standing)
    for address in (
        reverse("consent:year", args=["rubbish"]),
        reverse("consent:year", args=[links.token(request.pk, 1)]),
        reverse("consent:year", args=[links.year_token(standing.pk, 2)]),
        reverse("consent:year", args=[links.year_token(10**9, 1)]),
    ):
        assert family.get(address).status_code == 404
    mum.guardianships.update(
        blocked_from=clock.today(), block_reason="order", block_evidence="f", block_approved_by=lead
    )
    assert family.get(good).status_code == 404
    mum.guardianships.update(blocked_from=None)
    assert family.get(good).status_code == 200
    travel(clock.now() + timedelta(days=400))
    assert family.get(good).status_code == 404


def test_e33_pages_of_a_safe_address_name_no_kind(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    standing = give(host, maya, mum)
    Pupil.objects.filter(pk=maya.pk).update(is_address_confidential=True)
    later(host, maya)
    for address in (year_of(standing), page(standing.answer.request, "standing/")):
        told = words(family.get(address))
        assert "Maya" in told
        assert "Reading" not in told


def test_b20_office_finds_it_by_the_childs_name_and_ends_it_with_a_reason(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, staff_client: SignIn
) -> None:
    standing = give(host, maya, mum)
    question = later(host, maya)
    other = factories.make_pupil("Zachary", "Young")
    give(host, other, factories.make_guardian(other, name="Yara Young"), about="another")
    client = staff_client(office)
    listed = words(client.get(reverse("consent:standings")))
    assert ("Amina Okafor" in listed, "Yara Young" in listed) == (True, True)
    found = words(client.post(reverse("consent:standings"), {"q": "oka may"}))
    assert ("Amina Okafor" in found, "Yara Young" in found) == (True, False)
    address = reverse("consent:end_standing", args=[standing.pk])
    assert "Rests on it" in words(client.get(address))
    assert client.post(address, {"reason": ""}).status_code == 422
    ended = client.post(address, {"reason": "She rang."})
    assert (ended.status_code, ended["Location"]) == (302, reverse("consent:standings"))
    assert consent_of(question, maya).status is Status.VOID
    assert "Why it ended: She rang." in words(client.get(address))
    assert client.post(address, {"reason": "Again"}).status_code == 422


def test_list_of_staff_costs_the_same_for_one_and_for_many(
    host: StaffMember, office: StaffMember, staff_client: SignIn, django_assert_num_queries: Any
) -> None:
    client = staff_client(office)
    address = reverse("consent:standings")
    for number in range(3):
        pupil = factories.make_pupil()
        give(host, pupil, factories.make_guardian(pupil), about=f"call {number}")
        client.get(address)
        with django_assert_num_queries(9):
            client.get(address)


def test_b20_answer_by_it_is_not_undone_but_taken_back(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    give(host, maya, mum)
    request = request_of(later(host, maya), maya, mum)
    assert family.get(page(request, "undo/")).status_code == 303
    assert Answer.objects.filter(request=request).count() == 1
