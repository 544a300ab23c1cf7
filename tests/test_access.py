"""Every address × every member of the cast; an address that is in no table fails."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access import project, records
from tests.access.table import CAST, Facts, Page

ROOMS = (project,)
TABLE: dict[str, Page] = {key: page for room in ROOMS for key, page in room.ACCESS.items()}
VIEWS_OF_A_REGISTER = {"changelist", "add", "history", "delete", "change"}


@pytest.fixture
def cast(request: pytest.FixtureRequest) -> Facts:
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
def browsers(cast: Facts, staff_client: Callable[..., Client]) -> dict[str, Client]:
    """A browser for each; the leaver's was signed in before the account was closed."""
    return {name: staff_client(cast[name]) if name in cast else Client() for name in CAST}


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


def answers(browsers: dict[str, Client], key: str, page: Page, facts: Facts) -> dict[str, int]:
    """What each of the cast gets; nothing of one try is left for the next."""
    method, _, name = key.rpartition(" ")
    address = reverse(name, kwargs=page.args(facts))
    got = {}
    for who, browser in browsers.items():
        browser.raise_request_exception = False
        with transaction.atomic():
            send: Any = browser.post if method == "POST" else browser.get
            got[who] = send(address, page.data).status_code
            transaction.set_rollback(True)
    return got


@pytest.mark.parametrize("key", sorted(TABLE))
def test_address(key: str, browsers: dict[str, Client], facts: Facts) -> None:
    assert answers(browsers, key, TABLE[key], facts) == TABLE[key].expected()


@pytest.mark.parametrize("key", sorted(records.AROUND))
def test_address_around_the_records(key: str, browsers: dict[str, Client], facts: Facts) -> None:
    page = records.AROUND[key]
    assert answers(browsers, key, page, facts) == page.expected()


@pytest.mark.parametrize("register", sorted(records.REGISTERS))
def test_register(register: str, browsers: dict[str, Client]) -> None:
    look, add = records.REGISTERS[register]
    for view, names in (("changelist", look), ("add", add)):
        page = Page(records.inside(*names))
        assert answers(browsers, f"admin:{register}_{view}", page, {}) == page.expected()
