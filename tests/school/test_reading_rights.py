"""Who may read concerns cannot change unseen: the others who answer for them are told."""

from collections.abc import Callable

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from school.models import RoleHeld, RoleProposal, StaffMember
from school.roles import Role
from schoolsafe.lib import clock
from tests.school.appointing import WHY

SignIn = Callable[..., Client]
Mailbox = Callable[[], list[EmailMessage]]
SUBJECT = "Who may read concerns has changed"
pytestmark = pytest.mark.usefixtures("deputy", "head", "chair")


def told(mailbox: Mailbox) -> dict[str, str]:
    """Who got the letter, with its first sentence."""
    names = dict(StaffMember.objects.values_list("user__email", "name"))
    letters = [letter for letter in mailbox() if letter.subject == SUBJECT]
    return {
        names[letter.to[0]]: next(line for line in letter.body.splitlines() if "records" in line)
        for letter in letters
    }


def change(client: Client, person: StaffMember, **facts: object) -> int:
    page = reverse("admin:auth_user_change", args=[person.user.pk])
    return client.post(page, {"email": person.email} | facts).status_code


def test_e3_lead_who_proposes_a_colleague_for_the_headteachers_part_is_seen(
    colleague: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
    mailbox: Mailbox,
) -> None:
    page = reverse("staffing:person", args=[colleague.pk])
    staff_client(lead).post(
        page, {"role": "headteacher", "starts_on": clock.today().isoformat(), "reason": WHY}
    )
    assert colleague.viewer().roles == {Role.STAFF}
    approve = reverse("staffing:approve", args=[RoleProposal.objects.get().pk])
    staff_client(head).post(approve)

    letters = told(mailbox)
    assert letters.keys() == {"Carol Colleague", "Dana Deputy", "Leah Lead", "Chandra Chair"}
    assert letters["Leah Lead"].startswith(
        "Carol Colleague was given the role headteacher. Hugo Head did it in the records"
    )


def test_e3_role_that_is_taken_is_seen(
    lead: StaffMember, head: StaffMember, staff_client: SignIn, mailbox: Mailbox
) -> None:
    held = RoleHeld.objects.get(staff=head, role=Role.HEADTEACHER)
    staff_client(lead).post(reverse("staffing:end", args=[held.pk]), {"when": "at_once"})

    assert StaffMember.objects.get(pk=head.pk).viewer().roles == {Role.STAFF}
    assert told(mailbox).keys() == {"Hugo Head", "Dana Deputy", "Chandra Chair"}


def test_e3_closing_the_headteachers_account_is_seen_also_by_them(
    lead: StaffMember, head: StaffMember, staff_client: SignIn, mailbox: Mailbox
) -> None:
    assert change(staff_client(lead), head) == 302

    head.user.refresh_from_db()
    letters = told(mailbox)
    assert head.user.is_active is False
    assert letters.keys() == {"Hugo Head", "Dana Deputy", "Chandra Chair"}
    assert letters["Chandra Chair"].startswith(
        "The account of Hugo Head was closed. Leah Lead did it in the records"
    )


def test_address_of_a_reader_that_is_moved_is_seen(
    lead: StaffMember, deputy: StaffMember, staff_client: SignIn, mailbox: Mailbox
) -> None:
    page = {"email": "elsewhere@mail.example", "is_active": "on"}

    assert change(staff_client(lead), deputy, **page) == 302

    deputy.user.refresh_from_db()
    # The person has a letter of their own about it.
    assert told(mailbox).keys() == {"Hugo Head", "Chandra Chair"}


def test_what_opens_no_concerns_is_told_to_nobody(
    lead: StaffMember, colleague: StaffMember, staff_client: SignIn, mailbox: Mailbox
) -> None:
    client = staff_client(lead)
    give = {"role": "office", "starts_on": clock.today().isoformat()}
    client.post(reverse("staffing:person", args=[colleague.pk]), give)
    assert Role.OFFICE in StaffMember.objects.get(pk=colleague.pk).viewer().roles
    change(client, colleague)

    assert told(mailbox) == {}
