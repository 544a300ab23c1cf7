"""Browsers in which somebody has signed in before: no stranger's wrong tries shut these out.

Wrong passwords are counted for each account, so that nobody guesses one from many places. Counted for
everybody alike, they would let whoever knows a colleague's address keep them out, five tries every five
minutes. So a browser that was let in before is counted by itself, until the password changes or the account is signed
out everywhere.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

SALT = "schoolsafe.browsers"
KEPT_FOR = 365 * 24 * 60 * 60
# A computer in a staff room has many people; a cookie has little room.
MOST_ACCOUNTS = 20
# Wrong tries of one internet address, from browsers that nobody has signed in with.
STRANGERS = {"strangers": "30/m/ip"}


@dataclass(frozen=True, kw_only=True)
class Browser:
    """What the cookie holds: a random name, and a print of each account that was let in with it."""

    name: str
    accounts: dict[str, str]


def cookie_name() -> str:
    """Return the name of the cookie; over https no other host can set one of this name."""
    return "__Host-known" if settings.SESSION_COOKIE_SECURE else "known"


def known_as(request: HttpRequest, address: str) -> str:
    """Return under which name this browser is counted for an account; nothing where it is a stranger."""
    browser = _read(request)
    if not address or not browser.accounts:
        return ""
    people: Any = get_user_model()
    known = people.objects.filter(pk__in=browser.accounts, email__iexact=address)
    for user in known.select_related("staff_member"):
        if constant_time_compare(browser.accounts[str(user.pk)], _print(user)):
            return f"browser:{browser.name}:{user.pk}"
    return ""


def remember(request: HttpRequest, response: HttpResponse, user: Any) -> None:
    """Note in the browser that this account was let in; the cookie names nobody."""
    browser = _read(request)
    others = [pair for pair in browser.accounts.items() if pair[0] != str(user.pk)]
    accounts = dict([*others, (str(user.pk), _print(user))][-MOST_ACCOUNTS:])
    response.set_cookie(
        cookie_name(),
        signing.dumps([browser.name, accounts], salt=SALT, compress=True),
        max_age=KEPT_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def count_stranger(request: HttpRequest) -> Any:
    """Count a try from a browser that nobody knows; nothing where its internet address had too many."""
    return ratelimit.consume(request, app="schoolsafe", action="strangers", config=STRANGERS)


def _read(request: HttpRequest) -> Browser:
    """Return what the cookie says; one that is missing, old or not ours is a new browser."""
    try:
        name, accounts = signing.loads(
            request.COOKIES.get(cookie_name(), ""), salt=SALT, max_age=KEPT_FOR
        )
    except signing.BadSignature:
        return Browser(name=secrets.token_hex(16), accounts={})
    return Browser(name=name, accounts=accounts)


def _print(user: Any) -> str:
    """Return what stands for an account with the password it has now, since it was last signed out everywhere."""
    staff = getattr(user, "staff_member", None)
    since = f":{staff.signed_out_at.isoformat()}" if staff and staff.signed_out_at else ""
    told = f"{user.pk}:{user.password}{since}"
    return salted_hmac(SALT, told, algorithm="sha256").hexdigest()[:32]
