"""Signing in: the password, the second factor, the letters, and what is refused."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.models import User
from django.core.cache import caches
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse

from audit.models import Entry
from notices.models import Notice
from school.access import JUST_NOW
from school.models import School, StaffMember
from school.roles import Role
from schoolsafe.first_factors import note_first_factor
from schoolsafe.lib import clock
from schoolsafe.settings import CACHES as PROJECT_CACHES
from tests import factories
from tests.factories import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_of(secret: str, at: float) -> str:
    """What the app on the phone shows at this moment."""
    return format_hotp_value(hotp_value(secret, int(at) // 30))


def log_in(client: Client, person: StaffMember, password: str = PASSWORD) -> str:
    """Type address and password; return where that leads, or nothing when it stays."""
    answer = client.post(reverse("account_login"), {"login": person.email, "password": password})
    return answer.headers.get("Location", "")


@pytest.fixture
def app_user(host: StaffMember) -> StaffMember:
    """The host, who has set up an authenticator app."""
    TOTP.activate(host.user, SECRET)
    return host


def test_password_alone_signs_in_without_second_factor(host: StaffMember) -> None:
    client = Client()
    assert log_in(client, host) == "/"
    assert client.get(reverse("concerns:log")).context["second_factor"] is False
    assert Entry.objects.filter(verb="account.sign_in", actor=host.actor).count() == 1


def test_wrong_password_keeps_the_address_typed(host: StaffMember) -> None:
    answer = Client().post(reverse("account_login"), {"login": host.email, "password": "wrong"})
    assert answer.status_code == 200
    assert host.email in answer.content.decode()


def test_wrong_password_is_said_once(host: StaffMember) -> None:
    typed = {"login": host.email, "password": "not the password"}
    page = Client().post(reverse("account_login"), typed).content.decode()
    assert page.count("The e-mail address or the password is not right. Check both.") == 1


def test_sixth_wrong_password_is_told_to_wait(host: StaffMember) -> None:
    client = Client()
    for _ in range(5):
        log_in(client, host, "wrong")
    assert log_in(client, host) == ""
    assert "_auth_user_id" not in client.session


def test_app_set_up_asks_for_its_code(app_user: StaffMember, school_day) -> None:
    client = Client()
    assert log_in(client, app_user) == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    code = code_of(SECRET, school_day.timestamp())
    assert client.post(reverse("mfa_authenticate"), {"code": code}).headers["Location"] == "/"
    assert client.get("/").context["second_factor"] is True


def test_code_used_twice_is_refused(app_user: StaffMember, school_day) -> None:
    code = code_of(SECRET, school_day.timestamp())
    for expected in (302, 200):
        client = Client()
        log_in(client, app_user)
        answer = client.post(reverse("mfa_authenticate"), {"code": code})
        assert answer.status_code == expected


def test_setting_up_the_app_shows_the_second_factor(host: StaffMember, school_day, mailbox) -> None:
    client = Client()
    log_in(client, host)
    calls = reverse("meetings:list")
    page = client.get(calls, follow=True)
    assert page.redirect_chain == [(reverse("mfa_activate_totp"), 302)]
    assert "You can log a concern without it, now." in page.content.decode()
    secret = page.context["form"].secret
    # In groups of four for whoever types it, and under the school's name in the app.
    assert page.context["secret_in_fours"].replace(" ", "") == secret
    assert {len(one) for one in page.context["secret_in_fours"].split(" ")} == {4}
    assert page.context["secret_in_fours"] in page.content.decode()
    assert parse_qs(urlsplit(page.context["totp_url"]).query)["issuer"] == [
        School.objects.current().name
    ]
    answer = client.post(
        reverse("mfa_activate_totp"), {"code": code_of(secret, school_day.timestamp())}
    )
    assert answer.headers["Location"] == reverse("mfa_view_recovery_codes")
    codes = client.get(answer.headers["Location"])
    assert codes.context["onward"] == calls
    assert client.get(calls).context["second_factor"] is True


@pytest.mark.django_db(transaction=True)
def test_codes_speak_of_earlier_ones_where_there_were_some(
    host: StaffMember, school_day: datetime
) -> None:
    client = Client()
    log_in(client, host)
    set_up = reverse("mfa_activate_totp")
    secret = client.get(set_up).context["form"].secret
    code = code_of(secret, school_day.timestamp())
    first = client.post(set_up, {"code": code}, follow=True).content.decode()
    assert "These are your recovery codes." in first
    anew = client.post(reverse("mfa_generate_recovery_codes"), follow=True).content.decode()
    assert "These are your recovery codes now. Earlier ones no longer work." in anew


def test_password_typed_a_while_ago_is_asked_for_again_before_a_factor_is_set_up(
    host: StaffMember, school_day: datetime, clock_at
) -> None:
    """Whoever finds the browser of a colleague does not make it their own."""
    client, set_up = Client(), reverse("mfa_activate_totp")
    log_in(client, host)
    clock_at(school_day + JUST_NOW)
    assert client.get(set_up).status_code == 200
    clock_at(school_day + JUST_NOW + timedelta(seconds=1))
    page = client.get(set_up)
    assert page.headers["Location"].startswith(reverse("account_reauthenticate"))
    confirmed = client.post(page.headers["Location"], {"password": PASSWORD})
    assert confirmed.headers["Location"] == set_up


def test_e19_what_is_sent_with_a_password_alone_is_handed_back(host: StaffMember) -> None:
    """A session may have been opened before anybody asked for more."""
    client = Client(headers={"Sec-Fetch-Site": "same-origin"})
    log_in(client, host)
    typed = {"title": "Reading with Ada and Ben", "agenda": "Chapter four, aloud."}
    page = client.post(reverse("meetings:plan"), typed)
    assert page.status_code == 401
    assert "Your second factor comes first: nothing was saved." in page.content.decode()
    assert page.context["words"] == list(typed.values())


def set_up_app(client: Client, person: StaffMember, at: float) -> None:
    """Sign in with the password and set up an authenticator app."""
    log_in(client, person)
    client.post(
        f"{reverse('account_reauthenticate')}?next={reverse('mfa_activate_totp')}",
        {"password": PASSWORD},
    )
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret, at)})


def test_first_second_factor_of_somebody_who_reads_concerns_is_told_to_the_leaders(
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    host: StaffMember,
    school_day,
    mailbox,
    django_capture_on_commit_callbacks,
) -> None:
    """A password alone was enough to set it up: another person makes sure that it was them."""
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(Client(), deputy, school_day.timestamp())
    letters = mailbox()
    assert sorted((letter.to[0], letter.subject) for letter in letters) == sorted(
        [
            (deputy.email, "Your account was changed"),
            (lead.email, "Please ask a colleague about their account"),
            (head.email, "Please ask a colleague about their account"),
        ]
    )
    [own] = [letter for letter in letters if letter.to == [deputy.email]]
    assert "An authenticator app was set up as the second factor." in str(own.body)
    [asked] = [letter for letter in letters if letter.to == [lead.email]]
    assert "Dana Deputy may read concerns" in str(asked.body)
    entry = Entry.objects.get(verb="account.first_factor")
    assert (entry.actor, entry.detail) == (deputy.actor, {"told": [lead.pk, head.pk]})


def test_first_second_factors_of_others_are_told_to_leaders_and_it_in_one_letter_a_day(
    host: StaffMember, co_host: StaffMember, office: StaffMember, it_superuser: StaffMember,
    lead: StaffMember, school_day, mailbox, clock_at, django_capture_on_commit_callbacks,
) -> None:  # fmt: skip
    """A whole school sets one up in its first weeks: nobody gets a letter for each."""
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(Client(), host, school_day.timestamp())
    assert {letter.to[0] for letter in mailbox()} == {host.email}
    told = Entry.objects.get(verb="account.first_factor").detail["told"]
    assert set(told) == {lead.pk, it_superuser.pk}
    for person in (office, it_superuser):
        note_first_factor(person.user)
    clock_at(clock.at(date(2026, 9, 15), time(16)))
    note_first_factor(co_host.user)
    letters = {letter.to[0]: str(letter.body) for letter in mailbox()}
    listed = {to: re.findall("^- (.+)$", body, re.M) for to, body in letters.items()}
    everybody = sorted([host.name, office.name, it_superuser.name])
    assert {lead.email, it_superuser.email} <= set(listed)
    assert listed[lead.email] == everybody
    assert listed[it_superuser.email] == [one for one in everybody if one != it_superuser.name]
    clock_at(clock.at(date(2026, 9, 16), time(16)))
    listed = {
        one.to[0]: re.findall("^- (.+)$", str(one.body), re.M)
        for one in mailbox()
        if one.subject == "Please ask colleagues about their accounts"
    }
    assert listed == {lead.email: [co_host.name], it_superuser.email: [co_host.name]}


def test_who_alone_set_one_up_gets_no_letter_about_themselves(
    it_superuser: StaffMember, host: StaffMember, lead: StaffMember, school_day, mailbox, clock_at
) -> None:
    it_of_two = factories.make_staff("Ian Second", roles=(Role.IT,))
    note_first_factor(it_superuser.user)
    clock_at(clock.at(date(2026, 9, 15), time(16)))
    subject = "Please ask colleagues about their accounts"
    told = [letter.to[0] for letter in mailbox() if letter.subject == subject]
    assert sorted(told) == sorted([lead.email, it_of_two.email])


def test_further_second_factor_is_no_first_one(
    lead: StaffMember, head: StaffMember, school_day, staff_client: Callable[..., Client], mailbox
) -> None:
    key = Authenticator.objects.create(user=lead.user, type="webauthn", data={})
    client = staff_client(lead)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret, school_day.timestamp())})
    assert Authenticator.objects.filter(user=lead.user, type="totp").count() == 1
    assert not Entry.objects.filter(verb="account.first_factor").exists()
    key.refresh_from_db()


def test_first_second_factor_on_an_account_without_a_person_is_nobodys(school) -> None:
    stranger = User.objects.create_user("stranger", "stranger@elmfield.example", PASSWORD)
    note_first_factor(stranger)
    assert Notice.objects.count() == Entry.objects.count() == 0


@pytest.mark.parametrize(
    "page",
    [
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_add_webauthn",
    ],
)
def test_session_from_before_the_second_factor_cannot_touch_it_by_password(
    host: StaffMember, page: str
) -> None:
    thief = Client()
    log_in(thief, host)
    TOTP.activate(host.user, SECRET)
    thief.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    for answer in (thief.get(reverse(page)), thief.post(reverse(page))):
        assert answer.headers["Location"].startswith(reverse("mfa_reauthenticate"))
    assert Authenticator.objects.filter(user=host.user, type="totp").count() == 1


@pytest.mark.parametrize(
    "page", ["mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_download_recovery_codes"]
)
def test_factor_that_was_shown_a_while_ago_is_not_taken_off_by_a_password(
    app_user: StaffMember, school_day: datetime, clock_at, page: str
) -> None:
    """Whoever sits down at a colleague's browser and knows the password reads no code and takes nothing off."""
    client = Client()
    log_in(client, app_user)
    code = code_of(SECRET, school_day.timestamp())
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert "mfa/reauthenticate" not in client.get(reverse(page)).headers.get("Location", "")
    clock_at(school_day + JUST_NOW + timedelta(seconds=1))
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert client.get("/").status_code == 200
    for answer in (client.get(reverse(page)), client.post(reverse(page))):
        assert answer.headers["Location"].startswith(reverse("mfa_reauthenticate"))
    assert Authenticator.objects.filter(user=app_user.user, type="totp").count() == 1


def test_app_secret_is_stored_encrypted(app_user: StaffMember) -> None:
    stored = Authenticator.objects.get(user=app_user.user).data["secret"]
    assert SECRET not in stored
    assert stored.startswith("f1:")


def test_closed_account_cannot_sign_in(leaver: StaffMember) -> None:
    client = Client()
    log_in(client, leaver)
    assert "_auth_user_id" not in client.session


def test_account_closed_while_signed_in_is_out_at_once(
    host: StaffMember, staff_client: Callable[..., Client]
) -> None:
    client = staff_client(host)
    assert client.get("/").status_code == 200
    host.user.is_active = False
    host.user.save()
    assert client.get("/").status_code == 302


def test_nobody_makes_their_own_account(school) -> None:
    answer = Client().post(
        reverse("account_signup"),
        {"email": "new@elmfield.example", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert answer.templates[0].name == "account/signup_closed.html"
    assert StaffMember.objects.count() == 0


def test_new_password_is_asked_for_by_letter_and_works_once(
    host: StaffMember, mailbox: Callable[[], list[EmailMessage]]
) -> None:
    client = Client()
    client.post(reverse("account_reset_password"), {"email": host.email})
    assert Notice.objects.get().kind == "account_password_reset"
    [letter] = mailbox()
    assert letter.to == [host.email]
    found = re.search(r"http://localhost:8000(/accounts/password/reset/key/\S+)", str(letter.body))
    assert found
    form = client.get(found[1], follow=True)
    new = "four quiet green kettles"
    done = client.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    assert done.headers["Location"] == reverse("account_reset_password_from_key_done")
    assert log_in(Client(), host, new) == "/"
    again = Client().get(found[1], follow=True)
    assert again.context["token_fail"] is True


def test_link_for_a_new_password_is_not_stored(
    host: StaffMember, mailbox: Callable[[], list[EmailMessage]]
) -> None:
    Client().post(reverse("account_reset_password"), {"email": host.email})
    [letter] = mailbox()
    assert "/password/reset/key/" in str(letter.body)
    notice = Notice.objects.get()
    assert notice.letter == ""
    assert "key" not in str(notice.detail)


def test_stranger_asking_for_a_password_gets_the_same_answer_and_no_letter(
    host: StaffMember, mailbox: Callable[[], list[EmailMessage]]
) -> None:
    known = Client().post(reverse("account_reset_password"), {"email": host.email})
    unknown = Client().post(reverse("account_reset_password"), {"email": "who@nobody.example"})
    assert known.headers["Location"] == unknown.headers["Location"]
    assert [letter.to for letter in mailbox()] == [[host.email]]


def test_second_factor_can_be_set_up_after_a_password_was_forgotten(
    host: StaffMember, staff_client: Callable[..., Client]
) -> None:
    default_token_generator.make_token(host.user)
    assert EmailAddress.objects.get(user=host.user).verified is False
    assert staff_client(host).get(reverse("mfa_activate_totp")).status_code == 200


def test_changed_password_is_told_by_letter(
    host: StaffMember,
    staff_client: Callable[..., Client],
    mailbox: Callable[[], list[EmailMessage]],
) -> None:
    new = "four quiet green kettles"
    staff_client(host).post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    [letter] = mailbox()
    assert letter.subject == "Your account was changed"
    assert "The password was changed." in str(letter.body)
    assert new not in str(letter.body)
    assert Entry.objects.filter(verb="account.password_changed").count() == 1


@pytest.mark.django_db
@override_settings(CACHES=PROJECT_CACHES)
def test_rate_limits_are_counted_in_the_database_for_all_processes() -> None:
    caches["default"].set("allauth:rl:probe", [1.0])
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM cache WHERE cache_key LIKE %s", ["%probe%"])
        assert cursor.fetchone() == (1,)
