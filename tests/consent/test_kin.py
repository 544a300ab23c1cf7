"""A member of staff who is family of a pupil does not do the office's work about that pupil."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from consent import services
from consent.models import Answer
from consent.policy import Status
from school.models import Guardian, Guardianship, OwnConsent, Pupil, StaffMember
from school.selectors import choice_of
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.consent.builders import ask, consent_of, request_of
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
             "/consent/standing/")  # fmt: skip
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
    Guardianship.objects.filter(guardian=barred).update(blocked_until=date(2026, 9, 1))
    assert "Maya" in lists(staff_client(office))


def test_e42_no_list_names_a_pupil_who_keeps_away_to_a_mother_on_the_staff(
    host: StaffMember, office: StaffMember, lead: StaffMember, deputy: StaffMember, noor: Pupil,
    mother: Guardian, staff_client: Callable[..., Client],
) -> None:  # fmt: skip
    Guardian.objects.filter(pk=mother.pk).update(email=deputy.email)
    ask(host, noor)
    assert "Noor" in lists(staff_client(deputy))
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
