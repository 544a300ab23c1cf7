"""Two workers want the same notice; two sweeps want the same ladder. On PostgreSQL, with threads."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from notices import kinds, services
from notices.kinds import Climb, LadderKind
from notices.models import Delivery, Ladder, Notice, Provider
from notices.policy import Channel, Fate
from notices.services import claims
from notices.services.news import News, hear
from tests import factories
from tests.notices import letters
from tests.notices.letters import ALERT, ASKED, REQUEST, draft
from tests.notices.notify import FakeNotify
from tests.notices.sink import Sink

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

NOW = datetime(2026, 9, 15, 13, 0, tzinfo=UTC)


def together(*works: Callable[[], object]) -> list[object]:
    """Do several things in threads that start at the same moment; return what each gave back."""
    gate = threading.Barrier(len(works))
    results: list[object] = [None] * len(works)

    def go(place: int, work: Callable[[], object]) -> None:
        try:
            gate.wait(10)
            results[place] = work()
        except Exception as fault:  # noqa: BLE001 - the test looks at it
            results[place] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def queue(count: int, kind: kinds.Kind = REQUEST, prefix: str = "k") -> None:
    with transaction.atomic():
        services.queue([draft(kind, f"{prefix}{n}", at=NOW) for n in range(count)], now=NOW)


@pytest.mark.parametrize("attempt", range(8))
def test_two_workers_claim_the_same_notice_and_one_has_it(attempt: int) -> None:
    Provider.objects.create(name="mailbox", filled_at=NOW)
    queue(1)
    taken = together(*[lambda: [one.pk for one in claims.claim(Channel.EMAIL, now=NOW).picked]] * 4)
    assert sorted(taken, key=str) == sorted([[], [], [], [Notice.objects.get().pk]], key=str)
    assert Notice.objects.get().turn == 1


@pytest.mark.parametrize("attempt", range(3))
def test_four_workers_send_each_letter_once(attempt: int, sink: Sink) -> None:
    queue(60)
    reports: list[Any] = together(
        *[lambda n=n: services.run_due(NOW, driver=f"worker{n}") for n in range(4)]
    )
    assert [type(report).__name__ for report in reports] == ["Report"] * 4
    assert sum(report.sent for report in reports) == 60
    assert set(Counter(sink.message_ids).values()) == {1}
    assert Delivery.objects.count() == 60


@pytest.mark.parametrize("attempt", range(3))
def test_four_workers_share_one_rate(attempt: int, sink: Sink, settings: Any) -> None:
    settings.MAIL_RATE_PER_MINUTE = 60
    queue(60)
    together(*[lambda n=n: services.run_due(NOW, driver=f"worker{n}") for n in range(4)])
    # Ten may leave at once, of which five are kept for urgent letters.
    assert len(sink.letters) == 5
    queue(20, ALERT, prefix="urgent")
    together(*[lambda n=n: services.run_due(NOW, driver=f"worker{n}") for n in range(4)])
    assert len(sink.letters) == 10


@pytest.mark.parametrize("attempt", range(3))
def test_four_workers_share_one_day(attempt: int, sink: Sink, settings: Any) -> None:
    settings.MAIL_DAILY_QUOTA = 40
    queue(60)
    together(*[lambda n=n: services.run_due(NOW, driver=f"worker{n}") for n in range(4)])
    assert len(sink.letters) == 38
    queue(20, ALERT, prefix="urgent")
    together(*[lambda n=n: services.run_due(NOW, driver=f"worker{n}") for n in range(4)])
    assert len(sink.letters) == 40
    assert Provider.objects.get().counted == 40


@pytest.mark.parametrize("attempt", range(3))
def test_e52_four_workers_send_each_person_one_letter(attempt: int, sink: Sink) -> None:
    factories.make_school()
    for _ in range(12):
        pupil = factories.make_pupil()
        guardian = factories.make_guardian(pupil)
        drafts = [
            draft(ASKED, f"{guardian.pk}:{n}", at=NOW, guardian_id=guardian.pk,
                  pupil_ids=(pupil.pk,))
            for n in range(4)
        ]  # fmt: skip
        with transaction.atomic():
            services.queue(drafts, now=NOW)
    together(*[lambda n=n: services.run_due(NOW, driver=f"worker{n}") for n in range(4)])
    assert Notice.objects.filter(state="sent").count() == 48
    assert set(Counter(sink.recipients).values()) == {1}


@pytest.mark.parametrize("attempt", range(3))
def test_four_workers_send_each_text_message_once(attempt: int, notify: FakeNotify) -> None:
    factories.make_school()
    kinds.register(letters.kind("test_text", kinds.Urgency.TODAY, by_sms=True))
    for n in range(30):
        pupil = factories.make_pupil()
        guardian = factories.make_guardian(pupil, email="", telephone=f"07700 9000{n:02}")
        with transaction.atomic():
            services.queue(
                [draft(kinds.kind("test_text"), f"t{n}", at=NOW, guardian_id=guardian.pk,
                       pupil_ids=(pupil.pk,))],
                now=NOW,
            )  # fmt: skip
    together(*[lambda n=n: services.run_due(NOW, driver=f"worker{n}") for n in range(4)])
    assert Notice.objects.filter(state="sent").count() == 30
    assert set(Counter(one["phone_number"] for one in notify.taken).values()) == {1}


@pytest.mark.parametrize("attempt", range(5))
def test_the_same_news_told_at_once_count_once(attempt: int, sink: Sink) -> None:
    queue(1)
    services.run_due(NOW)
    sent_as = Delivery.objects.get().sent_as
    told = News(sent_as=sent_as, fate=Fate.BOUNCED, event="e")
    heard = together(*[lambda: hear([told], now=NOW)] * 4)
    assert sorted(map(str, heard)) == ["0", "0", "0", "1"]
    assert Delivery.objects.exclude(event="").count() == 1


@pytest.mark.parametrize("attempt", range(5))
def test_two_sweeps_climb_a_ladder_once(attempt: int) -> None:
    def climb(ladders: Sequence[Ladder], now: datetime) -> list[Climb]:
        return [
            Climb(
                ladder_id=one.pk,
                drafts=(draft(ALERT, f"{one.about}:{one.step}", at=now),),
                next_due=now + timedelta(hours=1),
                verb="test.escalate",
            )
            for one in ladders
        ]

    kinds.register_ladder(LadderKind(name="test_ladder", climb=climb, unladdered=lambda now: ()))
    services.start_ladders("test_ladder", [(f"tests.thing:{n}", NOW) for n in range(30)], now=NOW)
    climbed = together(*[lambda: services.climb_due(now=NOW)] * 3)
    assert sum(map(int, map(str, climbed))) == 30
    assert Notice.objects.count() == 30
    assert set(Ladder.objects.values_list("step", flat=True)) == {1}


@pytest.mark.parametrize("attempt", range(8))
def test_dropped_while_it_is_claimed_it_is_sent_or_dropped_and_says_which(
    attempt: int, sink: Sink
) -> None:
    queue(1)
    together(
        lambda: services.run_due(NOW),
        lambda: services.drop(about="tests.thing:k0", now=NOW, why="cancelled"),
    )
    notice = Notice.objects.get()
    assert (notice.state, len(sink.letters)) in {("sent", 1), ("dropped", 0)}


@pytest.mark.parametrize("attempt", range(5))
def test_queued_twice_at_once_it_is_one_notice(attempt: int) -> None:
    results = together(*[lambda: queue(3)] * 3)
    assert results == [None, None, None]
    assert Notice.objects.count() == 3
