"""No number of a row that hangs on a concern stands on a page: a gap would tell of a hidden one (E8)."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import AutoField, BigAutoField, Model
from django.test import Client
from django.urls import URLPattern, get_resolver, resolve, reverse
from django.urls.converters import IntConverter

from audit.models import Entry
from concerns import policy, services, urls
from concerns.apps import CODES
from concerns.models import Agency, Category, Involved, Outcome
from school.models import StaffMember
from schoolsafe.lib.codes import code_of
from tests import factories
from tests.access import concerns
from tests.access.table import Facts
from tests.concerns import log as make
from tests.test_access import cast, facts

__all__ = ["cast", "facts"]

# Lists that a migration fills: the same for every school, and for everybody.
LISTS = (Agency, Category, Outcome)
PLAIN = re.compile(r"77[0-9]{2}000[0-9]{3}")
# Where the team looks beside the pages of the room.
RECORDS = ("admin:concerns_concern_changelist", "audit_reader")


def hanging() -> Iterator[type[Model]]:
    """The tables of this room whose rows come with concerns."""
    for model in apps.get_app_config("concerns").get_models():
        if model not in LISTS and isinstance(model._meta.pk, AutoField | BigAutoField):
            yield model


def number_on_sqlite(cursor: Any, model: type[Model], place: int) -> None:
    cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
    cursor.execute("INSERT INTO sqlite_sequence VALUES (%s, %s)", [model._meta.db_table, place])


def number_on_postgresql(cursor: Any, model: type[Model], place: int) -> None:
    # It counts on from there after the test too: no other test knows where a table begins.
    column = model._meta.pk.column
    begin = "SELECT setval(pg_get_serial_sequence(%s, %s), %s)"
    cursor.execute(begin, [model._meta.db_table, column, place])


NUMBERING = {"sqlite": number_on_sqlite, "postgresql": number_on_postgresql}


@pytest.fixture
def far_numbers(db: None) -> None:
    """Let the rows of each table be numbered from a place of its own, where nothing else counts."""
    with connection.cursor() as cursor:
        for place, model in zip(count(7_700_000_000, 1_000_000), hanging(), strict=False):
            NUMBERING[connection.vendor](cursor, model, place)


def text_of(answer: Any) -> str:
    """An answer with its headers."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{answer.headers}\n{content.decode('utf-8', 'replace')}"


@pytest.mark.parametrize("who", ["host", "deputy", "lead", "head"])
def test_no_number_of_a_row_stands_on_any_page(
    who: str, far_numbers: None, facts: Facts, staff_client: Callable[..., Client]
) -> None:
    assert PLAIN.search(str(Involved.objects.latest("pk").pk)), "the numbers are not told apart"
    browser = staff_client(facts[who])
    browser.raise_request_exception = False
    shown, found = 0, {}
    for key, page in concerns.ACCESS.items():
        address = reverse(key.split()[-1], kwargs=page.args(facts))
        ask = browser.post if key.startswith("POST") else browser.get
        answer = ask(address)
        shown += answer.status_code == 200
        if numbers := set(PLAIN.findall(address + text_of(answer))):
            found[key] = numbers
    for name in RECORDS:
        if numbers := set(PLAIN.findall(text_of(browser.get(reverse(name))))):
            found[name] = numbers
    assert shown > 5
    assert found == {}


def test_no_entry_of_the_audit_names_what_hangs_on_a_concern_by_its_number(
    far_numbers: None,
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: Callable[..., Client],
) -> None:
    concern = make.log(host, make.child(factories.make_pupil()))
    services.acknowledge(concern, by=lead)
    services.hold(concern, by=lead, why=policy.HoldWhy.POLICE, reasons="They asked.")
    services.add_task(concern, by=lead, what="Ring", owner=lead, due_on=school_day.date())
    noted = [entry for entry in Entry.objects.all() if {"hold", "task"} & entry.detail.keys()]
    assert len(noted) == 2
    client = staff_client(head)
    for entry in noted:
        answer = client.get(reverse("audit_reader"), {"record": entry.object, "verb": entry.verb})
        assert answer.status_code == 200
        assert answer.context["piece"].lines != []
        assert PLAIN.findall(text_of(answer)) == []


def test_a_concern_between_two_others_cannot_be_told_from_their_pages(
    far_numbers: None,
    school_day: object,
    host: StaffMember,
    deputy: StaffMember,
    staff_client: Callable[..., Client],
) -> None:
    amy = make.child(factories.make_pupil("Amy", "Adams"))
    first = make.log(host, amy)
    make.log(host, amy, make.accused(deputy))
    second = make.log(host, amy)
    client, pages = staff_client(deputy), []
    for concern in (first, second):
        row = concern.involved.get()
        moving = reverse("concerns:move_pupil", args=[concern.reference, row.pk])
        assert str(row.pk) not in moving
        for address in (concern.get_absolute_url(), moving):
            answer = client.get(address)
            assert answer.status_code == 200
            pages.append(text_of(answer))
    assert PLAIN.findall("".join(pages)) == []


def test_a_code_of_a_row_leads_nowhere_else(
    school_day: object, host: StaffMember, lead: StaffMember, staff_client: Callable[..., Client]
) -> None:
    concern = make.log(host, make.child(factories.make_pupil()))
    row = concern.involved.get()
    here = reverse("concerns:move_pupil", args=[concern.reference, row.pk])
    code = code_of(Involved._meta.db_table, row.pk)
    client = staff_client(lead)
    assert client.get(here).status_code == 200
    for other in (str(row.pk), code[::-1], code_of("concerns_entry", row.pk), code[:-1]):
        assert client.get(here.replace(code, other)).status_code == 404, other


def test_only_pupils_stand_by_their_number_in_addresses_of_the_room() -> None:
    get_resolver()
    numbered = {
        str(one.pattern).split("<")[0]
        for one in urls.urlpatterns
        if isinstance(one, URLPattern)
        and any(isinstance(kind, IntConverter) for kind in one.pattern.converters.values())
    }
    assert numbered == {"pupils/"}


def test_every_code_is_of_a_table_of_the_room() -> None:
    assert set(CODES.values()) <= {model._meta.db_table for model in hanging()}
    address = reverse("concerns:settle", args=["ABCDEFGH", 7])
    assert resolve(address).kwargs["pk"] == 7
