"""A provider's rate, urgent letters before bulk, and a slow provider."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail

from notices import forecast, kinds, services
from notices.models import Notice, Provider
from schoolsafe.lib import clock
from tests.notices import letters
from tests.notices.letters import ALERT, REQUEST, draft

pytestmark = pytest.mark.django_db

Queue = Callable[..., list[Notice]]
SetClock = Callable[[datetime], time_machine.Traveller]
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _exchange(settings: Any) -> None:
    settings.MAIL_RATE_PER_MINUTE = 30
    settings.MAIL_PROVIDER = "exchange"


def sent() -> int:
    return Notice.objects.filter(state="sent").count()


def test_six_hundred_letters_leave_at_the_providers_pace(
    school_day: datetime, queued: Queue
) -> None:
    queued(*(draft(REQUEST, f"k{number}", at=school_day) for number in range(120)))
    finish = forecast.expected_finish(school_day)
    assert finish is not None
    seen, now = [], school_day
    while sent() < 120:
        services.run_due(now)
        seen.append((now, sent()))
        now += 3 * SECOND
    for at, count in seen:
        before = max((c for a, c in seen if a <= at - timedelta(minutes=1)), default=0)
        assert count - before <= 30
    assert abs(seen[-1][0] - finish) < timedelta(seconds=15)


def test_urgent_letter_leaves_at_once_though_bulk_has_used_up_the_rate(
    school_day: datetime, queued: Queue
) -> None:
    queued(*(draft(REQUEST, f"k{number}", at=school_day) for number in range(600)))
    for step in range(20):
        report = services.run_due(school_day + 3 * step * SECOND)
    assert report.waiting
    now = school_day + timedelta(minutes=1)
    queued(*(draft(ALERT, f"urgent{number}", at=now) for number in range(4)))
    services.run_due(now)
    services.run_due(now + 3 * SECOND)
    assert Notice.objects.filter(kind="test_alert", state="sent").count() == 4
    assert Notice.objects.filter(state="due").count() > 500


def test_letters_that_did_not_leave_cost_nothing(school_day: datetime, queued: Queue) -> None:
    queued(*(draft(ALERT, f"k{number}", at=school_day, about="x:1") for number in range(5)))
    letters.ANSWERED.add("x:1")
    services.run_due(school_day)
    assert Provider.objects.get().tokens == 5
    assert mail.outbox == []


def test_urgent_letter_overtakes_a_batch_at_a_slow_provider(
    school_day: datetime, queued: Queue, clock_at: SetClock
) -> None:
    """Each letter takes two seconds; the urgent one is queued while the third is written."""
    written: list[str] = []

    def slow(notice: Notice, contact: Any, now: datetime) -> kinds.Letter:
        written.append(notice.key)
        if len(written) == 3:
            services.queue([draft(ALERT, "urgent", at=clock.now())], now=clock.now())
        clock_at(clock.now() + 2 * SECOND)
        return kinds.Letter(subject="s", text="t")

    kinds.register(letters.kind("test_slow", kinds.Urgency.BULK, compose=slow))
    slow_kind = kinds.kind("test_slow")
    queued(*(draft(slow_kind, f"k{number}", at=school_day) for number in range(20)))
    Provider.objects.create(name="exchange", tokens=5, filled_at=school_day)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.MAIL_RATE_PER_MINUTE", 0)
        services.run_due(school_day)
    order = [message.to[0].partition("@")[0] for message in mail.outbox]
    assert order[:4] == ["k0", "k1", "k2", "urgent"]
    urgent = Notice.objects.get(key="urgent")
    assert urgent.ended_at is not None
    assert urgent.ended_at - urgent.queued_at <= 10 * SECOND
    assert Notice.objects.filter(state="sending").count() == 0


def test_run_ends_by_itself_and_says_there_is_more(
    school_day: datetime, queued: Queue, clock_at: SetClock, settings: Any
) -> None:
    settings.MAIL_RATE_PER_MINUTE = 0

    def slow(notice: Notice, contact: Any, now: datetime) -> kinds.Letter:
        clock_at(clock.now() + 2 * SECOND)
        return kinds.Letter(subject="s", text="t")

    kinds.register(letters.kind("test_slow", kinds.Urgency.BULK, compose=slow))
    queued(*(draft(kinds.kind("test_slow"), f"k{n}", at=school_day) for n in range(50)))
    report = services.run_due(school_day)
    assert report.again
    assert Notice.objects.filter(state="sending").count() == 0


def test_asked_to_stop_it_finishes_the_letter_in_hand_and_gives_back_the_rest(
    school_day: datetime, queued: Queue, settings: Any
) -> None:
    settings.MAIL_RATE_PER_MINUTE = 0
    queued(*(draft(REQUEST, f"k{number}", at=school_day) for number in range(20)))
    report = services.run_due(school_day, should_stop=lambda: len(mail.outbox) >= 3)
    assert report.sent == 3
    assert Notice.objects.filter(state="due", leased_until=None).count() == 17
