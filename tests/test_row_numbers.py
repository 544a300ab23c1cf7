"""Numbers that no row can have, in every address and every form: nothing there, never a fault."""

from collections.abc import Callable, Iterator
from datetime import datetime
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter

from school.models import StaffMember
from schoolsafe.lib.codes import CodeConverter, code_of
from schoolsafe.lib.rows import LARGEST, RowConverter, names_a_row
from tests.access.table import Facts
from tests.test_access import ROOMS, TABLE, cast, facts

__all__ = ["cast", "facts"]

# Every address and form is asked for its answer: other tests count as covering it.
pytestmark = pytest.mark.no_cover

BEYOND = (str(2**63), str(10**30), "1" * 5000, "-1", str(-(2**63) - 1))
STAND_IN = 31337
NUMBERS = (IntConverter, CodeConverter)


def patterns(within: list[URLPattern | URLResolver], space: str = "") -> Iterator[tuple[str, Any]]:
    """Every address of the site by its name, with its converters."""
    for one in within:
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from patterns(one.url_patterns, inner)
        else:
            yield f"{space}{one.name}", one.pattern.converters


def stands_in(name: str, key: str) -> str:
    """What stands in an address for the row that is replaced."""
    kind = dict(patterns(get_resolver().url_patterns))[name][key]
    return code_of(kind.table, STAND_IN) if isinstance(kind, CodeConverter) else str(STAND_IN)


def with_numbers() -> list[tuple[str, list[str]]]:
    """The addresses in which row numbers or their codes stand, each with the names of those."""
    found = []
    for name, converters in patterns(get_resolver().url_patterns):
        numbers = [key for key, one in converters.items() if isinstance(one, NUMBERS)]
        if numbers:
            found.append((name, numbers))
    return found


def fields() -> set[str]:
    """The names of all fields, of any form of ours, that take a number or a choice of rows."""
    with_numbers()  # asking for the addresses loads every page, and with it the page's forms
    kinds = (forms.ModelChoiceField, forms.IntegerField)
    found, waiting = set(), [forms.Form]
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        if form.__module__.split(".")[0] in {"concerns", "consent", "meetings", "school"}:
            found |= {name for name, one in form.base_fields.items() if isinstance(one, kinds)}
    return found


@pytest.mark.parametrize(
    ("sent", "is_one"),
    [
        ("0", True),
        ("7", True),
        (str(LARGEST), True),
        (str(LARGEST + 1), False),
        ("1" * 5000, False),
        ("-1", False),
        ("", False),
        ("1.5", False),
        ("²", False),
        (7, True),
    ],
)
def test_number_names_a_row_up_to_64_bits(sent: object, is_one: bool) -> None:
    assert names_a_row(sent) is is_one


def test_every_address_with_a_number_takes_those_of_rows_only() -> None:
    plain = {
        name
        for name, converters in patterns(get_resolver().url_patterns)
        if any(
            isinstance(one, IntConverter) and not isinstance(one, RowConverter)
            for one in converters.values()
        )
    }
    assert plain == set()
    assert len(with_numbers()) > 20


@pytest.mark.parametrize("number", BEYOND, ids=lambda number: number[:12])
def test_address_with_a_number_beyond_does_not_exist(
    number: str, facts: Facts, staff_client: Callable[..., Client]
) -> None:
    browser = staff_client(facts["lead"])
    browser.raise_request_exception = False
    got = {}
    for name, numbers in with_numbers():
        page = TABLE.get(f"POST {name}") or TABLE[name]
        for replaced in numbers:
            stood_in = {**page.args(facts), replaced: STAND_IN}
            address = reverse(name, kwargs=stood_in).replace(stands_in(name, replaced), number)
            assert number in address
            got[name, replaced, "get"] = browser.get(address).status_code
            got[name, replaced, "post"] = browser.post(address).status_code
    assert {key: status for key, status in got.items() if status != 404} == {}


def refused(
    address: str, sent: dict[str, Any], cookies: SimpleCookie, headers: dict[str, str]
) -> int:
    """What a form sent by hand gets; then it is taken back."""
    browser = Client(raise_request_exception=False, headers=headers)
    browser.cookies = cookies
    with transaction.atomic():
        status = browser.post(address, sent).status_code
        transaction.set_rollback(True)
    return status


@pytest.mark.parametrize("number", BEYOND, ids=lambda number: number[:12])
@pytest.mark.parametrize("who", ["host", "lead"])
@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.__name__.split(".")[-1])
def test_form_with_a_number_beyond_is_refused_in_words(
    room: Any,
    who: str,
    number: str,
    facts: Facts,
    staff_client: Callable[..., Client],
) -> None:
    cookies = staff_client(facts[who]).cookies
    hand_made = dict.fromkeys((*fields(), "pupil", "about"), number)
    hand_made["about"] = f"meetings.meeting:{number}"
    broken = {}
    for key, page in room.ACCESS.items():
        address = reverse(key.split()[-1], kwargs=page.args(facts))
        for extra in ({}, {"find": "1"}):
            status = refused(address, page.data(facts) | hand_made | extra, cookies, {})
            if status >= 500 and key != "health":
                broken[key] = status
    assert broken == {}


def test_fields_that_take_numbers_are_found() -> None:
    assert {"pupils", "staff", "called", "co_hosts", "guardian", "version"} <= fields()


@pytest.mark.parametrize("number", BEYOND, ids=lambda number: number[:12])
def test_records_with_a_number_beyond_are_refused(
    number: str, school_day: datetime, lead: StaffMember, staff_client: Callable[..., Client]
) -> None:
    browser = staff_client(lead)
    browser.raise_request_exception = False
    got = {}
    for model in admin.site._registry:
        register = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        related = {
            field.name: number
            for field in (*model._meta.fields, *model._meta.many_to_many)
            if field.is_relation
        }
        got[register, "list"] = browser.get(
            reverse(f"{register}_changelist"), {"id__in": number}
        ).status_code
        got[register, "add"] = browser.post(reverse(f"{register}_add"), related).status_code
        for view in ("change", "delete", "history"):
            row = reverse(f"{register}_{view}", args=[number])
            got[register, view] = browser.get(row).status_code
            got[register, view, "post"] = browser.post(row, related).status_code
    assert {key: status for key, status in got.items() if status >= 500} == {}
