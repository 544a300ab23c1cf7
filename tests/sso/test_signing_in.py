"""Signing in at Microsoft: whom it lets in, and everything that lets nobody in."""

import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from school.models import StaffMember, UntiedSignIn
from schoolsafe.entra import adapter, ties
from schoolsafe.entra.adapter import EntraAccountAdapter
from schoolsafe.lib import clock
from tests.factories import PASSWORD
from tests.school.test_sign_in import SECRET, code_of
from tests.sso.conftest import HELEN, come, is_signed_in, tie
from tests.sso.entra import CALLBACK, CLIENT_ID, KEY, STRANGERS_KEY, FakeEntra

pytestmark = pytest.mark.django_db

STRANGER = "99999999-2222-4333-8444-555555555555"
OTHER_TENANT = "77777777-2b3d-4e5f-9a0b-1c2d3e4f5a6b"


def now() -> int:
    return int(clock.now().timestamp())


# --- Who comes in ---------------------------------------------------------------------------------
def test_tied_account_signs_in_and_is_written_down(entra: FakeEntra, tied: StaffMember) -> None:
    client = Client()
    assert come(client, entra).headers["Location"] == "/"
    assert client.get(reverse("concerns:mine")).context["person_name"] == "Helen Host"
    entry = Entry.objects.get(verb="account.sign_in")
    assert (entry.actor, entry.detail) == (tied.actor, {"microsoft": True, "factor": False})


def test_one_is_led_on_to_the_page_one_came_from_and_to_no_other_site(
    entra: FakeEntra, tied: StaffMember
) -> None:
    page = reverse("meetings:list")
    assert come(Client(), entra, next_=page).headers["Location"] == page
    assert come(Client(), entra, next_="https://elsewhere.example/").headers["Location"] == "/"


def test_sign_in_page_offers_microsoft_beside_the_password(
    entra: FakeEntra, tied: StaffMember
) -> None:
    page = Client().get(reverse("account_login"), {"next": "/meetings/"}).content.decode()
    assert f'href="{reverse("entra_start")}?next=%2Fmeetings%2F"' in page
    assert "Sign in with your school" in page
    client = Client()
    client.post(reverse("account_login"), {"login": tied.email, "password": PASSWORD})
    assert is_signed_in(client)


def test_switched_off_nothing_of_it_is_there(school: Any, client: Client) -> None:
    assert "Microsoft" not in client.get(reverse("account_login")).content.decode()
    for name in ("entra_start", "entra_callback"):
        assert client.get(reverse(name)).status_code == 404


def test_microsoft_is_asked_with_nonce_and_proof_key_for_no_more_than_a_name(
    entra: FakeEntra, school: Any
) -> None:
    address = f"{reverse('entra_start')}?auth_params=prompt%3Dnone&scope=Mail.Read&process=connect"
    sent = Client().get(address).headers["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(sent).query).items()}
    assert set(asked["scope"].split()) == {"openid", "profile"}
    assert asked["prompt"] == "login"
    assert min(len(asked["nonce"]), len(asked["code_challenge"])) >= 43
    assert "claims" not in asked


def test_microsoft_is_asked_once_an_hour_where_its_pages_are(
    entra: FakeEntra, school: Any, clock_at: Any, school_day: datetime
) -> None:
    """Whoever presses the button all day keeps nobody waiting for Microsoft."""

    def pressed() -> int:
        assert Client().get(reverse("entra_start")).status_code == 302
        return len(entra.looked_up)

    assert [pressed() for _ in range(3)] == [1, 1, 1]
    clock_at(school_day + timedelta(hours=1, seconds=1))
    assert pressed() == 2


def test_nothing_is_kept_of_a_sign_in_but_the_session(entra: FakeEntra, tied: StaffMember) -> None:
    come(Client(), entra, name="Another Name", user_name="new@elsewhere.example")
    assert SocialAccount.objects.count() == SocialToken.objects.count() == 0
    tied.refresh_from_db()
    assert (tied.name, tied.user.email) == ("Helen Host", tied.user.username)


# --- The second factor ----------------------------------------------------------------------------
def test_second_factor_shown_at_microsoft_counts_for_the_session(
    entra: FakeEntra, tied: StaffMember
) -> None:
    TOTP.activate(tied.user, SECRET)
    entra.says = {"amr": ["pwd", "mfa"]}
    client = Client()
    assert come(client, entra).headers["Location"] == "/"
    assert client.get("/").context["second_factor"] is True


@pytest.mark.parametrize("said", [None, [], ["pwd"], "mfa", {"mfa": True}, ["mfa-later"]])
def test_without_that_claim_ones_own_second_factor_is_asked_for(
    entra: FakeEntra, tied: StaffMember, said: Any
) -> None:
    TOTP.activate(tied.user, SECRET)
    entra.says = {"amr": said}
    client = Client()
    assert come(client, entra).headers["Location"] == reverse("mfa_authenticate")
    assert not is_signed_in(client)
    answer = client.post(reverse("mfa_authenticate"), {"code": code_of(SECRET, now())})
    assert answer.headers["Location"] == "/"
    assert client.get("/").context["second_factor"] is True


def test_without_either_pages_that_need_one_lead_to_setting_one_up(
    entra: FakeEntra, head: StaffMember, lead: StaffMember
) -> None:
    tie(lead, by=head)
    client = Client()
    come(client, entra)
    assert client.get(reverse("concerns:mine")).context["second_factor"] is False
    for page in ("schoolsafe_home", "entra_ties"):
        assert client.get(reverse(page)).headers["Location"] == reverse("mfa_activate_totp")


def test_account_without_a_password_sets_up_its_first_factor_and_is_told_by_letter(
    entra: FakeEntra,
    tied: StaffMember,
    mailbox: Any,
    django_capture_on_commit_callbacks: Any,
    school_day: datetime,
    clock_at: Any,
) -> None:
    """There is no password that could be asked for once more: it is done at once, or not at all."""
    tied.user.set_unusable_password()
    tied.user.save()
    client = Client()
    come(client, entra)
    clock_at(school_day + timedelta(minutes=5, seconds=1))
    late = client.get(reverse("mfa_activate_totp"))
    assert late.status_code == 403
    assert "sign in with Microsoft again" in late.content.decode()
    clock_at(school_day + timedelta(minutes=5))
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_activate_totp"), {"code": code_of(secret, now())})
    assert client.get("/").context["second_factor"] is True
    words = [str(letter.body) for letter in mailbox()]
    assert any("An authenticator app was set up" in one for one in words)


def test_authentication_context_is_asked_for_and_counts_where_the_school_chose_it(
    entra: FakeEntra, tied: StaffMember, settings: Any
) -> None:
    settings.ENTRA = entra.settings(factor_claim="acrs", factor_value="c1")
    sent = Client().get(reverse("entra_start")).headers["Location"]
    wish = '{"id_token": {"acrs": {"essential": true, "value": "c1"}}}'
    assert parse_qs(urlsplit(sent).query)["claims"] == [wish]
    for said, counts in (({"acrs": ["c1"]}, True), ({"acrs": ["c2"], "amr": ["mfa"]}, False)):
        entra.says = said
        client = Client()
        come(client, entra)
        assert client.get(reverse("concerns:mine")).context["second_factor"] is counts


# --- Who does not come in ---------------------------------------------------------------------------
def test_somebody_tied_to_nobody_gets_no_account_and_is_told_what_to_do(
    entra: FakeEntra, tied: StaffMember
) -> None:
    people = User.objects.count()
    client = Client()
    page = come(client, entra, oid=STRANGER, name="Sam New", user_name="sam@school.example")
    assert page.status_code == 403
    words = page.content.decode()
    assert (
        "Ask IT, the designated safeguarding lead or the headteacher to tie your account" in words
    )
    assert "sam@school.example" in words
    assert not is_signed_in(client)
    assert User.objects.count() == people
    row = UntiedSignIn.objects.get()
    assert (str(row.object_id), row.name, row.last_at) == (STRANGER, "Sam New", clock.now())
    assert Entry.objects.filter(verb="staff.untied_sign_in", actor="system:microsoft").exists()


def test_address_and_name_of_a_colleague_do_not_open_their_account(
    entra: FakeEntra, tied: StaffMember, colleague: StaffMember
) -> None:
    entra.says = {"email": colleague.email, "email_verified": True, "upn": colleague.email}
    client = Client()
    page = come(client, entra, oid=STRANGER, name=colleague.name, user_name=colleague.email)
    assert page.status_code == 403
    assert not is_signed_in(client)


def test_id_that_was_only_noted_for_the_calendar_opens_nothing(
    entra: FakeEntra, host: StaffMember
) -> None:
    StaffMember.objects.filter(pk=host.pk).update(entra_id=HELEN)
    client = Client()
    assert come(client, entra).status_code == 403
    assert not is_signed_in(client)


def test_same_id_in_another_tenant_than_the_tie_opens_nothing(
    entra: FakeEntra, tied: StaffMember
) -> None:
    StaffMember.objects.filter(pk=tied.pk).update(entra_tenant=OTHER_TENANT)
    assert come(Client(), entra).status_code == 403


def test_leaver_is_shut_out(entra: FakeEntra, tied: StaffMember) -> None:
    User.objects.filter(pk=tied.user.pk).update(is_active=False)
    client = Client()
    assert come(client, entra).headers["Location"] == reverse("account_inactive")
    assert not is_signed_in(client)
    assert not UntiedSignIn.objects.exists()


def test_who_leaves_is_out_at_the_next_page(entra: FakeEntra, tied: StaffMember) -> None:
    entra.says = {"amr": ["mfa"]}
    client = Client()
    come(client, entra)
    assert client.get(reverse("meetings:list")).status_code == 200
    User.objects.filter(pk=tied.user.pk).update(is_active=False)
    assert client.get(reverse("meetings:list")).status_code == 302


def test_whose_tie_is_taken_off_is_out_at_the_next_page_and_others_stay(
    entra: FakeEntra, tied: StaffMember, head: StaffMember, staff_client: Any
) -> None:
    by_microsoft, by_password = Client(), staff_client(tied)
    come(by_microsoft, entra)
    ties.untie(tied, by=head)
    assert by_microsoft.get(reverse("meetings:list")).status_code == 302
    assert not is_signed_in(by_microsoft)
    assert by_password.get(reverse("meetings:list")).status_code == 200


def test_switching_it_off_ends_what_is_open(
    entra: FakeEntra, tied: StaffMember, settings: Any
) -> None:
    client = Client()
    come(client, entra)
    settings.ENTRA = None
    assert client.get(reverse("meetings:list")).status_code == 302
    assert not is_signed_in(client)


def test_no_account_is_ever_made_or_found_by_an_address(rf: Any) -> None:
    ours = EntraAccountAdapter()
    assert ours.is_open_for_signup(rf.get("/"), None) is False
    assert ours.can_authenticate_by_email(None, "helen@elmfield.example") is False
    assert ours.list_apps(rf.get("/")) == []
    with pytest.raises(LookupError):
        ours.save_user(rf.get("/"), None)


# --- Tokens ---------------------------------------------------------------------------------------
def token_refused(entra: FakeEntra) -> str:
    """Come with what the tenant says now: nobody is in, a page says so; return the audited reason."""
    client = Client()
    page = come(client, entra)
    assert page.status_code == 403
    assert adapter.REFUSED in page.content.decode()
    assert not is_signed_in(client)
    assert not UntiedSignIn.objects.exists()
    entry = Entry.objects.get(verb="account.token_refused")
    assert entry.actor == "system:microsoft"
    return str(entry.detail["reason"])


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ({"tid": OTHER_TENANT}, "another-tenant"),
        ({"tid": None}, "claim-missing"),
        ({"iss": f"https://login.microsoftonline.com/{OTHER_TENANT}/v2.0"}, "another-issuer"),
        ({"aud": STRANGER}, "another-audience"),
        ({"aud": [CLIENT_ID, STRANGER]}, "another-audience"),
        ({"nonce": "of-another-sign-in"}, "another-sign-in"),
        ({"nonce": None}, "claim-missing"),
        ({"oid": None}, "claim-missing"),
        ({"oid": "helen"}, "no-object-id"),
        ({"exp": None}, "claim-missing"),
    ],
)
def test_token_that_says_something_else_is_refused(
    entra: FakeEntra, tied: StaffMember, says: dict[str, Any], reason: str
) -> None:
    entra.says = says
    assert token_refused(entra) == reason


@pytest.mark.parametrize(
    ("claim", "seconds", "reason"),
    [("exp", -61, "expired"), ("nbf", 61, "not-yet-valid"), ("iat", 61, "not-yet-valid")],
)
def test_token_of_another_time_is_refused(
    entra: FakeEntra, tied: StaffMember, claim: str, seconds: int, reason: str
) -> None:
    entra.says = {claim: now() + seconds}
    assert token_refused(entra) == reason


@pytest.mark.parametrize(("claim", "seconds"), [("exp", -59), ("nbf", 60), ("iat", 60)])
def test_clocks_may_differ_by_a_minute(
    entra: FakeEntra, tied: StaffMember, claim: str, seconds: int
) -> None:
    entra.says = {claim: now() + seconds}
    assert come(Client(), entra).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("key", "algorithm", "key_id", "reason"),
    [
        (STRANGERS_KEY, "RS256", "key-1", "signature"),
        (KEY, "RS256", "key-2", "unknown-key"),
        (KEY, "RS256", None, "unknown-key"),
        (KEY, "RS512", "key-1", "algorithm"),
        ("s" * 64, "HS256", "key-1", "algorithm"),
        ("", "none", "key-1", "algorithm"),
    ],
)
def test_token_with_another_signature_is_refused(
    entra: FakeEntra, tied: StaffMember, key: Any, algorithm: str, key_id: str, reason: str
) -> None:
    entra.signed_with, entra.algorithm, entra.key_id = key, algorithm, key_id
    assert token_refused(entra) == reason


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (b'{"access_token": "a"}', "no-token"),
        (b'{"access_token": "a", "id_token": "x.y"}', "unreadable"),
    ],
)
def test_answer_without_a_token_that_can_be_read_is_refused(
    entra: FakeEntra, tied: StaffMember, token: bytes, reason: str
) -> None:
    entra.answers["/token"] = (200, token)
    assert token_refused(entra) == reason


def test_token_is_not_written_into_the_audit(entra: FakeEntra, tied: StaffMember) -> None:
    entra.says = {"tid": OTHER_TENANT}
    token_refused(entra)
    [entry] = Entry.objects.filter(verb="account.token_refused")
    assert (entry.object, set(entry.detail)) == ("school.staffmember:0", {"reason"})


def test_provider_that_names_another_issuer_is_refused(
    entra: FakeEntra, tied: StaffMember, client: Client
) -> None:
    entra.describes = {"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"}
    page = client.get(reverse("entra_start"))
    assert page.status_code == 403
    assert Entry.objects.get(verb="account.token_refused").detail == {"reason": "another-issuer"}


# --- The way there and back -----------------------------------------------------------------------
def test_state_of_another_browser_signs_nobody_in(entra: FakeEntra, tied: StaffMember) -> None:
    mine, theirs = Client(), Client()
    back = entra.sign_in(mine.get(reverse("entra_start")).headers["Location"], oid=HELEN)
    theirs.get(reverse("entra_start"))
    page = theirs.get(back.removeprefix("http://localhost:8000"))
    assert page.status_code == 400
    assert adapter.BROKEN_OFF in page.content.decode()
    assert not is_signed_in(theirs)
    assert entra.asked == []


def test_coming_back_twice_with_the_same_state_signs_nobody_in(
    entra: FakeEntra, tied: StaffMember, client: Client
) -> None:
    back = entra.sign_in(client.get(reverse("entra_start")).headers["Location"], oid=HELEN)
    path = back.removeprefix("http://localhost:8000")
    assert client.get(path).headers["Location"] == "/"
    client.post(reverse("account_logout"))
    assert client.get(path).status_code == 400
    assert not is_signed_in(client)


def test_state_is_too_old_after_ten_minutes(
    entra: FakeEntra, tied: StaffMember, client: Client, clock_at: Any
) -> None:
    back = entra.sign_in(client.get(reverse("entra_start")).headers["Location"], oid=HELEN)
    clock_at(clock.now() + timedelta(minutes=10, seconds=1))
    assert client.get(back.removeprefix("http://localhost:8000")).status_code == 400


def test_code_of_another_sign_in_opens_nothing(entra: FakeEntra, tied: StaffMember) -> None:
    """A code that was caught on the way belongs to another proof key."""
    mine, thief = Client(), Client()
    caught = entra.sign_in(mine.get(reverse("entra_start")).headers["Location"], oid=HELEN)
    own = entra.sign_in(thief.get(reverse("entra_start")).headers["Location"], oid=STRANGER)
    state = parse_qs(urlsplit(own).query)["state"][0]
    code = parse_qs(urlsplit(caught).query)["code"][0]
    page = thief.get(reverse("entra_callback"), {"code": code, "state": state})
    assert page.status_code == 503
    assert not is_signed_in(thief)


@pytest.mark.parametrize("said", [{}, {"error": "access_denied"}, {"error": "server_error"}])
def test_somebody_who_breaks_off_at_microsoft_is_told_so(
    entra: FakeEntra, school: Any, client: Client, said: dict[str, str]
) -> None:
    sent = client.get(reverse("entra_start")).headers["Location"]
    state = parse_qs(urlsplit(sent).query)["state"][0]
    page = client.get(reverse("entra_callback"), said | {"state": state})
    assert page.status_code == 400
    assert adapter.BROKEN_OFF in page.content.decode()


def test_nothing_is_taken_by_post(entra: FakeEntra, school: Any, client: Client) -> None:
    assert client.post(reverse("entra_callback"), {"code": "c", "state": "s"}).status_code == 405


def test_whoever_is_signed_in_already_is_not_sent_to_microsoft(
    entra: FakeEntra, host: StaffMember, staff_client: Any
) -> None:
    assert staff_client(host).get(reverse("entra_start")).headers["Location"] == "/"


# --- When Microsoft does not answer -----------------------------------------------------------------
def silent(page: Any) -> bool:
    return page.status_code == 503 and adapter.SILENT in page.content.decode()


def test_microsoft_down_says_so_in_plain_words(
    entra: FakeEntra, school: Any, settings: Any, client: Client
) -> None:
    settings.ENTRA = entra.settings(authority="http://127.0.0.1:9")
    assert silent(client.get(reverse("entra_start")))
    page = client.get(reverse("account_login"))
    assert page.status_code == 200


def test_microsoft_down_between_leaving_and_coming_back(
    entra: FakeEntra, tied: StaffMember, settings: Any, client: Client
) -> None:
    back = entra.sign_in(client.get(reverse("entra_start")).headers["Location"], oid=HELEN)
    settings.ENTRA = entra.settings(authority="http://127.0.0.1:9")
    assert silent(client.get(back.removeprefix("http://localhost:8000")))
    assert not is_signed_in(client)
    assert not Entry.objects.filter(verb="account.token_refused").exists()


def test_microsoft_that_does_not_answer_is_not_waited_for(
    entra: FakeEntra, school: Any, settings: Any, client: Client
) -> None:
    settings.ENTRA = entra.settings(patience=0.05)
    entra.hold = threading.Event()
    assert silent(client.get(reverse("entra_start")))


@pytest.mark.parametrize("path", ["/openid-configuration", "/keys", "/token"])
@pytest.mark.parametrize(
    "answer",
    [(500, b"{}"), (200, b"<html>"), (200, b"[]"), (200, b"{}"), (302, b"{}")],
    ids=["fault", "page", "list", "empty", "elsewhere"],
)
def test_answer_that_is_none_signs_nobody_in(
    entra: FakeEntra, tied: StaffMember, client: Client, path: str, answer: tuple[int, bytes]
) -> None:
    back = entra.sign_in(client.get(reverse("entra_start")).headers["Location"], oid=HELEN)
    # What was kept of where its pages are ran out meanwhile.
    cache.clear()
    entra.answers[path] = answer
    page = client.get(back.removeprefix("http://localhost:8000"))
    assert page.status_code in {403, 503}
    assert "You are not signed in" in page.content.decode()
    assert not is_signed_in(client)


def test_redirect_address_is_the_one_that_the_page_of_operations_names() -> None:
    assert f"http://localhost:8000{reverse('entra_callback')}" == CALLBACK
    words = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
    assert f"https://intranet.school.example{reverse('entra_callback')}" in words
