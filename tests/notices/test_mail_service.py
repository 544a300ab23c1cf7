"""Sending through a mail service's own interface, and what it may answer."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from notices import services
from notices.models import Delivery, Notice, Provider
from notices.policy import Fate
from notices.services.news import News, hear
from tests.notices.letters import REQUEST, draft
from tests.notices.notify import FakeNotify

pytestmark = pytest.mark.django_db

Queue = Callable[..., list[Notice]]
MINUTE = timedelta(minutes=1)
TAKEN = {
    "ErrorCode": 0,
    "Message": "OK",
    "MessageID": "0a129aee-e1cd-480d-b08d-4f48548ff48d",
    "SubmittedAt": "2026-09-15T13:00:00Z",
    "To": "a@family.example",
}
INACTIVE = (
    "You tried to send to recipients that have been marked as inactive.\n"
    "Found inactive addresses: a@family.example.\n"
    "Inactive recipients are ones that have generated a hard bounce."
)


@pytest.fixture
def postmark(settings: Any) -> Iterator[FakeNotify]:
    """Postmark on a port of its own; letters go to it."""
    fake = FakeNotify()
    with fake.running() as url:
        settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
        settings.MAIL_PROVIDER = "postmark"
        settings.ANYMAIL = {
            "POSTMARK_SERVER_TOKEN": "t",
            "POSTMARK_API_URL": f"{url}/",
            "REQUESTS_TIMEOUT": 0.5,
        }
        yield fake


def state() -> tuple[str, list[str]]:
    outcomes = list(Delivery.objects.order_by("pk").values_list("outcome", flat=True))
    return Notice.objects.get().state, outcomes


def test_letter_goes_through_the_service_and_is_known_by_its_name(
    school_day: datetime, queued: Queue, postmark: FakeNotify
) -> None:
    postmark.answers = [(200, TAKEN)]
    queued(draft(REQUEST, "a", at=school_day))
    services.run_due(school_day)
    assert state() == ("sent", ["accepted"])
    assert Delivery.objects.get().sent_as == TAKEN["MessageID"]
    told = News(sent_as=str(TAKEN["MessageID"]), fate=Fate.FULL, event="e")
    assert hear([told], now=school_day) == 1
    assert Notice.objects.get().fate == "full"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (500, {"Message": "internal"}, ("due", ["temporary"])),
        (503, b"busy", ("due", ["temporary"])),
        (422, {"ErrorCode": 300, "Message": "Invalid email request"}, ("failed", ["permanent"])),
        (422, {"ErrorCode": 406, "Message": INACTIVE}, ("failed", ["permanent"])),
        (401, {"ErrorCode": 10, "Message": "Bad or missing token"}, ("due", [])),
        (429, {"Message": "slow down"}, ("due", [])),
        (200, b"no json", ("due", ["unknown"])),
    ],
)
def test_what_a_mail_service_answers_is_sorted_like_a_mail_servers(
    status: int,
    body: object,
    expected: tuple[str, list[str]],
    school_day: datetime,
    queued: Queue,
    postmark: FakeNotify,
) -> None:
    postmark.answers = [(status, body)]
    queued(draft(REQUEST, "a", at=school_day))
    services.run_due(school_day)
    assert state() == expected
    assert (Provider.objects.get().faults > 0) == (expected == ("due", []))


def test_mail_service_that_is_away_costs_no_letter_a_try(
    school_day: datetime, queued: Queue, postmark: FakeNotify, settings: Any
) -> None:
    settings.ANYMAIL = settings.ANYMAIL | {"POSTMARK_API_URL": "http://127.0.0.1:9/"}
    queued(draft(REQUEST, "a", at=school_day))
    services.run_due(school_day)
    assert state() == ("due", [])
    assert Notice.objects.get().failures == 0


def test_mail_service_that_freezes_is_given_up_and_the_letter_goes_again(
    school_day: datetime, queued: Queue, postmark: FakeNotify
) -> None:
    postmark.silent.set()
    queued(draft(REQUEST, "a", at=school_day))
    services.run_due(school_day)
    assert state() == ("due", ["unknown"])
    postmark.silent.clear()
    postmark.answers = [(200, TAKEN)]
    services.run_due(school_day + MINUTE)
    assert state() == ("sent", ["unknown", "accepted"])
