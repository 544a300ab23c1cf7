"""Kinds of notice that only these tests know, and a real mail server to send to."""

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from notices import kinds, services
from notices.kinds import Draft
from notices.models import Notice
from schoolsafe.lib import clock
from tests.notices import letters
from tests.notices.sink import Sink


def known() -> set[str]:
    """The names of all that is registered."""
    everything = (*kinds.kinds(), *kinds.ladder_kinds(), *kinds.watches())
    return {one.name for one in everything}


@pytest.fixture(autouse=True)
def _own_kinds() -> Iterator[None]:
    """Register the kinds of these tests, and forget them and all that a test adds."""
    before = known()
    for kind in letters.KINDS:
        kinds.register(kind)
    letters.ANSWERED.clear()
    yield
    for name in known() - before:
        kinds.unregister(name)


@pytest.fixture
def queued() -> Callable[..., list[Notice]]:
    """Queue drafts as a room does, and return their rows in the order of the drafts."""

    def queue(*drafts: Draft) -> list[Notice]:
        with transaction.atomic():
            services.queue(drafts, now=clock.now())
        rows = {row.key: row for row in Notice.objects.filter(key__in=[d.key for d in drafts])}
        return [rows[draft.key] for draft in drafts]

    return queue


@pytest.fixture
def sink(settings: object) -> Iterator[Sink]:
    """A mail server on a port of its own; the outbox sends to it."""
    server = Sink()
    with server.running() as port:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = port
        settings.EMAIL_TIMEOUT = 1
        yield server
