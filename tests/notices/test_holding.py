"""After a restore: what was due to families waits for a person, and nobody hides that it does."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from notices import selectors, services
from notices.models import Notice
from notices.policy import HELD, HELD_IS_SAID_FOR, State
from school.models import StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.notices.letters import ALERT, REMINDER, SECRET, draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(
    school_day: datetime, host: StaffMember, queued: Callable[..., list[Notice]]
) -> list[Notice]:
    """A family's letters, due, in hand and for tomorrow; an alert to staff, and one about a concern."""
    now = clock.now()
    maya = factories.make_pupil("Maya", "Okafor")
    mum = factories.make_guardian(maya, name="Amina Okafor", email="amina@family.example")
    to_mum: dict[str, Any] = {"guardian_id": mum.pk, "pupil_ids": (maya.pk,)}
    rows = queued(
        draft(REMINDER, "due", at=now, **to_mum),
        draft(REMINDER, "in hand", at=now, **to_mum),
        draft(REMINDER, "tomorrow", at=now + timedelta(days=1), **to_mum),
        draft(ALERT, "staff", at=now, staff_id=host.pk),
        draft(SECRET, "concern", at=now, **to_mum),
    )
    Notice.objects.filter(key="in hand").update(
        state=State.SENDING.value, leased_until=now, handed_at=now
    )
    return rows


def states() -> dict[str, str]:
    return dict(Notice.objects.values_list("key", "state"))


def test_hold_keeps_back_what_families_may_have_had_and_nothing_else(waiting: Any) -> None:
    assert services.hold(restored_at=clock.now() + timedelta(hours=1)) == 2
    assert states() == {
        "due": "failed",
        "in hand": "failed",
        "tomorrow": "due",
        "staff": "due",
        "concern": "due",
    }
    held = Notice.objects.filter(why=HELD)
    assert {row.key for row in held} == {"due", "in hand"}
    assert selectors.held(clock.now() + timedelta(hours=1)) == 2


def test_held_message_is_sent_by_a_person_and_only_then(
    waiting: list[Notice], office: StaffMember, mailbox: Any
) -> None:
    services.hold(restored_at=clock.now())
    subjects = [letter.subject for letter in mailbox()]
    assert sorted(subjects) == ["About tests.thing:concern", "About tests.thing:staff"]
    assert states()["due"] == "failed"
    services.send_again(waiting[0], by=office)
    mailbox()
    assert states()["due"] == "sent"
    assert selectors.held(clock.now()) == 1


def test_outbox_says_that_messages_are_held_for_a_fortnight(
    waiting: Any, office: StaffMember, it_superuser: StaffMember, staff_client: Any, clock_at: Any
) -> None:
    sentence = "messages are held, because the database was restored from a backup."
    services.beat("once", now=clock.now())
    assert sentence not in staff_client(office).get("/outbox/").content.decode()
    services.hold(restored_at=clock.now())
    page = staff_client(office).get("/outbox/").content.decode()
    assert f"2 {sentence}" in page
    assert "It was due before the database was restored from a backup" in page
    assert f"2 {sentence}" in staff_client(it_superuser).get("/outbox/").content.decode()
    clock_at(clock.now() + HELD_IS_SAID_FOR)
    assert selectors.held(clock.now()) == 0
