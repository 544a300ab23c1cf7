"""The list of calls with a thousand and with a hundred thousand calls: the same queries and time."""

from collections.abc import Callable
from datetime import timedelta

from django.db import connection

from meetings import selectors
from meetings.models import Meeting, Seat
from schoolsafe.lib import clock
from tests.bench import people, place
from tests.conftest import sign_in

FEW, MANY = 1_000, 100_000
VIEWS = ("", "now")
TIMES = 40


def main() -> None:
    roll = people.enrol(2)
    signed_in = sign_in(roll.host)
    taken: dict[str, list[float]] = {}
    queries: dict[str, list[int]] = {}

    def load(view: str) -> Callable[[], object]:
        path = f"/meetings/?before={view}" if view else "/meetings/"
        return lambda: signed_in.get(path, headers={"host": "127.0.0.1"})

    made = 0
    for count in (FEW, MANY):
        grow(roll, count - made)
        made = count
        assert Meeting.objects.count() == Seat.objects.filter(role="host").count() == count
        for view in VIEWS:
            read = load(view)
            assert read().status_code == 200  # type: ignore[attr-defined]
            with place.counted() as seen:
                read()
            queries.setdefault(view, []).append(len(seen))
            times = sorted(place.seconds(read) for _ in range(TIMES))
            taken.setdefault(view, []).append(times[TIMES // 4])
    for view, words in (("", "coming up"), ("now", "earlier")):
        few, many = taken[view]
        place.tell(
            f"list of calls, {words}: time at 100,000, of that at 1,000",
            many / few,
            at_most=1.3,
            note=f"{many * 1000:.1f} ms and {few * 1000:.1f} ms",
        )
        few_queries, many_queries = queries[view]
        place.tell(
            f"list of calls, {words}: queries more at 100,000",
            many_queries - few_queries,
            at_most=0,
            note=f"{many_queries} queries",
        )
    page = selectors.list_page(roll.host.viewer(), clock.now())
    assert len(page.meetings) == 25


def grow(roll: people.Roll, count: int) -> None:
    """Write more calls: the host's own are every one of them, half past and half to come."""
    year = timedelta(days=365)
    people.plan(roll, count, starts_at=clock.now() - year, apart=2 * year / count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
