"""Refused sign-ins stand in the audit: whose account, how often, nothing that was typed (ASVS 16.3.1)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Entry
from school.models import StaffMember
from schoolsafe import refused
from schoolsafe.refused import Why
from tests.factories import PASSWORD
from tests.school.test_sign_in import SECRET
from tests.security.signing_in import WRONG, lets_in, try_to

pytestmark = pytest.mark.django_db
STRANGE = "zacharias@nobody.example"


@pytest.fixture(autouse=True)
def _stands(school_day: datetime, school: object) -> None:
    """The clock stands."""


def entries() -> list[tuple[str, dict[str, Any]]]:
    """What the audit says of refused sign-ins, oldest first: whose, and the rest."""
    rows = Entry.objects.filter(verb="account.sign_in_failed").order_by("pk")
    assert {row.actor for row in rows} <= {"system:sign_in"}
    return [(row.object, row.detail) for row in rows]


def of(person: StaffMember) -> str:
    return f"school.staffmember:{person.pk}"


def test_wrong_password_is_written_down_with_whose_account_it_was(host: StaffMember) -> None:
    try_to(Client(), host.email, WRONG)
    assert entries() == [(of(host), {"why": "password", "times": 1})]


def test_unknown_address_is_written_down_without_saying_which(host: StaffMember) -> None:
    try_to(Client(), STRANGE, WRONG)
    assert entries() == [("school.staffmember", {"why": "password", "times": 1})]
    assert "zacharias" not in str(list(Entry.objects.values()))


def test_right_password_leaves_none(host: StaffMember) -> None:
    assert lets_in(Client(), host)
    assert entries() == []


def test_lockout_is_written_down(host: StaffMember) -> None:
    for _ in range(7):
        try_to(Client(), host.email, WRONG)
    assert entries() == [
        (of(host), {"why": "password", "times": 1}),
        (of(host), {"why": "too_many_tries", "times": 1}),
    ]


def test_wrong_code_and_too_many_of_them_are_written_down(host: StaffMember) -> None:
    TOTP.activate(host.user, SECRET)
    client = Client()
    try_to(client, host.email, PASSWORD)
    for wrong in range(7):
        client.post(reverse("mfa_authenticate"), {"code": f"00000{wrong}"})
    assert entries() == [
        (of(host), {"why": "code", "times": 1}),
        (of(host), {"why": "too_many_tries", "times": 1}),
    ]


def test_thousand_tries_leave_four_lines_and_five_minutes_later_one_more(
    host: StaffMember, clock_at: Any, school_day: datetime
) -> None:
    for _ in range(1000):
        refused.note_address(host.email, Why.PASSWORD)
    clock_at(school_day + timedelta(minutes=5))
    refused.note_address(host.email, Why.PASSWORD)
    assert [detail["times"] for _, detail in entries()] == [1, 10, 100, 1000, 1]


def test_tries_at_every_account_of_a_large_school_leave_few_lines(
    host: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 201):
        refused._note(77_000_000 + number, Why.PASSWORD)
    told = entries()
    assert (len(told), len({whose for whose, _ in told})) == (43, 41)
    assert told[-1] == ("school.staffmember", {"why": "password", "times": 100})


def test_known_and_unknown_address_cost_the_same_queries(host: StaffMember) -> None:
    counts = []
    for address in (host.email, STRANGE):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            refused.note_address(address, Why.PASSWORD)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_reader_tells_it_in_words(host: StaffMember, lead: StaffMember, staff_client: Any) -> None:
    try_to(Client(), host.email, WRONG)
    page = staff_client(lead).get("/audit/", {"verb": "account.sign_in_failed"})
    [line] = page.context["piece"].lines
    assert (line.who, line.what, line.about, line.details) == (
        "The system",
        "refused a sign-in to the account",
        "Member of staff: Helen Host",
        (("Why", "Password"), ("Times", "1")),
    )
