"""No room left: said in words with what was typed, on the record of nobody, and over once there is room."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from psycopg import errors

from concerns.models import Attachment, Concern, Entry
from school.models import StaffMember
from schoolsafe.lib.fullness import is_full
from tests.concerns import log as make
from tests.concerns import papers
from tests.concerns.test_attachment_views import sent, text_of, upload, url
from tests.conftest import ON_POSTGRESQL

SignIn = Callable[..., Client]
LONG = "MARKERLONG " * 20_000


@pytest.fixture
def no_room(transactional_db: None) -> Iterator[Callable[[], None]]:
    """From the call on the database may not grow by a page; afterwards it may again."""
    if ON_POSTGRESQL:
        pytest.fail("this is about SQLite: run it there")
    with connection.cursor() as cursor:
        [before] = cursor.execute("PRAGMA max_page_count").fetchone()

        def fill() -> None:
            # Pages that other tests have left empty are room too.
            cursor.execute("VACUUM")
            [pages] = cursor.execute("PRAGMA page_count").fetchone()
            cursor.execute(f"PRAGMA max_page_count = {pages}")

        yield fill
        cursor.execute(f"PRAGMA max_page_count = {before}")


def typed(**changes: object) -> dict[str, object]:
    return {"key": uuid4(), "urgency": "urgent", "seen": LONG, "happened": "unknown"} | changes


def test_full_disk_keeps_a_concern_on_the_page_and_takes_it_when_there_is_room(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
    no_room: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    client, form = staff_client(host), typed()
    no_room()
    answer = client.post(reverse("concerns:log"), form)

    assert answer.status_code == 507
    page = text_of(answer)
    assert "NOT KEPT. The server has no room left" in page
    assert LONG.strip() in page
    assert str(form["key"]) in answer.content.decode()
    assert Concern.objects.count() == 0
    lines = [record.getMessage() for record in caplog.records]
    assert "The database or its disk is full: nothing can be saved." in lines
    assert "MARKER" not in caplog.text

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1000000")
    assert client.post(reverse("concerns:log"), form).status_code == 302
    assert Concern.objects.get().seen == LONG


def test_full_disk_keeps_what_was_to_be_added_or_attached(
    school_day: datetime,
    host: StaffMember,
    staff_client: SignIn,
    no_room: Callable[[], None],
) -> None:
    concern = make.log(host)
    client = staff_client(host)
    no_room()
    added = client.post(url("add", concern), {"text": LONG})
    attached = client.post(url("attach", concern), sent(upload(papers.TEXT + LONG.encode())))

    assert (added.status_code, attached.status_code) == (507, 507)
    assert LONG.strip() in text_of(added)
    assert "MARKERWORDS" in attached.content.decode()
    assert "Choose the files once more" in text_of(attached)
    assert (Entry.objects.count(), Attachment.objects.count()) == (0, 0)


def test_full_disk_on_any_other_page_is_said_and_is_no_stack_trace(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    concern = make.log(host)
    monkeypatch.setattr("concerns.services.read", full)
    answer = staff_client(lead).get(concern.get_absolute_url())
    assert answer.status_code == 507
    assert "In danger, call 999" in text_of(answer)


def full(*_: Any, **__: Any) -> None:
    raise OperationalError from errors.DiskFull("No space left on device")


def caused(by: BaseException) -> BaseException:
    fault = OperationalError("x")
    fault.__cause__ = by
    return fault


def sqlite_fault(code: int) -> sqlite3.OperationalError:
    fault = sqlite3.OperationalError("x")
    fault.sqlite_errorcode = code
    return fault


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (caused(errors.DiskFull()), True),
        (caused(sqlite_fault(sqlite3.SQLITE_FULL)), True),
        (caused(sqlite_fault(sqlite3.SQLITE_BUSY)), False),
        (OSError(28, "No space left on device"), True),
        (OSError(2, "No such file"), False),
        (caused(errors.UniqueViolation()), False),
        (OperationalError("database or disk is full"), False),
    ],
    ids=str,
)
def test_only_what_the_database_itself_says_counts(fault: BaseException, expected: bool) -> None:
    assert is_full(fault) is expected
