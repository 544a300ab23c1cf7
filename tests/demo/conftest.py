"""The demo school, loaded twice: once on a Sunday night in August, once to look at."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.db import transaction

from schoolsafe.demo.loading import load
from schoolsafe.lib import clock
from tests.demo.digest import digest

NOW = datetime(2026, 9, 15, 13, 0, tzinfo=UTC)
SUNDAY_IN_AUGUST = datetime(2027, 8, 1, 2, 13, tzinfo=UTC)


@dataclass(frozen=True)
class Demo:
    """The loaded school: when it was loaded, its letters, and what it was like on another day."""

    now: datetime
    recipients: list[str]
    on_another_day: dict[str, Any]


@contextmanager
def rolled_back() -> Iterator[None]:
    """Undo everything at the end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[Demo]:
    """One load serves every test of the module: loading is most of the time, and they only look."""
    with django_db_blocker.unblock(), rolled_back():
        # An earlier test may have emptied the database, first categories and all.
        for name in ("0002_offer_first_categories", "0011_carry_over_to_casework"):
            importlib.import_module(f"concerns.migrations.{name}").offer(apps, None)
        with rolled_back():
            load(SUNDAY_IN_AUGUST)
            with clock.standing_at(SUNDAY_IN_AUGUST):
                on_another_day = digest(SUNDAY_IN_AUGUST)
        mail.outbox = []
        load(NOW)
        recipients = [address for letter in mail.outbox for address in letter.recipients()]
        with clock.standing_at(NOW):
            yield Demo(now=NOW, recipients=recipients, on_another_day=on_another_day)
