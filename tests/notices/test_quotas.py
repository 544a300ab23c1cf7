"""A provider's day: what is more waits for the next one, urgent messages go, and people see it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from notices import forecast, selectors, services
from notices.models import Notice, Provider
from school.models import StaffMember
from schoolsafe.lib import clock
from tests.notices.letters import ALERT, REQUEST, draft

pytestmark = pytest.mark.django_db

Queue = Callable[..., list[Notice]]
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _small_day(settings: Any) -> None:
    """A hundred messages a day, five of them kept for urgent ones, and no rate."""
    settings.MAIL_DAILY_QUOTA = 100
    settings.MAIL_PROVIDER = "exchange"


def left(kind: str = "test_request") -> int:
    return Notice.objects.filter(kind=kind, state="sent").count()


def test_quota_of_a_day_holds_and_the_rest_leaves_when_the_day_turns(
    school_day: datetime, queued: Queue
) -> None:
    queued(*(draft(REQUEST, f"k{n}", at=school_day) for n in range(120)))
    report = services.run_due(school_day)
    assert (left(), report.waiting) == (95, True)
    evening = clock.at(clock.local(school_day).date(), datetime(2026, 1, 1, 23, 59).time())  # noqa: DTZ001 - a time of day
    services.run_due(evening)
    assert left() == 95
    services.run_due(evening + MINUTE)
    assert left() == 120
    assert Provider.objects.get().counted == 25


def test_urgent_messages_have_what_is_kept_for_them(school_day: datetime, queued: Queue) -> None:
    queued(*(draft(REQUEST, f"k{n}", at=school_day) for n in range(120)))
    services.run_due(school_day)
    queued(*(draft(ALERT, f"urgent{n}", at=school_day) for n in range(7)))
    services.run_due(school_day)
    assert (left(), left("test_alert")) == (95, 5)


def test_messages_that_did_not_leave_are_not_counted(school_day: datetime, queued: Queue) -> None:
    queued(*(draft(REQUEST, f"k{n}", at=school_day) for n in range(30)))
    Notice.objects.filter(key__in=[f"k{n}" for n in range(10)]).update(unwanted="cancelled")
    services.run_due(school_day)
    assert (left(), Provider.objects.get().counted) == (20, 20)


def test_used_up_day_is_seen_by_the_health_check_and_on_the_page(
    school_day: datetime, queued: Queue, office: StaffMember, staff_client: Callable[..., Client]
) -> None:
    queued(*(draft(REQUEST, f"k{n}", at=school_day) for n in range(120)))
    services.run_due(school_day)
    reasons = selectors.health(school_day).reasons
    assert reasons == ("no more messages today: the provider's daily quota is used up",)
    page = staff_client(office).get("/outbox/").content.decode()
    assert "The provider takes no more messages today." in page


def test_finish_is_told_with_the_day_turning(school_day: datetime, queued: Queue) -> None:
    queued(*(draft(REQUEST, f"k{n}", at=school_day) for n in range(120)))
    services.run_due(school_day)
    finish = forecast.expected_finish(school_day)
    assert finish is not None
    assert clock.in_words(finish) == "Wednesday 16 September, 12:00 am"


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, ""),
        (1, "1 message, it will be out at about 2:01 pm."),
        (600, "600 messages, the last will be out at about 2:24 pm."),
        (1234, "1,234 messages, the last will be out at about 2:50 pm."),
        (
            9600,
            "9,600 messages, the last will be out at about Wednesday 16 September, 12:04 am.",
        ),
    ],
)
def test_finish_is_told_in_words_before_a_person_presses(
    count: int, words: str, school_day: datetime, school: object, settings: Any
) -> None:
    settings.MAIL_RATE_PER_MINUTE, settings.MAIL_DAILY_QUOTA = 30, 10_000
    assert forecast.in_words(count, school_day) == words


def test_finish_in_the_quiet_hours_counts_from_the_morning(
    school_day: datetime, school: object, settings: Any
) -> None:
    settings.MAIL_RATE_PER_MINUTE, settings.MAIL_DAILY_QUOTA = 30, 10_000
    evening = school_day + timedelta(hours=7)
    assert forecast.in_words(600, evening) == (
        "600 messages, the last will be out at about Wednesday 16 September, 7:54 am."
    )


def test_each_provider_has_its_own_day(school_day: datetime, queued: Queue, settings: Any) -> None:
    Provider.objects.create(
        name="notify", filled_at=school_day, counted=500, counted_on=school_day.date()
    )
    queued(*(draft(REQUEST, f"k{n}", at=school_day) for n in range(10)))
    services.run_due(school_day)
    assert left() == 10
