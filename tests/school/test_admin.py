"""The records: who enters, what they see, what they may keep, and that each change is audited."""

import re
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.forms.models import model_to_dict
from django.test import Client, RequestFactory
from django.urls import reverse

from audit.models import Entry
from school.models import RoleHeld, School, StaffMember, TeachingGroup
from school.roles import Role
from school.settings import SETTINGS
from tests.factories import make_guardian, make_pupil, make_staff

ROOMS = {"audit", "school", "schoolsafe", "notices", "consent", "meetings", "concerns"}
SignIn = Callable[..., Client]
Mailbox = Callable[[], list[EmailMessage]]


def test_records_without_second_factor_lead_to_setting_it_up(
    lead: StaffMember, staff_client: SignIn
) -> None:
    answer = staff_client(lead, second_factor=False).get(reverse("admin:index"), follow=True)
    assert answer.redirect_chain[1][0] == reverse("mfa_activate_totp")


def test_records_with_app_but_only_a_password_ask_for_the_code(
    lead: StaffMember, staff_client: SignIn
) -> None:
    TOTP.activate(lead.user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    answer = staff_client(lead, second_factor=False).get(reverse("admin:index"), follow=True)
    assert answer.redirect_chain[1][0] == f"{reverse('mfa_reauthenticate')}?next=%2Fadmin%2F"


def test_records_are_closed_to_a_teacher_who_is_told_why(
    host: StaffMember, staff_client: SignIn
) -> None:
    answer = staff_client(host).get(reverse("admin:index"), follow=True)
    assert answer.status_code == 403
    assert "for the safeguarding team, the office and IT" in answer.content.decode()


def test_every_register_is_ours_and_says_who_may_look() -> None:
    foreign = {
        model._meta.label
        for model, register in admin.site._registry.items()
        if type(register).__module__.split(".")[0] not in ROOMS
    }
    assert foreign == set()


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        (
            "it_superuser",
            "Absence Authenticator ClosedDay Cover DutySlot RoleClaim RoleHeld School StaffMember Term User "
            "YearLead",
        ),
        (
            "office",
            "Absence ClosedDay Cover DutySlot Guardian Guardianship HeadingMapping LanguageApproval OwnConsent Pupil School "
            "StaffMember TeachingGroup Term YearLead",
        ),
    ],
)
def test_registers_of_people_and_accounts_by_role(
    who: str, seen: str, request: pytest.FixtureRequest, staff_client: SignIn
) -> None:
    client = staff_client(request.getfixturevalue(who))
    page = client.get(reverse("admin:index"))
    models = sorted(
        model["object_name"]
        for app in page.context["app_list"]
        if app["app_label"] in {"school", "auth", "mfa"}
        for model in app["models"]
    )
    assert " ".join(models) == seen


def test_people_are_for_looking_even_to_the_lead(lead: StaffMember, staff_client: SignIn) -> None:
    pupil = make_pupil("Maya", "Okafor")
    make_guardian(pupil, name="Ada Okafor")
    client = staff_client(lead)
    page = client.get(reverse("admin:school_pupil_change", args=[pupil.pk]))
    assert "Ada Okafor" in page.content.decode()
    answer = client.post(
        reverse("admin:school_pupil_change", args=[pupil.pk]), {"given_name": "Changed"}
    )
    assert answer.status_code == 403


def test_it_notes_under_which_id_microsoft_knows_somebody_and_nothing_else(
    host: StaffMember, it_superuser: StaffMember, office: StaffMember, staff_client: SignIn
) -> None:
    page = reverse("admin:school_staffmember_change", args=[host.pk])
    typed = {
        "entra_id": "11111111-2222-4333-8444-555555555555", "name": "Changed", "telephone": "1",
        "roles_held-TOTAL_FORMS": "0", "roles_held-INITIAL_FORMS": "0",
    }  # fmt: skip
    assert staff_client(office).post(page, typed).status_code == 403
    assert staff_client(it_superuser).post(page, typed).status_code == 302
    host.refresh_from_db()
    assert (str(host.entra_id), host.name) == (typed["entra_id"], "Helen Host")
    [entry] = Entry.objects.filter(verb="staffmember.change")
    assert typed["entra_id"] not in str(entry.detail)
    assert staff_client(it_superuser).get(
        reverse("admin:school_staffmember_add")
    ).status_code == 403  # fmt: skip


@pytest.mark.parametrize(("who", "number"), [("lead", "07700 900123"), ("it_superuser", "")])
def test_e89_number_at_which_somebody_is_rung_is_the_leads_to_keep(
    who: str,
    number: str,
    deputy: StaffMember,
    request: pytest.FixtureRequest,
    staff_client: SignIn,
) -> None:
    typed = {"telephone": "07700 900123", "entra_id": "", "line_manager": "",
             "roles_held-TOTAL_FORMS": "0", "roles_held-INITIAL_FORMS": "0"}  # fmt: skip
    page = reverse("admin:school_staffmember_change", args=[deputy.pk])
    staff_client(request.getfixturevalue(who)).post(page, typed)
    deputy.refresh_from_db()
    assert deputy.telephone == number
    fields = [one.detail["fields"] for one in Entry.objects.filter(verb="staffmember.change")]
    assert (["telephone"] in fields) is bool(number)


def test_superuser_flag_opens_no_pupil(it_superuser: StaffMember, staff_client: SignIn) -> None:
    pupil = make_pupil()
    answer = staff_client(it_superuser).get(reverse("admin:school_pupil_change", args=[pupil.pk]))
    assert answer.status_code == 403


def test_class_kept_by_the_office_is_audited_by_field(
    office: StaffMember, staff_client: SignIn
) -> None:
    group = TeachingGroup.objects.create(name="6 Birch", year_group=5)
    staff_client(office).post(
        reverse("admin:school_teachinggroup_change", args=[group.pk]),
        {"name": "6 Birch", "year_group": "6"},
    )
    group.refresh_from_db()
    assert group.year_group == 6
    entry = Entry.objects.get(verb="teachinggroup.change")
    assert (entry.actor, entry.object) == (office.actor, f"school.teachinggroup:{group.pk}")
    assert entry.detail == {"fields": ["year_group"]}


def test_it_alone_does_not_say_whom_staff_ring_or_how_long_concerns_are_kept(
    school: School, it_superuser: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    """A number set by one person would stand at once where a teacher looks for the designated officer."""
    address = reverse("admin:school_school_change", args=[school.pk])
    school.refresh_from_db()
    before = model_to_dict(school)
    ours = {"name": "Northgate", "office_telephone": "1", "office_email": "o@example.com"}
    theirs = {
        "officer_telephone": "6",
        "officer_email": "me@example.com",
        "care_telephone": "6",
        "care_out_of_hours_telephone": "6",
        "retirement_age": 20,
        "keeps_abuse": "",
        "file_kept_in": "Elsewhere",
        "consent_mode": "any",
        "closes_at": "23:00",
    }

    same = {"microsoft_tenant": school.microsoft_tenant}
    staff_client(it_superuser).post(address, ours | theirs | same)

    school.refresh_from_db()
    assert model_to_dict(school) == before | ours
    form = staff_client(lead).get(address).context["adminform"].form
    assert set(theirs) - set(SETTINGS) <= set(form.fields)
    # What has a page with its reasons and its history is changed there alone.
    assert set(form.fields) & set(SETTINGS) == set()


def test_roles_are_for_looking_here(lead: StaffMember, staff_client: SignIn) -> None:
    """They are given and ended on their own page: one way to change a thing."""
    held = RoleHeld.objects.get(staff=lead, role=Role.DSL)
    client = staff_client(lead)
    page = client.get(reverse("admin:school_roleheld_change", args=[held.pk]))
    assert "Designated safeguarding lead" in page.content.decode()
    client.post(reverse("admin:school_roleheld_change", args=[held.pk]), {"role": "office"})
    client.post(reverse("admin:school_roleheld_delete", args=[held.pk]), {"post": "yes"})
    client.post(reverse("admin:school_roleheld_add"), {"staff": lead.pk, "role": "office"})
    assert set(RoleHeld.objects.filter(staff=lead).values_list("role", flat=True)) == {
        "staff",
        "dsl",
    }


def test_account_of_the_only_lead_is_not_closed(
    lead: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    address = reverse("admin:auth_user_change", args=[lead.user.pk])
    page = staff_client(head).post(address, {"email": lead.email})
    assert "Nobody but Leah Lead is the designated safeguarding lead" in page.content.decode()
    lead.user.refresh_from_db()
    assert lead.user.is_active
    make_staff("Lena Lead", roles=(Role.DSL,))
    assert staff_client(head).post(address, {"email": lead.email}).status_code == 302
    lead.user.refresh_from_db()
    assert not lead.user.is_active


@pytest.mark.parametrize(("who", "moved"), [("it_superuser", False), ("head", True)])
def test_address_of_an_account_that_reads_concerns_is_not_its_to_move(
    who: str,
    moved: bool,
    deputy: StaffMember,
    request: pytest.FixtureRequest,
    staff_client: SignIn,
) -> None:
    client = staff_client(request.getfixturevalue(who))
    client.post(
        reverse("admin:auth_user_change", args=[deputy.user.pk]),
        {"email": "new@elmfield.example", "is_active": "on"},
    )
    assert User.objects.filter(email="new@elmfield.example").exists() is moved


def keep_account(client: Client, person: StaffMember, **facts: str) -> None:
    """Save the account's page in the records with these facts."""
    kept = {"email": person.email, "is_active": "on"} | facts
    client.post(
        reverse("admin:auth_user_change", args=[person.user.pk]),
        {name: value for name, value in kept.items() if value},
    )


def test_address_changed_by_somebody_else_is_told_at_once_to_the_old_one_and_the_new(
    host: StaffMember, it_superuser: StaffMember, staff_client: SignIn, mailbox: Mailbox
) -> None:
    """With the address goes the way to a new password: nobody moves it unseen."""
    old = host.email
    keep_account(staff_client(it_superuser), host, email="moved@elmfield.example")
    letters = {letter.to[0]: str(letter.body) for letter in mailbox()}
    assert set(letters) == {old, "moved@elmfield.example"}
    assert "is not this one any more" in letters[old]
    assert "is this one now" in letters["moved@elmfield.example"]
    for text in letters.values():
        assert "It was done by Ian Technical." in text
        assert "Telephone the safeguarding lead at once." in text
    entry = Entry.objects.get(verb="user.change")
    assert (entry.actor, entry.detail) == (it_superuser.actor, {"fields": ["email"]})


def test_address_moved_while_the_account_is_closed_is_told_to_the_old_one_all_the_same(
    leaver: StaffMember, head: StaffMember, staff_client: SignIn, mailbox: Mailbox
) -> None:
    old, client = leaver.email, staff_client(head)
    keep_account(client, leaver, email="moved@elmfield.example", is_active="")
    assert [letter.to for letter in mailbox()] == [[old]]
    leaver.user.refresh_from_db()
    keep_account(client, leaver)
    assert "opened again" in str(mailbox()[-1].body)
    assert mailbox()[-1].to == ["moved@elmfield.example"]


def test_own_address_changed_by_oneself_is_told_to_the_old_one_only(
    it_superuser: StaffMember, staff_client: SignIn, mailbox: Mailbox
) -> None:
    """Somebody may be sitting at their open session."""
    old = it_superuser.email
    keep_account(staff_client(it_superuser), it_superuser, email="moved@elmfield.example")
    assert [letter.to for letter in mailbox()] == [[old]]


def test_account_saved_as_it_was_and_one_without_a_person_bring_no_letter(
    host: StaffMember, it_superuser: StaffMember, staff_client: SignIn, mailbox: Mailbox
) -> None:
    client = staff_client(it_superuser)
    keep_account(client, host)
    stranger = User.objects.create_user("stranger", "stranger@elmfield.example")
    client.post(
        reverse("admin:auth_user_change", args=[stranger.pk]),
        {"email": "moved@elmfield.example", "is_active": "on"},
    )
    assert mailbox() == []


def test_nobody_sets_a_password_for_somebody_else(
    host: StaffMember, head: StaffMember, it_superuser: StaffMember, staff_client: SignIn
) -> None:
    """There is only the letter to the address on record."""
    before = host.user.password
    new = {"password": "four quiet green kettles", "password1": "four quiet green kettles",
           "password2": "four quiet green kettles"}  # fmt: skip
    for person in (head, it_superuser):
        client = staff_client(person)
        page = reverse("admin:auth_user_change", args=[host.user.pk])
        assert 'name="password' not in client.get(page).content.decode()
        client.post(page, {"email": host.email, "is_active": "on"} | new)
        client.post(page.replace("change/", "password/"), new)
    host.user.refresh_from_db()
    assert host.user.password == before


def test_link_for_a_new_password_dies_when_the_address_changes(
    host: StaffMember, it_superuser: StaffMember, staff_client: SignIn, mailbox: Mailbox
) -> None:
    Client().post(reverse("account_reset_password"), {"email": host.email})
    [letter] = mailbox()
    link = re.search(r"(/accounts/password/reset/key/\S+)", str(letter.body))
    assert link
    keep_account(staff_client(it_superuser), host, email="moved@elmfield.example")
    assert Client().get(link[1], follow=True).context["token_fail"] is True


def test_second_factor_taken_off_by_somebody_else_is_told_at_once(
    host: StaffMember, it_superuser: StaffMember, staff_client: SignIn, mailbox: Mailbox
) -> None:
    app = TOTP.activate(host.user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").instance
    client = staff_client(it_superuser)
    client.post(reverse("admin:mfa_authenticator_delete", args=[app.pk]), {"post": "yes"})
    [letter] = mailbox()
    assert letter.to == [host.email]
    assert "Your second factor was taken off." in str(letter.body)
    assert "It was done by Ian Technical." in str(letter.body)


def test_lost_second_factor_is_taken_off_with_its_codes(
    host: StaffMember, it_superuser: StaffMember, staff_client: SignIn
) -> None:
    app = TOTP.activate(host.user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").instance
    client = staff_client(it_superuser)
    page = client.get(reverse("admin:mfa_authenticator_change", args=[app.pk]))
    assert "JBSWY3" not in page.content.decode()
    assert app.data["secret"] not in page.content.decode()
    client.post(reverse("admin:mfa_authenticator_delete", args=[app.pk]), {"post": "yes"})
    assert Authenticator.objects.count() == 0
    assert Entry.objects.get(verb="authenticator.delete").actor == it_superuser.actor


@pytest.mark.parametrize(
    ("address", "question"),
    [
        ("admin:auth_user_changelist", {"password__startswith": "pbkdf2"}),
        ("admin:auth_user_changelist", {"email__startswith": "l"}),
        ("admin:mfa_authenticator_changelist", {"data__startswith": "{"}),
        ("admin:school_staffmember_changelist", {"concerns__isnull": "False"}),
        ("admin:school_staffmember_changelist", {"id": "1"}),
        ("admin:school_staffmember_changelist", {"_to_field": "user"}),
    ],
)
def test_e8_records_answer_no_question_but_those_of_their_filters(
    it_superuser: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
    address: str,
    question: dict[str, str],
) -> None:
    browser = staff_client(it_superuser)
    assert browser.get(reverse(address)).status_code == 200
    assert browser.get(reverse(address), question).status_code == 400


def asked_by(given: str | tuple[str, object]) -> str:
    """The field of a filter, whichever way it is written."""
    return given if isinstance(given, str) else given[0]


def test_e8_no_register_takes_a_field_that_is_not_among_its_filters(rf: RequestFactory) -> None:
    taken = {
        f"{model._meta.label}: {name}{look}"
        for model, register in admin.site._registry.items()
        for name in {*model._meta.fields_map, *(one.name for one in model._meta.get_fields())}
        for look in ("", "__startswith", "__isnull", "__gt", "__id__exact")
        if register.lookup_allowed(f"{name}{look}", "1", rf.get("/"))
        and name not in {*map(asked_by, register.list_filter), register.date_hierarchy}
    }
    assert taken == set()


def test_filters_beside_a_list_lead_to_it(
    it_superuser: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    browser = staff_client(it_superuser)
    page = browser.get(reverse("admin:auth_user_changelist"))
    links = set(re.findall(r'href="(\?[^"]*)"', page.content.decode()))
    assert {"?is_active__exact=1", "?is_active__exact=0"} <= links
    for link in links:
        assert browser.get(reverse("admin:auth_user_changelist") + link).status_code == 200
