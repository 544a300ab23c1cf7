"""What the sealed chain of the audit costs beside a plain insert, and how fast it is walked."""

from django.db import transaction

from audit import services
from audit.models import Entry
from schoolsafe.lib import clock
from tests.bench import control, place

ONE_BY_ONE = 200
ROUNDS = 5
LENGTH = 50_000


def main() -> None:
    control.build()

    def chained() -> None:
        for number in range(ONE_BY_ONE):
            with transaction.atomic():
                services.record(
                    at=clock.now(), actor="staff:1", verb="bench.look", object=f"bench.row:{number}"
                )

    def plain() -> None:
        for number in range(ONE_BY_ONE):
            with transaction.atomic():
                control.Event.objects.create(
                    at=clock.now(), actor="staff:1", verb="bench.look", object=f"bench.row:{number}"
                )

    chained()
    plain()
    times = place.interleaved(
        ROUNDS, chain=lambda: place.seconds(chained), plain=lambda: place.seconds(plain)
    )
    place.tell(
        "audit entry: time, of a plain insert",
        times["chain"] / times["plain"],
        at_most=4,
        note="a transaction each: "
        f"{times['chain'] / ONE_BY_ONE * 1000:.2f} ms and {times['plain'] / ONE_BY_ONE * 1000:.2f} ms",
    )
    walk()


def walk() -> None:
    """Make the chain long, and check it from its first entry."""
    row = services.Row(actor="staff:1", verb="bench.look", object="bench.row:1", detail={"at": 1})
    while (count := Entry.objects.count()) < LENGTH:
        with transaction.atomic():
            services.record_many(at=clock.now(), rows=[row] * min(10_000, LENGTH - count))
    assert services.verify() is None
    taken = min(place.seconds(services.verify) for _ in range(3))
    place.tell("audit: rows verified a second", LENGTH / taken)
