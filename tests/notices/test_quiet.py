"""Families are left in peace at night, unless it cannot wait; staff are not part of it."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from notices import forecast, kinds, services
from notices.models import Notice
from school.models import School
from tests import factories
from tests.notices import letters
from tests.notices.letters import draft

pytestmark = pytest.mark.django_db

Queue = Callable[..., list[Notice]]
LONDON = ZoneInfo("Europe/London")
NIGHT = datetime(2026, 9, 15, 21, 0, tzinfo=LONDON)
MORNING = datetime(2026, 9, 16, 7, 30, tzinfo=LONDON)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _kinds(school: School, clock_at: Any) -> None:
    kinds.register(letters.kind("test_waits", kinds.Urgency.BULK, waits=True))
    clock_at(NIGHT)


def to_family(key: str, kind: str = "test_waits", **facts: Any) -> kinds.Draft:
    pupil = factories.make_pupil()
    guardian = factories.make_guardian(pupil, email=f"{key}@family.example")
    return draft(
        kinds.kind(kind), key, at=facts.pop("at", NIGHT), guardian_id=guardian.pk,
        pupil_ids=(pupil.pk,), **facts,
    )  # fmt: skip


def sent() -> list[str]:
    return sorted(letter.to[0].partition("@")[0] for letter in mail.outbox)


def test_message_that_can_wait_leaves_in_the_morning(queued: Queue) -> None:
    queued(to_family("a"))
    report = services.run_due(NIGHT)
    assert (sent(), report.waiting) == ([], True)
    assert forecast.waiting_for_morning(NIGHT) == forecast.Waiting(count=1, next_try=MORNING)
    assert not services.run_due(NIGHT + SECOND).waiting
    services.run_due(MORNING - SECOND)
    assert sent() == []
    services.run_due(MORNING)
    assert sent() == ["a"]


def test_message_that_is_of_no_use_in_the_morning_leaves_at_once(queued: Queue) -> None:
    queued(
        to_family("early", needed_by=MORNING - SECOND),
        to_family("late", needed_by=MORNING + timedelta(hours=2)),
        to_family("asked", kind="test_alert"),
    )
    services.run_due(NIGHT)
    assert sent() == ["asked", "early"]
    services.run_due(MORNING)
    assert sent() == ["asked", "early", "late"]


def test_staff_and_fixed_addresses_get_theirs_at_any_hour(queued: Queue) -> None:
    staff = factories.make_staff("Helen")
    queued(
        draft(kinds.kind("test_waits"), "s", at=NIGHT, staff_id=staff.pk),
        draft(kinds.kind("test_waits"), "f", at=NIGHT),
    )
    services.run_due(NIGHT)
    assert len(mail.outbox) == 2


def test_schools_own_hours_hold(queued: Queue) -> None:
    School.objects.update(quiet_from=time(22), quiet_until=time(6))
    queued(to_family("a"))
    services.run_due(NIGHT)
    assert sent() == ["a"]
    School.objects.update(quiet_from=time(0), quiet_until=time(0))
    queued(to_family("b"))
    services.run_due(NIGHT + timedelta(hours=4))
    assert sent() == ["a", "b"]


def test_message_tried_again_waits_for_the_morning_too(queued: Queue) -> None:
    queued(to_family("a", at=NIGHT - timedelta(hours=2)))
    Notice.objects.update(failures=3, try_at=NIGHT)
    services.run_due(NIGHT)
    assert sent() == []
    assert Notice.objects.get().try_at == MORNING


@pytest.mark.parametrize(
    ("night", "morning"),
    [
        ((2026, 3, 28, 22), (2026, 3, 29, 6, 30)),
        ((2026, 10, 24, 22), (2026, 10, 25, 7, 30)),
    ],
)
def test_morning_after_a_clock_change_is_half_past_seven_on_the_wall(
    night: tuple[int, ...], morning: tuple[int, ...], queued: Queue, clock_at: Any
) -> None:
    """In UTC: an hour earlier in summer time."""
    at = datetime(*night, tzinfo=LONDON)
    clock_at(at)
    queued(to_family("a", at=at))
    services.run_due(at)
    assert Notice.objects.get().try_at == datetime(*morning, tzinfo=ZoneInfo("UTC"))


def test_kinds_that_wait_are_those_to_families_that_can() -> None:
    mine = {name for name in kinds.waiting() if not name.startswith("test_")}
    assert mine == {
        "consent_request", "consent_notice", "consent_reminder", "consent_changed",
        "meeting_join_link", "meeting_entry_gone",
    }  # fmt: skip
