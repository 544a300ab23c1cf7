"""Guessing passwords and codes, asking who is on record, and shutting out a colleague by wrong tries."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from notices.models import Notice
from school.models import StaffMember
from schoolsafe import browsers
from schoolsafe.passwords import Scrypt
from tests.factories import PASSWORD
from tests.school.test_sign_in import SECRET, code_of
from tests.security.signing_in import ELSEWHERE, WRONG, browser_of, is_in, lets_in, try_to

KNOWN = browsers.cookie_name()


def guess(
    address: str, times: int, *, client: Client | None = None, sender: str = ELSEWHERE
) -> None:
    for _ in range(times):
        try_to(client or Client(), address, WRONG, sender=sender)


# --- Wrong tries shut nobody out -------------------------------------------------------------------
def test_stranger_who_guesses_does_not_lock_a_colleague_out_of_their_own_browser(
    host: StaffMember,
) -> None:
    own = browser_of(host)
    guess(host.email, 8)
    assert not lets_in(Client(), host)
    assert lets_in(own, host)


def test_colleague_beside_them_does_not_lock_the_school_out_of_its_browsers(
    host: StaffMember, lead: StaffMember
) -> None:
    """One internet address for a whole school: who types nonsense there holds up nobody known."""
    shared = browser_of(host, lead)
    for number in range(40):
        guess(f"nobody-{number}@elmfield.example", 1, sender="198.51.100.7")
    assert not lets_in(Client(), host)
    for person in (host, lead):
        assert lets_in(shared, person)
        shared.post(reverse("account_logout"))


def test_second_factor_is_asked_for_whatever_strangers_type_meanwhile(
    host: StaffMember, school_day: datetime
) -> None:
    own = browser_of(host)
    TOTP.activate(host.user, SECRET)
    try_to(own, host.email, PASSWORD)
    guess(host.email, 12, sender="198.51.100.7")
    code = code_of(SECRET, school_day.timestamp())
    assert own.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    assert is_in(own)


# --- Guessing stops --------------------------------------------------------------------------------
def test_guessing_from_many_places_is_counted_for_the_account(host: StaffMember) -> None:
    for number in range(5):
        guess(host.email, 1, sender=f"203.0.113.{number}")
    assert not lets_in(Client(), host, sender="203.0.113.99")


def test_one_password_for_many_accounts_is_counted_for_the_sender(host: StaffMember) -> None:
    for number in range(30):
        guess(f"nobody-{number}@elmfield.example", 1)
    assert not lets_in(Client(), host, sender=ELSEWHERE)
    assert lets_in(Client(), host)


def test_right_passwords_of_a_whole_school_are_not_counted(host: StaffMember) -> None:
    assert all(lets_in(Client(), host) for _ in range(15))


def test_address_that_a_sender_made_up_is_not_taken_for_theirs(
    host: StaffMember, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(31):
        typed = {"login": f"nobody-{number}@elmfield.example", "password": WRONG}
        told = f"192.0.2.{number}, {ELSEWHERE}"
        page = Client().post(reverse("account_login"), typed, headers={"X-Forwarded-For": told})
    assert "too many tries" in page.content.decode()


def test_own_browser_guesses_no_further_than_a_stranger(host: StaffMember) -> None:
    own = browser_of(host)
    guess(host.email, 5, client=own)
    assert not lets_in(own, host)


def test_browser_of_one_colleague_is_a_stranger_to_another(
    host: StaffMember, lead: StaffMember
) -> None:
    theirs = browser_of(host)
    guess(lead.email, 5)
    assert not lets_in(theirs, lead)


def test_browser_is_a_stranger_once_the_password_is_another(host: StaffMember) -> None:
    """Whoever had stolen the old one and signed in has no tries of their own left."""
    theirs = browser_of(host)
    host.user.set_password("four quiet green kettles")
    host.user.save()
    guess(host.email, 5)
    try_to(theirs, host.email, "four quiet green kettles")
    assert not is_in(theirs)


@pytest.mark.parametrize("salt", ["", "schoolsafe.other"])
def test_browser_that_says_of_itself_that_it_is_known_is_not(host: StaffMember, salt: str) -> None:
    accounts = {str(host.user.pk): browsers._print(host.user)}
    forged = Client()
    forged.cookies[KNOWN] = signing.dumps(["me", accounts], salt=salt) if salt else "rubbish"
    guess(host.email, 5)
    assert not lets_in(forged, host)


def test_known_browser_is_forgotten_after_a_year(host: StaffMember, clock_at: Any) -> None:
    then = datetime.fromisoformat("2026-09-15T13:00:00+00:00")
    clock_at(then)
    own = browser_of(host)
    kept = own.cookies[KNOWN].value
    clock_at(then + timedelta(days=366))
    own.cookies[KNOWN] = kept
    guess(host.email, 5)
    assert not lets_in(own, host)


def test_cookie_of_a_staff_room_stays_small_and_forgets_who_came_first(school: object) -> None:
    people = [User.objects.create_user(f"u{n}", f"u{n}@elmfield.example") for n in range(30)]
    client, answer = Client(), HttpResponse()
    for person in people:
        request = client.request().wsgi_request
        browsers.remember(request, answer, person)
        client.cookies[KNOWN] = answer.cookies[KNOWN].value
    request = client.request().wsgi_request
    known = [bool(browsers.known_as(request, person.email)) for person in people]
    assert known == [False] * 10 + [True] * 20
    assert len(answer.cookies[KNOWN].OutputString()) < 4096


def test_sixth_wrong_code_is_told_to_wait_though_the_next_is_right(
    host: StaffMember, school_day: datetime
) -> None:
    TOTP.activate(host.user, SECRET)
    client = Client()
    try_to(client, host.email, PASSWORD)
    page = reverse("mfa_authenticate")
    for wrong in ("000001", "000002", "000003", "000004", "000005"):
        client.post(page, {"code": wrong})
    client.post(page, {"code": code_of(SECRET, school_day.timestamp())})
    assert not is_in(client)


def test_letters_for_a_new_password_fill_nobodys_mailbox(host: StaffMember) -> None:
    for address in (host.email, "who@nobody.example"):
        page, typed = reverse("account_reset_password"), {"email": address}
        answers = [Client().post(page, typed).status_code for _ in range(7)]
        assert answers == [302] * 5 + [429] * 2
    assert Notice.objects.filter(kind="account_password_reset").count() == 5


# --- Who is on record ------------------------------------------------------------------------------
def told(answer: HttpResponse, address: str) -> tuple[int, list[str], str]:
    """An answer without what is another one each time."""
    text = answer.content.decode().replace(address, "***")
    text = re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]+"', "", text)
    return answer.status_code, sorted(answer.headers), text


def test_page_says_the_same_of_an_address_that_is_on_record_closed_or_unknown(
    host: StaffMember, leaver: StaffMember
) -> None:
    addresses = (host.email, leaver.email, "nobody@elmfield.example")
    for page, field in (("account_login", "login"), ("account_reset_password", "email")):
        answers = [
            told(Client().post(reverse(page), {field: one, "password": WRONG}), one)
            for one in addresses
        ]
        assert answers[0] == answers[1] == answers[2]


def test_unknown_address_costs_as_many_looks_at_a_password(
    host: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes the time is counted, not the time."""
    done: list[str] = []
    real = MD5PasswordHasher.encode

    def encode(self: Any, password: str, salt: str) -> str:
        done.append(password)
        return str(real(self, password, salt))

    monkeypatch.setattr(MD5PasswordHasher, "encode", encode)
    counts = []
    for address in (host.email, "nobody@elmfield.example"):
        done.clear()
        guess(address, 1)
        counts.append(len(done))
    assert counts == [1, 1]


# --- How a password is kept ------------------------------------------------------------------------
def test_password_is_kept_so_that_each_guess_costs_memory() -> None:
    """ASVS 11.4.2 asks scrypt for 2**15 and a block of 8 where it runs thrice."""
    hasher = Scrypt()
    kept = hasher.encode(PASSWORD, hasher.salt())
    found = hasher.decode(kept)
    assert (found["work_factor"], found["block_size"], found["parallelism"]) == (2**15, 8, 3)
    assert hasher.verify(PASSWORD, kept)
    assert not hasher.verify(WRONG, kept)


def test_new_password_by_letter_does_not_go_round_the_second_factor(
    host: StaffMember, mailbox: Any
) -> None:
    TOTP.activate(host.user, SECRET)
    browser = Client()
    browser.post(reverse("account_reset_password"), {"email": host.email})
    [letter] = mailbox()
    found = re.search(r"(/accounts/password/reset/key/\S+)", str(letter.body))
    assert found
    form = browser.get(found[1], follow=True)
    new = "four quiet green kettles"
    browser.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    assert not is_in(browser)
    answer = try_to(browser, host.email, new)
    assert answer.headers["Location"] == reverse("mfa_authenticate")
    assert not is_in(browser)


@pytest.mark.parametrize(
    "password",
    ["  Spaces Around Them  ", "ünï©ødé pass wörds 🗝", "a1" * 60, "ALL in One CASE or not"],
)
def test_password_is_taken_as_typed_however_long(host: StaffMember, password: str) -> None:
    host.user.set_password(password)
    host.user.save()
    for other in (password.strip()[:-1], password.swapcase(), password[:64] + "x", f" {password}"):
        client = Client()
        try_to(client, host.email, other, sender=f"203.0.113.{len(other)}")
        assert not is_in(client)
    client = Client()
    try_to(client, host.email, password)
    assert is_in(client)


@pytest.mark.parametrize("seconds", [-30, 30])
def test_code_of_another_half_minute_is_refused(
    seconds: int, host: StaffMember, school_day: datetime
) -> None:
    TOTP.activate(host.user, SECRET)
    client = Client()
    try_to(client, host.email, PASSWORD)
    code = code_of(SECRET, school_day.timestamp() + seconds)
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert not is_in(client)
