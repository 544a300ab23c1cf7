"""The list of calls with a thousand and with a hundred thousand calls: the same queries and time."""

from datetime import timedelta

from django.db import connection
from django.test import Client

from meetings.models import Meeting, Seat
from school.models import StaffMember
from school.roles import Role
from schoolsafe.lib import clock
from tests import factories
from tests.bench import people, place
from tests.conftest import sign_in

FEW, MANY = 1_000, 100_000
# So few that even at a thousand calls each has more than a page of them.
TEACHERS = 12
TIMES = 40
PAGES = {"coming up": "/meetings/", "earlier": "/meetings/?before=now"}


def main() -> None:
    roll = people.enrol(2)
    hosts = [roll.host, *(factories.make_staff() for _ in range(TEACHERS - 1))]
    lead = factories.make_staff("Leah Lead", roles=(Role.STAFF, Role.DSL))
    readers = {"a teacher": sign_in(roll.host), "the lead": sign_in(lead)}
    found: dict[str, list[tuple[float, int]]] = {}
    made = 0
    for count in (FEW, MANY):
        grow(roll, count - made, hosts)
        made = count
        assert Meeting.objects.count() == Seat.objects.filter(role="host").count() == count
        for who, client in readers.items():
            for what, path in PAGES.items():
                found.setdefault(f"{who}, {what}", []).append(read(client, path))
    for name, ((few, few_queries), (many, many_queries)) in found.items():
        place.tell(
            f"list at 100,000 calls, of 1,000: {name}",
            many / few,
            at_most=1.3,
            note=f"{many * 1000:.1f} ms and {few * 1000:.1f} ms, {many_queries} queries",
        )
        place.tell(f"list, queries more: {name}", many_queries - few_queries, at_most=0)


def read(client: Client, path: str) -> tuple[float, int]:
    """Return the time of a page at its best, and its queries."""

    def once() -> None:
        response = client.get(path, headers={"host": "127.0.0.1"})
        assert response.status_code == 200
        assert response.content.count(b'<li class="row-item">') == 25

    once()
    with place.counted() as seen:
        once()
    return min(place.seconds(once) for _ in range(TIMES)), len(seen)


def grow(roll: people.Roll, count: int, hosts: list[StaffMember]) -> None:
    """Write more calls, half past and half to come, for the teachers in turn."""
    year = timedelta(days=365)
    people.plan(roll, count, starts_at=clock.now() - year, apart=2 * year / count, hosts=hosts)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
