"""A tenant of Microsoft Entra ID that signs people in, and ways to come from there."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from school.models import StaffMember
from schoolsafe.entra import ties
from tests.sso.entra import FakeEntra

HELEN = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def entra(settings: Any, school_day: datetime) -> Iterator[FakeEntra]:
    """The school's tenant, switched on; the clock stands at a school day."""
    with FakeEntra().running() as running:
        settings.ENTRA = running.settings()
        yield running


@pytest.fixture
def tied(host: StaffMember, head: StaffMember, entra: FakeEntra) -> StaffMember:
    """The host, whom the headteacher has tied to her Microsoft account."""
    return tie(host, by=head)


def tie(person: StaffMember, *, by: StaffMember, object_id: str = HELEN) -> StaffMember:
    """Tie somebody the way the page does."""
    ties.tie(person, by=by, object_id=UUID(object_id))
    person.refresh_from_db()
    return person


def come(client: Client, entra: FakeEntra, *, next_: str = "", **person: str) -> HttpResponse:
    """Press the button, sign in at Microsoft, come back; return the page one gets then."""
    sent = client.get(reverse("entra_start"), {"next": next_} if next_ else {})
    assert sent.status_code == 302, sent.content.decode()
    back = entra.sign_in(sent.headers["Location"], **({"oid": HELEN} | person))
    return client.get(back.removeprefix("http://localhost:8000"))


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session
