"""Graph is on, the host is known to Microsoft, and a fake Microsoft answers on a port of its own."""

from collections.abc import Iterator
from typing import Any

import pytest

from school.models import StaffMember
from tests.meetings.calls import ORGANISER
from tests.meetings.graph.fake import FakeGraph, a_user


@pytest.fixture
def graph(settings: Any) -> Iterator[FakeGraph]:
    """Microsoft, in reach."""
    with FakeGraph().running() as fake:
        settings.GRAPH = fake.settings()
        yield fake


@pytest.fixture
def known_host(host: StaffMember) -> StaffMember:
    """The host, with her Entra object id on record."""
    StaffMember.objects.filter(pk=host.pk).update(entra_id=ORGANISER)
    host.refresh_from_db()
    return host


@pytest.fixture
def known_co_host(co_host: StaffMember) -> StaffMember:
    """The second adult, with an Entra object id on record."""
    StaffMember.objects.filter(pk=co_host.pk).update(entra_id=a_user())
    co_host.refresh_from_db()
    return co_host
