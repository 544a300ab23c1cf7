"""What a real mail server may answer, and what follows."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notices import kinds, selectors, services
from notices.models import Delivery, Notice, Provider
from notices.policy import RETRY_AFTER
from tests import factories
from tests.notices import letters
from tests.notices.letters import ALERT, REQUEST, draft
from tests.notices.sink import Sink

pytestmark = pytest.mark.django_db

Queue = Callable[..., list[Notice]]
MINUTE = timedelta(minutes=1)


def states() -> dict[str, str]:
    return dict(Notice.objects.values_list("key", "state"))


def outcomes() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("outcome", flat=True))


@contextmanager
def deaf_server() -> Iterator[int]:
    """A server that takes the call and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_batch_shares_one_connection(school_day: datetime, queued: Queue, sink: Sink) -> None:
    queued(*(draft(REQUEST, f"k{number}", at=school_day) for number in range(45)))
    services.run_due(school_day)
    assert len(sink.letters) == 45
    assert sink.connections == 1
    assert len(set(sink.message_ids)) == 45


def test_refused_address_fails_alone_and_at_once(
    school_day: datetime, queued: Queue, sink: Sink
) -> None:
    sink.rcpt_answers["b@family.example"] = ["550 5.1.1 no such user"]
    queued(*(draft(REQUEST, key, at=school_day) for key in "abc"))
    report = services.run_due(school_day)
    assert states() == {"a": "sent", "b": "failed", "c": "sent"}
    assert (report.sent, report.failed) == (2, 1)
    assert Notice.objects.get(key="b").why == "550 5.1.1 no such user"
    assert sorted(outcomes()) == ["accepted", "accepted", "permanent"]


def test_letter_refused_after_its_text_fails_alone(
    school_day: datetime, queued: Queue, sink: Sink
) -> None:
    sink.data_answers = ["554 5.7.1 not wanted here"]
    queued(*(draft(REQUEST, key, at=school_day) for key in "ab"))
    services.run_due(school_day)
    assert states() == {"a": "failed", "b": "sent"}


def test_temporary_refusal_is_tried_after_1_5_15_60_minutes(
    school_day: datetime, queued: Queue, sink: Sink
) -> None:
    sink.rcpt_answers["a@family.example"] = ["450 try later"] * 5 + ["250 OK"]
    [notice] = queued(draft(REQUEST, "a", at=school_day))
    now, waits = school_day, []
    for _ in range(5):
        services.run_due(now)
        notice.refresh_from_db()
        waits.append((notice.try_at - now) // MINUTE)
        services.run_due(notice.try_at - timedelta(seconds=1))
        now = notice.try_at
    assert waits == [1, 5, 15, 60, 60]
    assert outcomes() == ["temporary"] * 5
    sink.rcpt_answers.clear()
    services.run_due(now)
    assert states() == {"a": "sent"}


def test_temporary_refusal_for_a_day_becomes_a_failure_that_its_room_hears_of(
    school_day: datetime, queued: Queue, sink: Sink
) -> None:
    told: list[str] = []
    kinds.register(
        letters.kind(
            "test_told", kinds.Urgency.NOW, on_failed=lambda notice, now: told.append(notice.key)
        )
    )
    sink.rcpt_answers["a@family.example"] = ["450 try later"]
    [notice] = queued(draft(kinds.kind("test_told"), "a", at=school_day))
    for _ in RETRY_AFTER:
        services.run_due(notice.try_at)
        notice.refresh_from_db()
    assert (notice.state, told) == ("due", [])
    services.run_due(notice.try_at)
    assert (states(), told) == ({"a": "failed"}, ["a"])


def test_line_that_drops_after_the_text_repeats_the_same_bytes(
    school_day: datetime, queued: Queue, sink: Sink
) -> None:
    sink.drops_after_data = 1
    queued(draft(REQUEST, "a", at=school_day), draft(REQUEST, "b", at=school_day))
    services.run_due(school_day)
    assert states() == {"a": "due", "b": "sent"}
    services.run_due(school_day + MINUTE)
    first, _, again = sink.letters
    assert first == again
    assert "13:00:00" in again.decode() or "MTM6MDA6MDA" in again.decode() or b"written" in again
    assert states() == {"a": "sent", "b": "sent"}
    assert outcomes() == ["unknown", "accepted", "accepted"]


def test_repeat_after_an_answered_question_is_not_sent(
    school_day: datetime, queued: Queue, sink: Sink
) -> None:
    sink.drops_after_data = 1
    [notice] = queued(draft(REQUEST, "a", at=school_day))
    services.run_due(school_day)
    letters.ANSWERED.add(notice.about)
    services.run_due(school_day + MINUTE)
    assert states() == {"a": "dropped"}
    assert len(sink.letters) == 1


def test_e44_repeat_names_no_child_that_may_no_longer_be_named(
    school_day: datetime, queued: Queue, sink: Sink, school: object
) -> None:
    one, other = factories.make_pupil(), factories.make_pupil()
    guardian = factories.make_guardian(one, other)
    sink.drops_after_data = 1
    queued(
        draft(REQUEST, "a", at=school_day, guardian_id=guardian.pk, pupil_ids=(one.pk, other.pk))
    )
    services.run_due(school_day)
    type(other).objects.filter(pk=other.pk).update(is_contact_suspended=True)
    services.run_due(school_day + MINUTE)
    first, again = (raw.decode() for raw in sink.letters)
    assert f"family of {one.pk}, {other.pk}" in first
    assert f"family of {one.pk}," in again
    assert f"{one.pk}, {other.pk}" not in again


def test_repeat_goes_to_the_address_of_today(
    school_day: datetime, queued: Queue, sink: Sink, school: object
) -> None:
    pupil = factories.make_pupil()
    guardian = factories.make_guardian(pupil)
    sink.drops_after_data = 1
    queued(draft(REQUEST, "a", at=school_day, guardian_id=guardian.pk, pupil_ids=(pupil.pk,)))
    services.run_due(school_day)
    type(guardian).objects.filter(pk=guardian.pk).update(email="new@family.example")
    services.run_due(school_day + MINUTE)
    assert sink.recipients == [guardian.email, "new@family.example"]
    assert sink.message_ids[0] == sink.message_ids[1]


def test_server_that_wants_a_new_connection_gets_one_and_nobody_waits(
    school_day: datetime, queued: Queue, sink: Sink
) -> None:
    queued(*(draft(REQUEST, key, at=school_day) for key in "ab"))
    taken = sink.handle_DATA

    async def then_tired(*args: Any) -> str:
        answer = await taken(*args)
        if len(sink.letters) == 1:
            sink.mail_answers = ["421 4.7.0 too many messages on this connection"]
        return answer

    sink.handle_DATA = then_tired  # type: ignore[method-assign]
    services.run_due(school_day)
    assert states() == {"a": "sent", "b": "sent"}
    assert sink.connections == 2


def test_server_that_refuses_our_own_address_costs_no_letter_a_try(
    school_day: datetime, queued: Queue, sink: Sink
) -> None:
    sink.mail_answers = ["550 5.7.60 not permitted to send as this sender"]
    queued(*(draft(REQUEST, key, at=school_day) for key in "ab"))
    report = services.run_due(school_day)
    assert (report.waiting, states()) == (True, {"a": "due", "b": "due"})
    provider = Provider.objects.get()
    assert provider.fault == "550 5.7.60 not permitted to send as this sender"
    services.run_due(school_day + timedelta(seconds=4))
    assert states() == {"a": "due", "b": "due"}
    services.run_due(school_day + timedelta(seconds=5))
    assert states() == {"a": "sent", "b": "sent"}
    assert outcomes() == ["accepted", "accepted"]
    provider.refresh_from_db()
    assert (provider.faults, provider.fault, provider.paused_until) == (0, "", None)


@pytest.mark.parametrize("kind_of_silence", ["refuses", "says nothing"])
def test_server_away_for_hours_costs_no_try_and_is_found_within_a_minute(
    kind_of_silence: str, school_day: datetime, queued: Queue, sink: Sink, settings: Any
) -> None:
    good = settings.EMAIL_PORT
    settings.EMAIL_TIMEOUT = 0.2
    queued(draft(ALERT, "a", at=school_day), draft(REQUEST, "b", at=school_day))
    with deaf_server() as deaf:
        settings.EMAIL_PORT = deaf if kind_of_silence == "says nothing" else closed_port()
        for seconds in (0, 5, 20, 50, 110, 170):
            services.run_due(school_day + timedelta(seconds=seconds))
    assert states() == {"a": "due", "b": "due"}
    assert Notice.objects.filter(failures=0, leased_until=None).count() == 2
    health = selectors.health(school_day + timedelta(hours=3))
    assert "messages overdue by more than fifteen minutes" in health.reasons
    assert health.due == 2
    settings.EMAIL_PORT = good
    services.run_due(school_day + timedelta(seconds=230))
    assert states() == {"a": "sent", "b": "sent"}


def test_server_that_stalls_in_the_middle_is_given_up_after_the_timeout(
    school_day: datetime, queued: Queue, sink: Sink, settings: Any
) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    sink.answer_data.clear()
    queued(draft(REQUEST, "a", at=school_day))
    services.run_due(school_day)
    assert (states(), outcomes()) == ({"a": "due"}, ["unknown"])
    sink.answer_data.set()
    services.run_due(school_day + MINUTE)
    assert states() == {"a": "sent"}
    assert sink.letters[0] == sink.letters[1]


def test_address_that_no_message_can_carry_fails_alone(
    school_day: datetime, queued: Queue, sink: Sink
) -> None:
    queued(
        draft(REQUEST, "a", at=school_day, address="a@b.example\nBcc: x@y.example"),
        draft(REQUEST, "b", at=school_day),
    )
    services.run_due(school_day)
    assert states() == {"a": "failed", "b": "sent"}


def test_written_date_and_boundary_are_the_letters_own(
    school_day: datetime, queued: Queue, sink: Sink
) -> None:
    [notice] = queued(draft(REQUEST, "a", at=school_day))
    services.run_due(school_day)
    [raw] = sink.letters
    assert b"Date: Tue, 15 Sep 2026 13:00:00 +0000" in raw
    assert notice.message_id.strip("<>").partition("@")[0].encode() in raw
    assert b"Auto-Submitted: auto-generated" in raw
    assert datetime.now(UTC) == school_day
