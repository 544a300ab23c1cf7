"""A trust of fifty thousand requests, emptied by two senders: is the end as fast as the beginning?

The letters go nowhere: what is measured is the outbox alone, claims, questions and records.
"""

import time
from collections import Counter
from datetime import timedelta

import psutil
from django.db import connection

from consent import services as consent
from notices.models import Delivery, Notice
from schoolsafe.lib import clock
from tests.bench import letters, people, place

PUPILS, A_SCHOOL = 25_000, 420
THOUSAND = 1000


def main() -> None:
    roll = people.enrol(PUPILS)
    schools = range(0, PUPILS, A_SCHOOL)
    starts_at = clock.now() + timedelta(days=30)
    meetings = people.plan(roll, len(schools), starts_at=starts_at, apart=timedelta(hours=2))
    for first, meeting in zip(schools, meetings, strict=True):
        consent.ask(
            by=roll.host,
            about=meeting.about,
            asked=people.asked(meeting.starts_at),
            pupil_ids=roll.pupil_ids[first : first + A_SCHOOL],
            closes_at=meeting.starts_at,
        )
    waiting = Notice.objects.count()
    assert waiting == 2 * PUPILS
    Notice.objects.update(try_at=clock.now() + timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with letters.sender(0) as one, letters.sender(0) as other:
        Notice.objects.update(try_at=clock.now())
        for process in (one, other):
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        memory = [watch(one.pid, other.pid)]
        while Notice.objects.filter(state__in=["due", "sending"]).exists():
            time.sleep(2)
            memory.append(watch(one.pid, other.pid))
        for process in (one, other):
            assert process.stdout
            process.stdout.readline()
    tell(waiting, memory)


def watch(*pids: int) -> int:
    return sum(psutil.Process(pid).memory_info().rss for pid in pids)


def tell(waiting: int, memory: list[int]) -> None:
    ended = list(
        Notice.objects.filter(state="sent").order_by("ended_at").values_list("ended_at", flat=True)
    )
    assert len(ended) == waiting
    # The first few warm the senders up.
    first = (ended[2 * THOUSAND] - ended[THOUSAND]).total_seconds()
    last = (ended[-1] - ended[-THOUSAND - 1]).total_seconds()
    whole = (ended[-1] - ended[0]).total_seconds()
    place.tell(
        f"{waiting:,} letters, two senders: the last thousand, of an early one",
        last / first,
        at_most=1.3,
        note=f"{THOUSAND / last:.0f}/s and {THOUSAND / first:.0f}/s; all in {whole:.0f} s",
    )
    turns = Counter(Delivery.objects.values_list("turn", flat=True))
    place.tell(f"{waiting:,} letters: claimed by both senders", waiting - turns[1], at_most=0)
    grown = (memory[-1] - memory[len(memory) // 4]) / 2**20
    place.tell(f"{waiting:,} letters: memory grown after a quarter, MB", max(0.0, grown), at_most=5)
