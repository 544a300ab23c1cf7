"""What the audit's tests share."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction

from audit import guard, services
from audit.models import Entry

AT = datetime(2026, 9, 15, 13, 0, 0, 5, tzinfo=UTC)


@pytest.fixture
def write() -> Callable[..., Entry]:
    """Record one thing, in a transaction of its own."""

    def record(actor: str = "staff:1", **facts: Any) -> Entry:
        row = {"verb": "meeting.plan", "object": "meetings.meeting:12"} | facts
        with transaction.atomic():
            services.record(at=AT, actor=actor, **row)
            return Entry.objects.latest("pk")

    return record


@pytest.fixture
def unguarded(db: None) -> Callable[[], AbstractContextManager[Any]]:
    """Be somebody who owns the database: a cursor with the triggers out of the way."""

    @contextmanager
    def open_up() -> Iterator[Any]:
        with connection.cursor() as cursor:
            guard.remove(cursor, connection.vendor)
            yield cursor
            guard.install(cursor, connection.vendor)

    return open_up
