"""E42: the pages on which it is proposed, approved and ended, and the pages that do not say why."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from consent import services
from consent.forms import seal_seen
from notices.models import Notice
from notices.policy import Fate
from notices.services import send_again
from notices.services.news import News, hear
from school.models import Guardian, OwnConsent, Pupil, StaffMember
from school.policy import Reach
from schoolsafe.lib import clock
from tests import factories
from tests.consent.builders import answer, ask, consent_of, request_of
from tests.consent.builders import page as page_of
from tests.consent.own_consent import REASONS, approved, propose
from tests.meetings import calls

SignIn = Callable[..., Client]
TYPED = {"ground": "estranged", "reasons": REASONS, "begins_on": "2026-09-15"}
GROUND = "Estranged from the family"


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def own_page(pupil: Pupil) -> str:
    return reverse("consent:own_consent", args=[pupil.pk])


@pytest.fixture
def clerk(office: StaffMember, staff_client: SignIn) -> Client:
    return staff_client(office)


@pytest.fixture
def approver(lead: StaffMember, staff_client: SignIn) -> Client:
    return staff_client(lead)


# --- Proposing ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("born_on", "typed", "words"),
    [
        (date(2010, 9, 16), {}, "Below 16 the guardians decide. It can begin on 16 September 2026"),
        (date(2010, 3, 1), {"begins_on": "2026-09-14"}, "It cannot begin before today."),
        (date(2010, 3, 1), {"until": "2028-03-01"}, "From 1 March 2028, the 18th birthday"),
        (date(2010, 3, 1), {"ground": "other"}, "Select a valid choice"),
        (date(2010, 3, 1), {"ground": ""}, "Choose why."),
        (date(2010, 3, 1), {"reasons": " "}, "Write down what it is based on."),
        (date(2010, 3, 1), {"begins_on": ""}, "Choose the first day."),
    ],
)
def test_e42_what_is_wrong_stands_beside_its_field(
    clerk: Client, noor: Pupil, born_on: date, typed: dict[str, str], words: str
) -> None:
    Pupil.objects.filter(pk=noor.pk).update(born_on=born_on)
    found = clerk.post(own_page(noor), TYPED | typed)
    # In the summary, and beside the field.
    assert (found.status_code, text(found).count(words)) == (422, 2)
    assert not OwnConsent.objects.exists()


def test_e42_office_proposes_and_the_lead_sees_it_first_thing(
    clerk: Client, approver: Client, deputy: StaffMember, staff_client: SignIn, noor: Pupil
) -> None:
    card = "Pupils to decide themselves"
    assert card not in text(approver.get("/"))
    assert clerk.post(own_page(noor), TYPED).status_code == 302
    assert card in text(approver.get("/"))
    assert card not in text(clerk.get("/"))
    assert card not in text(staff_client(deputy).get("/"))
    page = text(approver.get(own_page(noor)))
    assert (GROUND in page, REASONS in page, "Approve it" in page) == (True, True, True)
    page = text(clerk.get(own_page(noor)))
    assert ("Approve it" in page, "Let the proposal go" in page) == (False, True)


def test_e42_second_proposal_is_refused_in_words(
    clerk: Client, office: StaffMember, noor: Pupil
) -> None:
    propose(noor, by=office)
    found = clerk.post(own_page(noor), TYPED)
    assert found.status_code == 422
    assert OwnConsent.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"born_on": None}, "There is no date of birth on record."),
        ({"born_on": date(2008, 9, 15)}, "This pupil is 18 and decides themselves already."),
        ({"left_on": date(2026, 9, 1)}, "This pupil has left."),
    ],
)
def test_e42_nothing_to_propose_for_whom_nothing_would_change(
    clerk: Client, noor: Pupil, facts: dict[str, Any], words: str
) -> None:
    Pupil.objects.filter(pk=noor.pk).update(**facts)
    page = text(clerk.get(own_page(noor)))
    assert (words in page, "Propose it" in page) == (True, False)


# --- Approving and ending -------------------------------------------------------------------------
def test_e42_who_proposed_is_told_why_they_cannot_approve(
    approver: Client, lead: StaffMember, deputy: StaffMember, staff_client: SignIn, noor: Pupil
) -> None:
    own = propose(noor, by=lead)
    page = text(approver.get(own_page(noor)))
    assert ("Approve it" in page, "or a deputy approves it" in page) == (False, True)
    found = approver.post(reverse("consent:approve_own_consent", args=[own.pk]))
    assert (found.status_code, "never the person who proposed it" in text(found)) == (422, True)
    assert staff_client(deputy).post(found.wsgi_request.path).status_code == 302
    own.refresh_from_db()
    assert own.approved_by == deputy


def test_e42_lead_approves_and_ends_it(
    approver: Client, office: StaffMember, noor: Pupil, mother: Guardian
) -> None:
    own = propose(noor, by=office)
    assert "Sana Aziz: neither asked nor told." in text(approver.get(own_page(noor)))
    approver.post(reverse("consent:approve_own_consent", args=[own.pk]))
    assert "Yes. The pupil alone is asked and heard." in text(approver.get(own_page(noor)))
    end = reverse("consent:end_own_consent", args=[own.pk])
    page = text(approver.get(end))
    assert ("Sana Aziz" in page, "Let the guardians decide" in page) == (True, True)
    assert approver.post(end).status_code == 302
    page = text(approver.get(own_page(noor)))
    assert ("No. The guardians decide." in page, REASONS in page) == (True, True)
    found = approver.post(end)
    assert (found.status_code, "This has ended already." in text(found)) == (422, True)


def test_e42_office_is_offered_no_end_of_an_approval(
    clerk: Client, office: StaffMember, lead: StaffMember, noor: Pupil
) -> None:
    own = approved(noor, office=office, lead=lead)
    assert "Let the guardians decide again" not in text(clerk.get(own_page(noor)))
    end = reverse("consent:end_own_consent", args=[own.pk])
    assert "Only the safeguarding team and the headteacher can do this." in text(clerk.get(end))
    assert clerk.post(end).status_code == 422
    assert OwnConsent.objects.get().ended_at is None


def test_e42_list_of_those_who_decide_and_whom_it_may_be_proposed_for(
    clerk: Client, office: StaffMember, lead: StaffMember, noor: Pupil, maya: Pupil
) -> None:
    listed = reverse("consent:own_consents")
    assert "nothing is proposed" in text(clerk.get(listed))
    other = factories.make_pupil("Noah", "Ash", year_group=11, born_on=date(2011, 1, 1))
    young = factories.make_pupil("Noel", "Ash", year_group=3, born_on=date(2018, 1, 1))
    found = clerk.post(listed, {"q": "no"})
    assert [one.pk for one in found.context["found"]] == [other.pk, noor.pk]
    assert young.pk not in [one.pk for one in found.context["found"]]
    assert "No pupil of that name" in text(clerk.post(listed, {"q": "Maya"}))
    approved(noor, office=office, lead=lead)
    assert "approved by Leah Lead" in text(clerk.get(listed))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "This pupil decides themselves."),
        ({"begins_on": date(2026, 9, 20)}, "decides themselves from a later day"),
    ],
)
def test_e42_page_of_who_is_asked_says_who_decides(
    clerk: Client,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    facts: dict[str, Any],
    words: str,
) -> None:
    page = reverse("consent:pupil", args=[noor.pk])
    assert "Propose it" in text(clerk.get(page))
    own = propose(noor, by=office, **facts)
    assert "It is proposed that this pupil decides themselves." in text(clerk.get(page))
    services.approve_own_consent(own, by=lead)
    assert words in text(clerk.get(page))
    Pupil.objects.filter(pk=noor.pk).update(born_on=date(2008, 1, 1))
    assert "This pupil is 18 and decides themselves." in text(clerk.get(page))


def test_e42_page_of_a_young_child_does_not_offer_it(clerk: Client, maya: Pupil) -> None:
    assert "Propose it" not in text(clerk.get(reverse("consent:pupil", args=[maya.pk])))


# --- What others see ------------------------------------------------------------------------------
def test_e42_teacher_reads_that_the_pupil_decides_and_not_why(
    host: StaffMember,
    co_host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
    noor: Pupil,
    mother: Guardian,
) -> None:
    own = approved(noor, office=office, lead=lead)
    meeting = calls.asked(host, [noor], co_hosts=[co_host])
    teacher = staff_client(host)
    pages = [f"/meetings/{meeting.pk}/", "/consent/?task=all"]
    for page in pages:
        found = text(teacher.get(page))
        assert "decides themselves" in found
        assert (GROUND in found, REASONS in found, "Sana Aziz" in found) == (False, False, False)
    assert REASONS in text(staff_client(lead).get(own_page(noor)))
    for name, pk in (
        ("own_consent", noor.pk),
        ("own_address", noor.pk),
        ("end_own_consent", own.pk),
        ("pupil", noor.pk),
    ):
        assert teacher.get(reverse(f"consent:{name}", args=[pk])).status_code == 403
    assert teacher.get(reverse("admin:school_ownconsent_changelist")).status_code == 302


def test_e42_answer_page_of_a_pupil_of_16_does_not_speak_of_18(
    host: StaffMember, office: StaffMember, lead: StaffMember, noor: Pupil, client: Client
) -> None:
    approved(noor, office=office, lead=lead)
    asked = request_of(ask(host, noor), noor, None)
    page = text(client.get(page_of(asked)))
    assert "Will you take part in this call?" in page
    assert "I am the pupil, and I decide this myself" in page
    assert not re.search(r"\b18\b", re.sub(r"<[^>]+>", "", page))


# --- The pupil's own address ----------------------------------------------------------------------
def correct(client: Client, pupil: Pupil, **typed: str) -> Any:
    pupil.refresh_from_db()
    seen = seal_seen(Reach(email=pupil.email, language="en"))
    page = reverse("consent:own_address", args=[pupil.pk])
    return client.post(page, {"seen": seen, "email": pupil.email} | typed)


def test_e42_mailbox_that_a_guardian_reads_is_refused_beside_the_field(
    clerk: Client, noor: Pupil, mother: Guardian
) -> None:
    words = "A guardian is written to at this address: it is not the pupil’s own."
    found = correct(clerk, noor, email="Sana@family.example")
    assert (found.status_code, text(found).count(words)) == (422, 2)
    assert correct(clerk, noor, email="").status_code == 302
    noor.refresh_from_db()
    assert noor.email == ""


def test_e34_changed_address_of_a_pupil_waits_and_is_confirmed(
    host: StaffMember, clerk: Client, office: StaffMember, lead: StaffMember, noor: Pupil,
    staff_client: Callable[..., Client],
) -> None:  # fmt: skip
    approved(noor, office=office, lead=lead)
    ask(host, noor)
    assert "changed lately" not in text(clerk.get("/consent/"))
    correct(staff_client(lead), noor, email="new@pupil.example")
    page = reverse("consent:own_address", args=[noor.pk])
    listed = text(clerk.get("/consent/"))
    assert ("An address was changed lately." in listed, page in listed) == (True, True)
    assert "nobody has confirmed it" in text(clerk.get(page))
    empty = clerk.post(f"{page}confirm/", {"email": "new@pupil.example"})
    assert (empty.status_code, text(empty).count("Choose how you made sure.")) == (422, 2)
    stale = clerk.post(f"{page}confirm/", {"email": "noor@pupil.example", "how": "telephone"})
    assert (stale.status_code, "changed again meanwhile" in text(stale)) == (422, True)
    clerk.post(f"{page}confirm/", {"email": "new@pupil.example", "how": "in_person"})
    assert "Olive Office confirmed the address" in text(clerk.get(page))
    assert "changed lately" not in text(clerk.get("/consent/"))


def test_e42_two_who_change_an_address_at_once_do_not_write_over_each_other(
    clerk: Client, office: StaffMember, noor: Pupil
) -> None:
    seen = seal_seen(Reach(email="noor@pupil.example", language="en"))
    services.correct_address(noor, by=office, email="other@pupil.example")
    page = reverse("consent:own_address", args=[noor.pk])
    found = clerk.post(page, {"seen": seen, "email": "mine@pupil.example"})
    assert found.status_code == 409
    assert "it is other@pupil.example now" in text(found)


def test_e46_letter_to_a_pupil_that_came_back_is_put_right_from_the_list(
    host: StaffMember,
    clerk: Client,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mailbox: Any,
    travel: Any,
) -> None:
    approved(noor, office=office, lead=lead)
    question = ask(host, noor)
    mailbox()
    told = News(sent_as=Notice.objects.get().message_id, fate=Fate.BOUNCED, event="1")
    hear([told], now=clock.now())
    noor.refresh_from_db()
    assert noor.email_closed_at == clock.now()
    page = reverse("consent:own_address", args=[noor.pk])
    listed = text(clerk.get("/consent/"))
    assert ("Correct the address" in listed, page in listed) == (True, True)
    assert "came back, or reached somebody else" in text(clerk.get(page))
    travel(clock.now() + timedelta(minutes=1))
    correct(clerk, noor, email="new@pupil.example")
    assert {letter.to[0] for letter in mailbox()[1:]} >= {"new@pupil.example"}
    answer(request_of(question, noor, None), takes_part=True, relationship="self")
    # It counts once it is sure that the new address is the pupil's (E34).
    assert not consent_of(question, noor).is_given
    services.confirm_address(noor, by=lead, email="new@pupil.example", how="telephone")
    assert consent_of(question, noor).is_given


@pytest.mark.parametrize("who", ["pupil", "guardian"])
def test_e46_address_that_was_right_after_all_is_confirmed_and_written_to_again(
    who: str, host: StaffMember, clerk: Client, office: StaffMember, lead: StaffMember,
    noor: Pupil, mother: Guardian, mailbox: Any,
) -> None:  # fmt: skip
    if who == "pupil":
        approved(noor, office=office, lead=lead)
    ask(host, noor)
    mailbox()
    told = News(sent_as=Notice.objects.get().message_id, fate=Fate.BOUNCED, event="1")
    hear([told], now=clock.now())
    person = noor if who == "pupil" else mother
    name = "own_address" if who == "pupil" else "guardian"
    page = reverse(f"consent:{name}", args=[person.pk])
    assert "Yes, it is theirs" in text(clerk.get(page))
    clerk.post(f"{page}confirm/", {"email": person.email, "how": "telephone"})
    person.refresh_from_db()
    assert person.email_closed_at is None
    assert [letter.to for letter in mailbox()] == [[person.email]] * 2


def test_e46_letter_to_a_pupil_is_sent_again_from_the_outbox(
    host: StaffMember, office: StaffMember, lead: StaffMember, noor: Pupil, mailbox: Any
) -> None:
    approved(noor, office=office, lead=lead)
    ask(host, noor)
    mailbox()
    came_back = Notice.objects.get()
    hear([News(sent_as=came_back.message_id, fate=Fate.BOUNCED, event="1")], now=clock.now())
    noor.refresh_from_db()
    assert noor.email_closed_at is not None
    send_again(came_back, by=office)
    assert [letter.to for letter in mailbox()] == [["noor@pupil.example"]] * 2
