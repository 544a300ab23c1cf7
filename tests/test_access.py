"""Every address × every member of the cast; an address that is in no table fails."""

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from datetime import datetime
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from audit.models import Entry
from tests.access import concerns, consent, meetings, notices, project, records, school
from tests.access.table import CAST, Facts, Page

ROOMS = (project, meetings, consent, concerns, notices, school)
TABLE: dict[str, Page] = {key: page for room in ROOMS for key, page in room.ACCESS.items()}
VIEWS_OF_A_REGISTER = {"changelist", "add", "history", "delete", "change", "export"}


@pytest.fixture
def cast(school_day: datetime, request: pytest.FixtureRequest) -> Facts:
    """Everybody, by name."""
    names = [name for name in (*CAST, "co_host") if name != "anonymous"]
    return {name: request.getfixturevalue(name) for name in names}


@pytest.fixture
def facts(cast: Facts) -> Facts:
    """The cast and everything that addresses point to."""
    made = dict(cast)
    for room in ROOMS:
        made |= room.make(made)
    return made


@pytest.fixture
def signed_in(cast: Facts, staff_client: Callable[..., Client]) -> dict[str, SimpleCookie]:
    """The cookies of each; the leaver's session was opened before the account was closed."""
    return {
        name: staff_client(cast[name]).cookies if name in cast else SimpleCookie() for name in CAST
    }


def names(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    """Every address of the site by its name."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from names(pattern.url_patterns, inner)
        else:
            yield f"{space}{pattern.name}"


def registers() -> Iterator[str]:
    """The addresses of the registers in the records."""
    for model in admin.site._registry:
        for view in VIEWS_OF_A_REGISTER:
            yield f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}"


def test_every_address_is_in_a_table() -> None:
    listed = {key.split()[-1] for key in TABLE} | set(records.AROUND) | set(registers())
    # The records' catch-all and the redirect of a bare row have no name.
    assert set(names(get_resolver().url_patterns)) - {"admin:None"} == listed


def test_every_register_is_in_the_table() -> None:
    found = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}
    assert found == set(records.REGISTERS)


def changes() -> QuerySet[Entry]:
    """Everything the audit has of changes; that somebody looked is none."""
    return Entry.objects.exclude(verb__endswith=".read")


def answers(
    signed_in: dict[str, SimpleCookie], key: str, page: Page, facts: Facts
) -> dict[str, str]:
    """What each of the cast gets, with a + when something changed; then it is taken back."""
    method, _, name = key.rpartition(" ")
    address = reverse(name, kwargs=page.args(facts))
    got = {}
    for who, cookies in signed_in.items():
        browser = Client(raise_request_exception=False)
        browser.cookies = copy(cookies)
        with transaction.atomic():
            before = changes().count()
            send: Any = browser.post if method == "POST" else browser.get
            status = send(address, page.data(facts)).status_code
            got[who] = f"{status}+" if changes().count() > before else str(status)
            transaction.set_rollback(True)
    return got


def differing(
    signed_in: dict[str, SimpleCookie], table: Mapping[str, Page], facts: Facts
) -> dict[str, dict[str, tuple[str, str]]]:
    """For each address the people who get something else: what they got, what they should."""
    wrong = {}
    for key, page in table.items():
        got, expected = answers(signed_in, key, page, facts), page.expected()
        people = {who: (got[who], expected[who]) for who in CAST if got[who] != expected[who]}
        if people:
            wrong[key] = people
    return wrong


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.__name__.split(".")[-1])
def test_addresses_of_a_room(room: Any, signed_in: dict[str, SimpleCookie], facts: Facts) -> None:
    assert differing(signed_in, room.ACCESS, facts) == {}


def test_concern_about_the_deputy_does_not_exist_for_her(
    signed_in: dict[str, SimpleCookie], facts: Facts
) -> None:
    assert differing(signed_in, concerns.ABOUT_THE_DEPUTY, facts) == {}


def test_e5_what_the_team_attached_does_not_exist_for_the_reporter(
    signed_in: dict[str, SimpleCookie], facts: Facts
) -> None:
    assert differing(signed_in, concerns.OF_THE_TEAM, facts) == {}


# What leads to a second factor, or away from here.
OWN_ACCOUNT = {
    "account_change_password",
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "account_signup",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_authenticate",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_login_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
}
# What one writes down oneself, and had typed when a shared machine was locked.
WRITING = {"concerns:log", "concerns:mine", "unsent", "POST concerns:keep", "POST concerns:pupils"}
# What one adds to what one has logged, and follows of it.
REPORTED = {
    "concerns:add",
    "concerns:attach",
    "concerns:call",
    "concerns:correct",
    "concerns:draft",
    "concerns:file",
    "concerns:list",
    "concerns:notify",
    "concerns:open_file",
    "concerns:picture",
    "concerns:received",
    "concerns:reply",
    "concerns:throw_away",
}
BY_PASSWORD = {"host": OWN_ACCOUNT | WRITING | REPORTED, "lead": OWN_ACCOUNT | WRITING}


def led_to(cookies: SimpleCookie, key: str, page: Page, facts: Facts) -> str:
    """Where an address leads, or its status."""
    browser = Client(raise_request_exception=False)
    browser.cookies = copy(cookies)
    method, _, name = key.rpartition(" ")
    send: Any = browser.post if method == "POST" else browser.get
    with transaction.atomic():
        answer = send(reverse(name, kwargs=page.args(facts)), page.data(facts))
        transaction.set_rollback(True)
    return str(answer.headers.get("Location", answer.status_code))


@pytest.mark.parametrize("who", BY_PASSWORD)
def test_p14_a_password_alone_opens_what_somebody_writes_down_of_a_concern_and_nothing_else(
    who: str, cast: Facts, facts: Facts, staff_client: Callable[..., Client]
) -> None:
    """Of all addresses of the site; those that are open to strangers as well are left out."""
    known = staff_client(cast[who], second_factor=False).cookies
    factor = reverse("mfa_activate_totp")
    opened = set()
    for key, page in {**TABLE, **records.AROUND}.items():
        shut = {led_to(SimpleCookie(), key, page, facts), factor, "403", "404", "405"}
        if led_to(known, key, page, facts) not in shut:
            opened.add(key)
    assert opened == BY_PASSWORD[who]


def test_addresses_around_the_records(signed_in: dict[str, SimpleCookie]) -> None:
    assert differing(signed_in, records.AROUND, {}) == {}


def test_registers(signed_in: dict[str, SimpleCookie]) -> None:
    lists = {
        f"admin:{register}_changelist": Page(records.inside(*look))
        for register, (look, _) in records.REGISTERS.items()
    }
    forms = {
        f"admin:{register}_add": Page(records.inside(*add))
        for register, (_, add) in records.REGISTERS.items()
    }
    files = {
        f"POST admin:{register}_export": Page(records.inside(*look).replace("200", "200+"))
        for register, (look, _) in records.REGISTERS.items()
    }
    assert differing(signed_in, lists | forms | files, {}) == {}
