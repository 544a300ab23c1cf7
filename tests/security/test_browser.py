"""Cookies, headers and sessions as browsers get them in production."""

import re
import runpy
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import update_session_auth_hash
from django.test import Client, RequestFactory
from django.urls import reverse, reverse_lazy

from deploy.run_checks import throw_away_keys
from school.models import StaffMember
from tests.factories import PASSWORD
from tests.security.signing_in import is_in, lets_in

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "intranet.school.example"
OF_BROWSERS = ("SESSION_", "CSRF_", "SECURE_", "MESSAGE_", "X_FRAME", "CONTENT_SECURITY", "ALLOWED")
# What a password alone opens.
OWN_PAGE = reverse_lazy("concerns:mine")
SignIn = Callable[..., Client]


@pytest.fixture
def production(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """What production tells browsers; everything else stays as tests have it."""
    for name, value in (throw_away_keys() | {"SCHOOLSAFE_VAR": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    read = runpy.run_path(str(ROOT / "schoolsafe" / "settings.py"))
    for name, value in read.items():
        if name.startswith(OF_BROWSERS):
            setattr(settings, name, value)
    assert settings.SECURE_SSL_REDIRECT
    return settings


def browser(**more: Any) -> Client:
    """A browser that comes over https, as the proxy says."""
    return Client(
        headers={"Host": HOST, "X-Forwarded-Proto": "https"}, raise_request_exception=False, **more
    )


# --- Cookies ---------------------------------------------------------------------------------------
def test_every_cookie_is_ours_alone_and_no_script_reads_it(
    production: Any, host: StaffMember
) -> None:
    client = browser()
    client.get(reverse("account_login"))
    typed = {"login": host.email, "password": PASSWORD}
    client.post(reverse("account_login"), typed)
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD})
    client.post(reverse("account_logout"))
    assert set(client.cookies) == {"__Host-session", "__Host-csrf", "__Host-known"}
    for name, cookie in client.cookies.items():
        kept = {key: cookie[key] for key in ("secure", "httponly", "samesite", "path", "domain")}
        expected = {"secure": True, "httponly": True, "samesite": "Lax", "path": "/", "domain": ""}
        # Signing out takes the session's cookie back, and has no more to say of it than its place.
        if cookie["max-age"] == 0:
            kept, expected = {"path": kept["path"]}, {"path": "/"}
        assert (name, kept) == (name, expected)
        assert len(cookie.OutputString()) < 4096


def test_what_a_page_tells_the_next_one_is_in_no_cookie(
    lead: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(lead)
    new = "four quiet green kettles"
    typed = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    client.post(reverse("account_change_password"), typed)
    assert "messages" not in client.cookies


# --- Headers ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/static/schoolsafe.css", "/no-such-page/", "/"]
)
def test_every_answer_asks_for_https_and_keeps_to_the_policy(
    production: Any, db: None, path: str
) -> None:
    answer = browser().get(path)
    if answer.streaming:
        b"".join(answer.streaming_content)
    answer.close()
    assert answer.headers["Strict-Transport-Security"] == (
        "max-age=31536000; includeSubDomains; preload"
    )
    policy = answer.headers["Content-Security-Policy"]
    for rule in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_plain_http_is_led_to_https(production: Any, db: None) -> None:
    answer = Client(headers={"Host": HOST, "X-Forwarded-Proto": "http"}).get("/accounts/login/")
    assert answer.headers["Location"] == f"https://{HOST}/accounts/login/"


def test_site_of_another_name_is_not_answered(production: Any, db: None) -> None:
    told = {"Host": "evil.example", "X-Forwarded-Proto": "https"}
    answer = Client(headers=told, raise_request_exception=False).get("/accounts/login/")
    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()


@pytest.mark.parametrize("method", ["get", "options", "head"])
def test_no_other_site_is_let_read_an_answer(db: None, method: str) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = getattr(Client(headers=asked), method)("/accounts/login/")
    assert [name for name in answer.headers if name.startswith("Access-Control")] == []


def test_trace_sends_nothing_back(db: None) -> None:
    for path in ("/", "/accounts/login/", "/health/"):
        answer = Client(headers={"X-Probe": "MARKER"}, raise_request_exception=False).trace(path)
        assert b"MARKER" not in answer.content


# --- Passwords ---------------------------------------------------------------------------------------
def test_password_is_typed_unseen_and_may_come_from_a_manager(
    host: StaffMember, staff_client: SignIn
) -> None:
    pages = {
        "account_login": (Client(), {"password": "current-password"}),
        "account_change_password": (
            staff_client(host),
            {
                "oldpassword": "current-password",
                "password1": "new-password",
                "password2": "new-password",
            },
        ),
    }
    for address, (client, fields) in pages.items():
        text = client.get(reverse(address)).content.decode()
        boxes = {name: box for box in re.findall(r"<input[^>]+>", text) for name in fields
                 if f'name="{name}"' in box}  # fmt: skip
        assert boxes.keys() == fields.keys()
        for name, box in boxes.items():
            assert 'type="password"' in box
            assert f'autocomplete="{fields[name]}"' in box
            assert "onpaste" not in box


# --- Sessions --------------------------------------------------------------------------------------
def test_session_ends_eight_hours_after_it_began_whatever_is_done_in_it(
    host: StaffMember, clock_at: Any, staff_client: SignIn
) -> None:
    began = datetime.fromisoformat("2026-09-15T07:00:00+00:00")
    clock_at(began)
    client = staff_client(host)
    for hours in (3, 6, 7.9):
        clock_at(began + timedelta(hours=hours))
        session = client.session
        session["busy"] = hours
        session.save()
        assert client.get(OWN_PAGE).status_code == 200
    clock_at(began + timedelta(hours=8, seconds=1))
    assert client.get(OWN_PAGE).status_code == 302
    assert not is_in(client)


def test_eight_hours_begin_with_the_sign_in_not_with_the_page_before_it(
    host: StaffMember, clock_at: Any
) -> None:
    opened = datetime.fromisoformat("2026-09-15T07:00:00+00:00")
    clock_at(opened)
    client = Client()
    before = client.session
    before["told"] = "You are signed out."
    before.save()
    client.cookies["sessionid"] = before.session_key
    clock_at(opened + timedelta(hours=7))
    assert lets_in(client, host)
    for hours, status in ((14.9, 200), (15.1, 302)):
        clock_at(opened + timedelta(hours=hours))
        assert client.get(OWN_PAGE).status_code == status


def test_new_password_begins_no_new_eight_hours(host: StaffMember, clock_at: Any) -> None:
    opened = datetime.fromisoformat("2026-09-15T07:00:00+00:00")
    clock_at(opened)
    client = Client()
    assert lets_in(client, host)
    clock_at(opened + timedelta(hours=7))
    asked = RequestFactory().get("/")
    asked.session, asked.user = client.session, host.user
    update_session_auth_hash(asked, host.user)
    asked.session.save()
    client.cookies["sessionid"] = asked.session.session_key
    assert client.get(OWN_PAGE).status_code == 200
    clock_at(opened + timedelta(hours=8, seconds=1))
    assert client.get(OWN_PAGE).status_code == 302


def test_session_of_before_signing_in_is_not_the_one_after(host: StaffMember) -> None:
    """Whoever planted a session in somebody's browser does not have theirs."""
    client = Client()
    planted = client.session
    planted["planted"] = True
    planted.save()
    client.cookies["sessionid"] = planted.session_key
    assert lets_in(client, host)
    assert client.session.session_key != planted.session_key
    # Of 36 letters each: more than 128 bits.
    assert len(str(client.session.session_key)) == 32
    thief = Client()
    thief.cookies["sessionid"] = planted.session_key
    assert not is_in(thief)


def test_session_that_was_signed_out_opens_nothing(host: StaffMember) -> None:
    client = Client()
    assert lets_in(client, host)
    kept = client.cookies["sessionid"].value
    client.post(reverse("account_logout"))
    thief = Client()
    thief.cookies["sessionid"] = kept
    assert thief.get(OWN_PAGE).status_code == 302


def test_new_password_ends_every_other_session(host: StaffMember) -> None:
    one, other = Client(), Client()
    assert lets_in(one, host)
    assert lets_in(other, host)
    new = "four quiet green kettles"
    typed = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    one.post(reverse("account_change_password"), typed)
    assert one.get(OWN_PAGE).status_code == 200
    assert other.get(OWN_PAGE).status_code == 302
