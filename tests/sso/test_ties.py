"""Who says which Microsoft account is whose, and what nobody can say."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from school import services
from school.admin.staff import StaffForm
from school.models import StaffMember, UntiedSignIn
from school.roles import Role
from school.selectors import untied_sign_ins
from schoolsafe.entra import ties
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests.school.appointing import appoint
from tests.sso.conftest import HELEN, come, is_signed_in, tie
from tests.sso.entra import TENANT, FakeEntra

pytestmark = pytest.mark.django_db

CAROL = "66666666-2222-4333-8444-555555555555"


def press(client: Client, person: StaffMember, object_id: str = HELEN) -> Any:
    """Press 'Tie'."""
    return client.post(reverse("entra_ties"), {"staff": person.pk, "object_id": object_id})


def test_who_came_is_tied_with_one_press_and_comes_in(
    entra: FakeEntra,
    host: StaffMember,
    it_superuser: StaffMember,
    staff_client: Any,
    mailbox: Any,
) -> None:
    browser, administrator = Client(), staff_client(it_superuser)
    come(browser, entra, name="Helen H.", user_name="helen@school.example")
    page = administrator.get(reverse("entra_ties")).content.decode()
    for word in ("Helen H.", "helen@school.example", HELEN):
        assert word in page
    assert press(administrator, host).headers["Location"] == reverse("entra_ties")
    assert not UntiedSignIn.objects.exists()
    come(browser, entra)
    assert is_signed_in(browser)
    entry = Entry.objects.get(verb="staff.tie_to_microsoft")
    assert (entry.actor, entry.object) == (it_superuser.actor, f"school.staffmember:{host.pk}")
    [letter] = mailbox()
    assert letter.to == [host.email]
    assert f"the Microsoft account with the object id {HELEN}" in str(letter.body)
    assert "It was done by Ian Technical." in str(letter.body)


def test_page_needs_the_second_factor(
    entra: FakeEntra, host: StaffMember, it_superuser: StaffMember, staff_client: Any
) -> None:
    client = staff_client(it_superuser, second_factor=False)
    for answer in (client.get(reverse("entra_ties")), press(client, host)):
        assert answer.headers["Location"].startswith(reverse("mfa_activate_totp"))
    assert client.post(reverse("entra_untie", args=[host.pk])).status_code == 302
    host.refresh_from_db()
    assert host.entra_tied_at is None


def test_colleague_finds_no_such_page(
    entra: FakeEntra, host: StaffMember, colleague: StaffMember, staff_client: Any
) -> None:
    client = staff_client(colleague)
    assert client.get(reverse("entra_ties")).status_code == press(client, host).status_code == 403


def test_it_ties_no_account_that_opens_concerns(
    entra: FakeEntra, deputy: StaffMember, it_superuser: StaffMember, staff_client: Any
) -> None:
    """Whoever could would read concerns with a Microsoft account of their own."""
    client = staff_client(it_superuser)
    page = press(client, deputy)
    assert "is not yours to tie" in page.content.decode()
    with pytest.raises(NotAllowed, match="opens concerns"):
        tie(deputy, by=it_superuser)
    deputy.refresh_from_db()
    assert deputy.entra_id is None


def test_nobody_ties_themselves(entra: FakeEntra, head: StaffMember, staff_client: Any) -> None:
    assert "is not yours to tie" in press(staff_client(head), head).content.decode()
    with pytest.raises(NotAllowed, match="Nobody ties their own account"):
        tie(head, by=head)


def test_tie_by_it_ends_when_a_role_that_opens_concerns_is_given(
    entra: FakeEntra,
    host: StaffMember,
    it_superuser: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    mailbox: Any,
) -> None:
    tie(host, by=it_superuser)
    mailbox()

    appoint(host, Role.SAFEGUARDING, by=deputy, approved_by=lead)

    host.refresh_from_db()
    assert (host.entra_tied_at, host.entra_tied_by, str(host.entra_id)) == (None, None, HELEN)
    assert any("opens it no longer" in str(letter.body) for letter in mailbox())


def test_tie_stays_when_a_role_is_given_that_opens_no_concerns(
    entra: FakeEntra,
    host: StaffMember,
    it_superuser: StaffMember,
    lead: StaffMember,
    staff_client: Any,
) -> None:
    """Also where whoever made it works here no longer."""
    tie(host, by=it_superuser)
    it_superuser.roles_held.all().delete()
    give = reverse("staffing:person", args=[host.pk])

    role = {"role": "office", "starts_on": clock.today().isoformat()}
    assert staff_client(lead).post(give, role).status_code == 302

    host.refresh_from_db()
    assert host.entra_tied_by == it_superuser


def test_tie_by_a_leader_stays_when_a_role_is_given(
    entra: FakeEntra, host: StaffMember, head: StaffMember, lead: StaffMember
) -> None:
    tie(host, by=head)

    appoint(host, Role.SAFEGUARDING, by=head, approved_by=lead)

    host.refresh_from_db()
    assert host.entra_tied_by == head


def test_tie_of_somebody_who_reads_concerns_is_told_to_the_others_who_do(
    entra: FakeEntra,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    mailbox: Any,
) -> None:
    tie(deputy, by=head)
    assert sorted(letter.to[0] for letter in mailbox()) == sorted([deputy.email, lead.email])
    assert "was tied to a Microsoft account" in str(
        next(letter for letter in mailbox() if letter.to == [lead.email]).body
    )


def test_account_tied_by_one_administrator_is_refused_to_the_next_with_whose_it_is(
    entra: FakeEntra,
    host: StaffMember,
    colleague: StaffMember,
    it_superuser: StaffMember,
    head: StaffMember,
    staff_client: Any,
) -> None:
    """Both had the same list open."""
    come(Client(), entra)
    press(staff_client(it_superuser), host)
    page = press(staff_client(head), colleague)
    assert "This Microsoft account is tied to Helen Host already" in page.content.decode()
    colleague.refresh_from_db()
    assert colleague.entra_id is None


def test_person_who_is_tied_already_is_refused(
    entra: FakeEntra, tied: StaffMember, head: StaffMember
) -> None:
    with pytest.raises(NotAllowed, match="is tied to a Microsoft account already"):
        tie(tied, by=head, object_id=CAROL)


def test_id_that_stands_in_the_records_of_another_is_refused(
    entra: FakeEntra, host: StaffMember, colleague: StaffMember, head: StaffMember
) -> None:
    StaffMember.objects.filter(pk=colleague.pk).update(entra_id=HELEN)
    with pytest.raises(NotAllowed, match="stands in the records of Carol Colleague"):
        tie(host, by=head)


def test_other_id_than_the_records_note_is_refused_and_the_same_is_confirmed(
    entra: FakeEntra, host: StaffMember, head: StaffMember
) -> None:
    StaffMember.objects.filter(pk=host.pk).update(entra_id=HELEN)
    with pytest.raises(NotAllowed, match="note another object id"):
        tie(host, by=head, object_id=CAROL)
    assert tie(host, by=head).entra_tied_by == head


def test_leaver_is_not_tied(entra: FakeEntra, leaver: StaffMember, head: StaffMember) -> None:
    with pytest.raises(NotAllowed, match="is closed"):
        tie(leaver, by=head)


def test_tie_is_taken_off_and_the_id_stays_for_the_calendar(
    entra: FakeEntra, tied: StaffMember, head: StaffMember, staff_client: Any, mailbox: Any
) -> None:
    client = staff_client(head)
    page = client.get(reverse("entra_ties")).content.decode()
    assert reverse("entra_untie", args=[tied.pk]) in page
    client.post(reverse("entra_untie", args=[tied.pk]))
    tied.refresh_from_db()
    assert (str(tied.entra_id), tied.entra_tied_at, tied.entra_tied_by) == (HELEN, None, None)
    assert Entry.objects.get(verb="staff.untie_from_microsoft").actor == head.actor
    assert "opens it no longer" in str(mailbox()[-1].body)
    with pytest.raises(NotAllowed, match="is not tied"):
        services.untie_from_microsoft(tied, by=head)


def test_it_takes_no_tie_off_an_account_that_opens_concerns(
    entra: FakeEntra,
    lead: StaffMember,
    head: StaffMember,
    it_superuser: StaffMember,
    staff_client: Any,
) -> None:
    tie(lead, by=head)
    client = staff_client(it_superuser)
    address = reverse("entra_untie", args=[lead.pk])
    assert address not in client.get(reverse("entra_ties")).content.decode()
    assert client.post(address).status_code == 403
    lead.refresh_from_db()
    assert lead.entra_tied_at is not None


def test_id_of_a_tie_is_not_changed_in_the_records(
    entra: FakeEntra, tied: StaffMember, it_superuser: StaffMember, staff_client: Any
) -> None:
    staff_client(it_superuser).post(
        reverse("admin:school_staffmember_change", args=[tied.pk]),
        {"entra_id": CAROL, "roles_held-TOTAL_FORMS": "0", "roles_held-INITIAL_FORMS": "0"},
    )
    tied.refresh_from_db()
    assert str(tied.entra_id) == HELEN


def save_in_the_records(client: Any, staff: StaffMember, **typed: object) -> Any:
    rows = {"roles_held-TOTAL_FORMS": "0", "roles_held-INITIAL_FORMS": "0"}
    return client.post(reverse("admin:school_staffmember_change", args=[staff.pk]), typed | rows)


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen after the records have read somebody, and before they write."""

    def clean(form: Any) -> Any:
        happens()
        return form.cleaned_data

    monkeypatch.setattr(StaffForm, "clean", clean)


def test_tie_taken_off_while_the_records_are_saved_stays_off(
    entra: FakeEntra,
    tied: StaffMember,
    head: StaffMember,
    lead: StaffMember,
    staff_client: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meanwhile(monkeypatch, lambda: ties.untie(tied, by=head))
    save_in_the_records(staff_client(lead), tied, line_manager=head.pk)
    tied.refresh_from_db()
    assert (tied.line_manager, tied.entra_tenant, tied.entra_tied_at, tied.entra_tied_by) == (
        head, None, None, None,
    )  # fmt: skip


def test_id_typed_while_somebody_ties_the_account_opens_nothing(
    entra: FakeEntra,
    host: StaffMember,
    head: StaffMember,
    it_superuser: StaffMember,
    staff_client: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meanwhile(monkeypatch, lambda: tie(host, by=head))
    answer = save_in_the_records(staff_client(it_superuser), host, entra_id=CAROL)
    host.refresh_from_db()
    assert answer.status_code == 403
    assert "has just been tied" in answer.content.decode()
    # All of that request is undone, and with it what happened within it here.
    assert str(host.entra_id) != CAROL


def test_records_lead_to_the_page(entra: FakeEntra, head: StaffMember, staff_client: Any) -> None:
    assert reverse("entra_ties") in staff_client(head).get("/admin/").content.decode()


def test_records_say_nothing_of_it_where_it_is_off(head: StaffMember, staff_client: Any) -> None:
    client = staff_client(head)
    assert reverse("entra_ties") not in client.get("/admin/").content.decode()
    assert "Signing in with Microsoft is off" in client.get(reverse("entra_ties")).content.decode()
    assert press(client, head).status_code == 403


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"staff": "", "object_id": HELEN}, "Choose whose account it is."),
        ({"staff": "9" * 30, "object_id": HELEN}, "is not yours to tie"),
        ({"object_id": "helen@school.example", "staff": ""}, "An object id looks like"),
        ({"object_id": "", "staff": ""}, "Paste the object id"),
    ],
)
def test_form_says_what_is_missing(
    entra: FakeEntra, head: StaffMember, staff_client: Any, sent: dict[str, str], words: str
) -> None:
    page = staff_client(head).post(reverse("entra_ties"), sent).content.decode()
    assert words in page


def test_who_came_long_ago_is_forgotten_and_who_comes_again_stands_once(
    entra: FakeEntra, school: Any, clock_at: Any
) -> None:
    first = clock.now()
    come(Client(), entra, oid=CAROL)
    clock_at(first + timedelta(days=10))
    for name in ("Helen", "Helen H."):
        come(Client(), entra, name=name)
    assert [row.name for row in untied_sign_ins(now=clock.now())] == ["Helen H.", "Somebody"]
    clock_at(first + timedelta(days=24, seconds=1))
    assert not untied_sign_ins(now=clock.now()).exists()
    clock_at(first + timedelta(days=15))
    come(Client(), entra)
    [row] = untied_sign_ins(now=clock.now())
    assert (row.first_at, row.last_at) == (first + timedelta(days=10), clock.now())
    assert str(row) == "Somebody (somebody@school.example)"


def test_hostile_name_is_text_on_the_page(
    entra: FakeEntra, head: StaffMember, staff_client: Any
) -> None:
    come(Client(), entra, name="<script>alert(1)</script>\x00" + "x" * 500)
    page = staff_client(head).get(reverse("entra_ties")).content.decode()
    assert "<script>alert" not in page
    assert re.search("&lt;script&gt;alert", page)


@pytest.mark.parametrize(
    "half",
    [
        {"entra_tied_at": clock.now()},
        {"entra_tenant": UUID(TENANT)},
        {"entra_id": None},
        {"entra_tied_by": None},
    ],
)
def test_half_a_tie_is_refused_by_the_database(
    entra: FakeEntra, host: StaffMember, head: StaffMember, half: dict[str, Any]
) -> None:
    if None in half.values():
        tie(host, by=head)
    with pytest.raises(IntegrityError), transaction.atomic():
        StaffMember.objects.filter(pk=host.pk).update(**half)


def test_tie_by_oneself_is_refused_by_the_database(entra: FakeEntra, tied: StaffMember) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        StaffMember.objects.filter(pk=tied.pk).update(entra_tied_by=tied)
