"""No page of ours leads on to another site, whoever names one."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client, RequestFactory
from django.urls import reverse

from school.models import StaffMember
from schoolsafe.lib.origin import leads_here
from schoolsafe.views import at_the_intranet
from tests.factories import PASSWORD
from tests.school.test_sign_in import SECRET, code_of

SignIn = Callable[..., Client]
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "\x01https://evil.example",
    "  //evil.example",
]
every_place = pytest.mark.parametrize("there", ELSEWHERE)


def stays(answer: Any) -> None:
    """An answer that leads on leads to a path of this site; what stays in a query is nobody's lead."""
    where = answer.headers.get("Location", "/")
    assert where.startswith("/")
    assert not where.startswith(("//", "/\\"))
    assert "evil" not in where.split("?")[0]


@every_place
def test_sign_in_leads_nowhere_else(there: str, host: StaffMember) -> None:
    client = Client()
    typed = {"login": host.email, "password": PASSWORD, "next": there}
    answer = client.post(reverse("account_login"), typed)
    assert answer.status_code == 302
    stays(answer)
    # Somebody who is in already is sent on at once.
    stays(client.get(reverse("account_login"), {"next": there}))
    stays(client.post(reverse("account_logout"), {"next": there}))


@every_place
def test_second_factor_leads_nowhere_else(
    there: str, host: StaffMember, school_day: datetime
) -> None:
    TOTP.activate(host.user, SECRET)
    client = Client()
    typed = {"login": host.email, "password": PASSWORD, "next": there}
    stays(client.post(reverse("account_login"), typed))
    code = code_of(SECRET, school_day.timestamp())
    answer = client.post(reverse("mfa_authenticate"), {"code": code, "next": there})
    assert answer.status_code == 302
    stays(answer)


@every_place
def test_confirming_who_one_is_leads_nowhere_else(
    there: str, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host, second_factor=False)
    page = reverse("account_reauthenticate")
    stays(client.get(page, {"next": there}))
    answer = client.post(page, {"password": PASSWORD, "next": there})
    assert answer.status_code == 302
    stays(answer)
    new = "four quiet green kettles"
    typed = {"oldpassword": PASSWORD, "password1": new, "password2": new, "next": there}
    stays(client.post(reverse("account_change_password"), typed))


@every_place
def test_records_lead_nowhere_else(
    there: str, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    page = reverse("admin:login")
    for client in (Client(), staff_client(lead), staff_client(lead, second_factor=False)):
        answer = client.get(page, {"next": there})
        stays(answer)
        assert "evil" not in answer.headers["Location"]


@every_place
def test_address_that_is_not_ours_is_told_from_one_that_is(there: str, rf: RequestFactory) -> None:
    assert not leads_here(rf.get("/"), there)
    assert leads_here(rf.get("/"), "/meetings/?page=2")
    answer = at_the_intranet(rf.get("/", {"next": there}))
    stays(answer)
    assert "evil" not in answer.headers["Location"]
