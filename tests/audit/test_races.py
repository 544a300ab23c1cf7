"""Two drivers check the chain at the same moment. On PostgreSQL, with threads."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from audit import services, verification
from audit.models import Alarm, Entry, Verified
from audit.policy import Part
from audit.services import verifying

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

NOW = datetime(2026, 9, 15, 13, 0, tzinfo=UTC)


def together(*works):
    """Do several things in threads that start at the same moment; return what went wrong."""
    gate = threading.Barrier(len(works))
    faults = []

    def go(work):
        try:
            gate.wait(10)
            work()
        except Exception as fault:  # noqa: BLE001 - the test looks at it
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return faults


def write(number):
    with transaction.atomic():
        services.record(
            at=NOW, actor="staff:1", verb="meeting.plan", object=f"meetings.meeting:{number}"
        )


@pytest.fixture
def broken(unguarded):
    """Ten entries, of which the fourth was changed by hand."""
    for number in range(10):
        write(number)
    fourth = Entry.objects.order_by("pk")[3]
    with unguarded() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'staff:66' WHERE id = %s", [fourth.pk])
    return fourth


def test_two_drivers_begin_together_and_raise_one_alarm(broken, monkeypatch):
    monkeypatch.setattr(verification, "PIECE", 6)
    for _ in range(4):
        looks = [lambda part=part: verifying.look(part, now=NOW) for part in (*Part, *Part)]
        assert together(*looks, lambda: write(99)) == []
    assert [(row.why, row.entry) for row in Alarm.objects.all()] == [("changed", broken.pk)]
    assert Verified.objects.count() == 2
    row = Verified.objects.get(part="newest")
    assert row.count == Entry.objects.filter(pk__lte=row.entry).count()


def test_two_people_answer_for_one_alarm_and_one_of_them_does(broken):
    verifying.look(Part.NEWEST, now=NOW)
    alarm = Alarm.objects.get()
    faults = together(
        *[
            lambda by=by: verifying.acknowledge(alarm, by=by, words=f"By {by}", now=NOW)
            for by in ("staff:1", "staff:2")
        ]
    )
    assert [type(fault).__name__ for fault in faults] == ["NotAllowed"]
    alarm.refresh_from_db()
    assert alarm.words == f"By {alarm.acknowledged_by}"


def test_check_waits_for_nobody_who_is_writing(broken):
    """The walk reads while somebody holds the chain; it does not see what is not written yet."""
    written = threading.Event()
    done = threading.Event()

    def hold():
        with transaction.atomic():
            services.record(at=NOW, actor="staff:1", verb="a.b", object="a.b")
            written.set()
            assert done.wait(20)

    def read():
        assert written.wait(20)
        found = verification.step(after=0, head="0" * 64, known=set())
        assert found.count == 4
        done.set()

    assert together(hold, read) == []
