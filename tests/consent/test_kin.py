"""A member of staff who is family of a pupil does not do the office's work about that pupil."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from audit.selectors import visible_to
from consent import services
from consent.models import Answer, Question
from consent.pages import row
from consent.policy import Status
from consent.selectors import asked_rows
from consent.selectors.worklist import worklist_of
from notices import services as outbox
from notices.models import Notice
from school.models import Guardian, Guardianship, OwnConsent, Pupil, StaffMember
from school.selectors import choice_of, own_consents_to_approve
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.consent.builders import answer, ask, consent_of, request_of
from tests.consent.own_consent import propose
from tests.consent.standing import give

KIN = "^You are on record as family of this pupil: somebody else does this.$"


def refused(*acts: Callable[[], object]) -> None:
    for act in acts:
        with pytest.raises(NotAllowed, match=KIN):
            act()


@pytest.fixture
def barred(maya: Pupil, office: StaffMember, lead: StaffMember) -> Guardian:
    """Maya's father, with whom no contact is allowed, works in the office."""
    return factories.make_blocked_guardian(
        maya, approved_by=lead, blocked_from=date(2026, 1, 1),
        name=office.name, email=office.email.upper(),
    )  # fmt: skip


def test_e30_e34_barred_father_in_the_office_changes_nothing_about_the_mother(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian,
    barred: Guardian,
) -> None:  # fmt: skip
    question = ask(host, maya)
    asked, seen = request_of(question, maya, mum), choice_of(maya, [])
    said: dict[str, Any] = {"by": office, "name": mum.name, "channel": "telephone"}
    refused(
        lambda: services.correct_address(mum, by=office, email="mine@elsewhere.example"),
        lambda: services.change_language(mum, by=office, language="ur"),
        lambda: services.confirm_address(mum, by=office, email=mum.email, how="telephone"),
        lambda: services.choose_who_is_asked(maya, by=office, wanted=seen, seen=seen),
        lambda: services.record(
            asked, **said, takes_part=True, may_be_recorded=None, relationship="mother"
        ),
        lambda: services.record_unclear(asked, **said),
        lambda: services.resend(asked, by=office),
        lambda: services.print_forms(question, by=office),
        lambda: services.look_at_evidence(question, maya, by=office, form="page"),
    )
    mum.refresh_from_db()
    assert (mum.email, mum.language, Answer.objects.count()) == ("amina@family.example", "en", 0)
    assert consent_of(question, maya).status is Status.WAITING


def test_e30_barred_father_in_the_office_ends_nothing_that_the_mother_said(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, barred: Guardian
) -> None:
    factories.make_term()
    standing = give(host, maya, mum)
    said = Answer.objects.get()
    refused(
        lambda: services.invalidate(said, by=office, reason="a slip"),
        lambda: services.check(said, by=office, is_accepted=False),
        lambda: services.look(said, by=office),
        lambda: services.look_at_scan(said, by=office),
        lambda: services.end_standing(standing, by=office, reason="a slip"),
    )
    standing.refresh_from_db()
    assert (standing.ended_at, consent_of(said.request.question, maya).is_given) == (None, True)


def test_e30_pages_of_a_pupil_are_closed_to_family_in_the_office(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian,
    barred: Guardian, staff_client: Callable[..., Client],
) -> None:  # fmt: skip
    question = ask(host, maya)
    pages = [
        f"/consent/pupils/{maya.pk}/", f"/consent/pupils/{maya.pk}/address/",
        f"/consent/pupils/{maya.pk}/own/", f"/consent/guardians/{mum.pk}/",
        f"/consent/guardians/{barred.pk}/",
        f"/consent/{request_of(question, maya, mum).pk}/record/",
    ]  # fmt: skip
    before = Entry.objects.count()
    closed = [staff_client(office).get(page) for page in pages]
    assert [found.status_code for found in closed] == [403] * len(pages)
    assert [mum.email in found.content.decode() for found in closed] == [False] * len(pages)
    assert Entry.objects.count() == before
    opened = [staff_client(deputy).get(page).status_code for page in pages]
    assert opened == [200] * len(pages)


def lists(browser: Client) -> str:
    """Every list of the office on which a pupil may stand, as one text."""
    pages = ("/consent/?task=all", "/consent/export/?task=all", "/consent/remind/?task=all",
             "/consent/standing/", "/outbox/")  # fmt: skip
    found = [browser.get(page) for page in pages]
    assert [one.status_code for one in found] == [200] * len(pages)
    return "".join(one.content.decode() for one in found)


def test_e30_no_list_names_a_pupil_to_a_blocked_father_in_the_office(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian,
    barred: Guardian, staff_client: Callable[..., Client],
) -> None:  # fmt: skip
    factories.make_term()
    other = factories.make_pupil("Ben", "Brown")
    factories.make_guardian(other)
    give(host, maya, mum)
    ask(host, maya, other, about="meetings.meeting:2")
    hidden, shown = lists(staff_client(office)), lists(staff_client(deputy))
    assert ("Maya" in hidden, mum.name in hidden, "Ben Brown" in hidden) == (False, False, True)
    assert ("Maya" in shown, mum.name in shown, "Ben Brown" in shown) == (True, True, True)
    # When the order is over he is family still, and what the mother says is not for him (E35).
    Guardianship.objects.filter(guardian=barred).update(blocked_until=date(2026, 9, 1))
    assert "Maya" not in lists(staff_client(office))


def test_e42_no_list_names_a_pupil_who_keeps_away_to_a_mother_on_the_staff(
    host: StaffMember, office: StaffMember, lead: StaffMember, deputy: StaffMember, noor: Pupil,
    mother: Guardian, staff_client: Callable[..., Client],
) -> None:  # fmt: skip
    Guardian.objects.filter(pk=mother.pk).update(email=deputy.email)
    ask(host, noor)
    services.approve_own_consent(propose(noor, by=office), by=lead)
    assert "Noor" not in lists(staff_client(deputy))
    assert "Noor" in lists(staff_client(lead))


def test_e42_estranged_mother_on_the_staff_neither_reads_nor_ends_what_her_daughter_asked(
    office: StaffMember, lead: StaffMember, deputy: StaffMember, noor: Pupil, mother: Guardian,
    staff_client: Callable[..., Client],
) -> None:  # fmt: skip
    own = propose(noor, by=office)
    Guardian.objects.filter(pk=mother.pk).update(email=lead.email)
    refused(lambda: services.approve_own_consent(own, by=lead))
    Guardian.objects.filter(pk=mother.pk).update(
        email="home@family.example", name=deputy.name, telephone="07700 900321"
    )
    services.approve_own_consent(own, by=lead)
    StaffMember.objects.filter(pk=deputy.pk).update(telephone="+44 7700 900321")
    deputy.refresh_from_db()
    refused(
        lambda: services.end_own_consent(own, by=deputy),
        lambda: propose(noor, by=deputy),
        lambda: services.correct_address(noor, by=deputy, email="mine@family.example"),
    )
    client = staff_client(deputy)
    pages = [f"/consent/pupils/{noor.pk}/own/", f"/consent/own/{own.pk}/end/"]
    assert [client.get(page).status_code for page in pages] == [403, 403]
    assert client.post(pages[1]).status_code == 403
    listed = [
        str(noor) in staff_client(one).get("/consent/own/").content.decode()
        for one in (deputy, lead)
    ]
    assert listed == [False, True]
    assert OwnConsent.objects.get().ended_at is None


def records(browser: Client) -> str:
    """Every list of the records on which a pupil or a guardian may stand, as one text."""
    names = ("school/pupil", "school/guardian", "school/guardianship", "school/ownconsent",
             "consent/request", "consent/answer", "consent/standingconsent", "notices/notice")  # fmt: skip
    found = [browser.get(f"/admin/{name}/") for name in names]
    return "".join(one.content.decode() for one in found if one.status_code == 200)


def test_e30_records_show_a_blocked_father_neither_the_child_nor_where_the_mother_is_reached(
    host: StaffMember, office: StaffMember, deputy: StaffMember, lead: StaffMember, maya: Pupil,
    mum: Guardian, barred: Guardian, staff_client: Callable[..., Client],
) -> None:  # fmt: skip
    other = factories.make_pupil("Ben", "Brown")
    question = ask(host, maya, other)
    answer(request_of(question, maya, mum), takes_part=False)
    for father in (office, deputy):
        Guardian.objects.filter(pk=barred.pk).update(email=father.email)
        client = staff_client(father)
        hidden = records(client)
        found = [words in hidden for words in ("Maya", mum.name, mum.email, "Brown")]
        assert found == [False, False, False, True]
        tie = Guardianship.objects.get(guardian=mum)
        rows = (f"school/pupil/{maya.pk}", f"school/guardian/{mum.pk}",
                f"school/guardianship/{tie.pk}")  # fmt: skip
        assert [client.get(f"/admin/{row}/change/").status_code for row in rows] == [302] * 3
    shown = records(staff_client(lead))
    assert [words in shown for words in ("Maya", mum.name, mum.email)] == [True] * 3


def test_e35_parent_in_the_office_reads_no_letter_to_the_other_and_sends_none_again(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian,
    dad: Guardian, staff_client: Callable[..., Client],
) -> None:  # fmt: skip
    Guardian.objects.filter(pk=dad.pk).update(email=office.email)
    answer(request_of(ask(host, maya), maya, mum), takes_part=False)
    outbox.run_due(clock.now())
    [receipt] = Notice.objects.filter(kind="consent_receipt")
    Notice.objects.filter(pk=receipt.pk).update(state="failed")
    client, page = staff_client(office), f"/outbox/{receipt.name}/"
    assert client.get(page).status_code == 404
    assert client.post(f"{page}send-again/").status_code == 404
    refused(
        lambda: outbox.look(receipt, by=office),
        lambda: outbox.send_again(receipt, by=office),
    )
    assert mum.name not in client.get("/outbox/").content.decode()
    assert staff_client(deputy).get(page).status_code == 200


def test_e35_who_runs_the_call_reads_whether_the_own_child_takes_part_and_not_who_said_what(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    Guardian.objects.filter(pk=dad.pk).update(email=host.email)
    tom = factories.make_pupil("Tom", "Tailor")
    factories.make_guardian(tom, name="Tess Tailor")
    question = ask(host, maya, tom)
    answer(request_of(question, maya, mum), takes_part=False)
    own, other = asked_rows(question.pk, host.viewer(), clock.now())
    assert (own.pupil, own.consent.status, own.people) == (maya, Status.REFUSED, ())
    assert own.consent.reason == (
        "You are on record as family of this pupil: the office has the answers."
    )
    assert [person.name for person in other.people] == ["Tess Tailor"]


def test_e34_changed_address_of_the_mother_is_not_listed_to_a_father_in_the_office(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian,
    barred: Guardian, staff_client: Callable[..., Client],
) -> None:  # fmt: skip
    services.correct_address(mum, by=deputy, email="new@safe.example")
    ask(host, factories.make_pupil("Ben", "Brown"))
    assert mum.name not in staff_client(office).get("/consent/").content.decode()
    assert mum.name in staff_client(deputy).get("/consent/").content.decode()


def test_e42_proposal_waits_on_no_start_page_of_the_family(
    office: StaffMember, lead: StaffMember, noor: Pupil, mother: Guardian
) -> None:
    own = propose(noor, by=office)
    assert own_consents_to_approve(lead.viewer(), clock.today()) == [own]
    Guardian.objects.filter(pk=mother.pk).update(email=lead.email)
    assert own_consents_to_approve(lead.viewer(), clock.today()) == []


def test_e35_e42_audit_tells_a_lead_nothing_of_the_own_family(
    host: StaffMember, office: StaffMember, lead: StaffMember, head: StaffMember, maya: Pupil,
    mum: Guardian, dad: Guardian,
) -> None:  # fmt: skip
    Guardian.objects.filter(pk=dad.pk).update(email=lead.email)
    asked = request_of(ask(host, maya), maya, mum)
    answer(asked, takes_part=False)
    services.correct_address(mum, by=office, email="new@safe.example")
    about = {f"consent.request:{asked.pk}", f"school.guardian:{mum.pk}"}

    def seen(by: StaffMember) -> set[str]:
        return about & set(visible_to(by.viewer()).values_list("object", flat=True))

    assert (seen(lead), seen(head)) == (set(), about)


def test_b16_why_somebody_said_no_is_not_for_who_is_on_the_call(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    answer(asked, takes_part=False, objection="people", wants_call=True)
    numbers = Question.objects.values_list("pk", flat=True)
    listed = worklist_of(numbers, office.viewer(), clock.now())
    said = [
        row(listed.items[0], listed.messages, viewer=one.viewer()).people[0].said
        for one in (host, office)
    ]
    assert said == [
        "Said no, asks for a call",
        "Said no, because of the people on the call, asks for a call",
    ]
