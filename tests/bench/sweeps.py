"""The sweep with nothing to do among a hundred thousand open rows, and with ten thousand due ones."""

from datetime import timedelta

import psutil
from django.db import connection

from audit.models import Entry
from meetings.models import Meeting
from notices import services
from notices.models import Ladder, Notice
from schoolsafe.lib import clock
from tests.bench import control, people, place

OPEN, DUE = 100_000, 10_000
ROUNDS = 30
HOUR = timedelta(hours=1)


def main() -> None:
    now = clock.now()
    roll = people.enrol(2)
    control.build()
    fill(roll)
    control.fill_climbers(OPEN, due=0, now=now)
    analyze()
    idle()
    control.fill_climbers(OPEN, due=DUE, now=now)
    due = people.plan(roll, DUE, starts_at=now - 1.5 * HOUR, apart=timedelta(0))
    Meeting.objects.filter(pk__in=Meeting.objects.filter(ends_at__lte=now).values("pk")).update(
        status="shared"
    )
    services.start_ladders("meeting_closing", [(one.about, now - HOUR / 2) for one in due])
    analyze()
    climb()


def fill(roll: people.Roll) -> None:
    """Write open ladders and letters, none of them due."""
    now = clock.now()
    later = now + 24 * HOUR
    for first in range(0, OPEN, 10_000):
        numbers = range(first, first + 10_000)
        services.start_ladders(
            "meeting_closing", [(f"meetings.meeting:{10**6 + n}", later) for n in numbers]
        )
        Notice.objects.bulk_create(
            [
                Notice(
                    key=f"bench:{number}",
                    kind="meeting_unclosed",
                    urgency=1,
                    about="bench",
                    staff=roll.host,
                    message_id=f"<{number}@bench>",
                    queued_at=now,
                    due_at=later,
                    try_at=later,
                )
                for number in numbers
            ]
        )


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def idle() -> None:
    """Compare a sweep that finds nothing with the one SELECT that would find it."""
    services.run_due(clock.now())
    with place.counted() as queries:
        assert services.run_due(clock.now()).climbed == 0
    assert Ladder.objects.open().count() == OPEN
    place.tell("idle sweep: queries", len(queries), at_most=1)
    times = place.interleaved(
        ROUNDS,
        sweep=lambda: place.seconds(lambda: services.run_due(clock.now())),
        select=lambda: place.seconds(lambda: control.due_batch(now=clock.now())),
    )
    place.tell(
        "idle sweep at 100,000 open rows, of one indexed SELECT",
        times["sweep"] / times["select"],
        at_most=5,
        note=f"{times['sweep'] * 1000:.2f} ms and {times['select'] * 1000:.2f} ms",
    )
    repair = min(place.seconds(lambda: services.repair(now=clock.now())) for _ in range(3))
    place.tell("repair of lost ladders at 100,000 open rows, ms", repair * 1000, note="each minute")


def climb() -> None:
    """Compare ten thousand due rows with the same in the least code: two letters, one event each."""
    me = psutil.Process()
    letters, entries = Notice.objects.count(), Entry.objects.count()
    taken: dict[str, float] = {"sweep": 0.0, "control": 0.0}
    memory: list[int] = []
    queries = climbed = passed = 0
    now = clock.now()
    while climbed < DUE:
        # In turns, a batch of each: both see the machine in the same mood.
        with place.counted() as seen:
            taken["sweep"] += place.seconds(lambda: batches.append(services.climb_due(now=now)))
        queries, climbed = queries + len(seen), climbed + batches[-1]
        memory.append(me.memory_info().rss)
        assert batches[-1]
        passed += control_batch(taken)
    assert climbed == passed == DUE, (climbed, passed)
    assert Notice.objects.count() - letters == 2 * DUE
    assert Entry.objects.count() - entries == DUE
    place.tell(
        "10,000 due rows: time, of the control sweep's",
        taken["sweep"] / taken["control"],
        at_most=3,
        note=f"{taken['sweep'] / DUE * 1000:.2f} ms and {taken['control'] / DUE * 1000:.2f} ms each",
    )
    place.tell("10,000 due rows: queries each", queries / DUE, at_most=0.05)
    grown = (memory[-1] - memory[len(memory) // 4]) / 2**20
    place.tell("10,000 due rows: memory grown after a quarter, MB", max(0.0, grown), at_most=5)


batches: list[int] = []


def control_batch(taken: dict[str, float]) -> int:
    done: list[int] = []
    now = clock.now()
    taken["control"] += place.seconds(lambda: done.append(control.climb(now=now)))
    return done[0]
