import threading
from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from audit import chain, selectors, services, verification
from audit.models import Entry, Rewritten
from audit.services import Row

AT = datetime(2026, 9, 15, 13, 0, 0, 5, tzinfo=UTC)


def rows(number):
    return [
        Row(actor="system:sweep", verb="meeting.ask", object=f"meetings.meeting:{n}")
        for n in range(number)
    ]


@pytest.mark.django_db
def test_record_first_entry_stands_on_the_genesis(write):
    entry = write(pupils=[3, 4], recorded=True)
    stored = Entry.objects.get()
    assert stored.pk == entry.pk
    assert (stored.at, stored.actor, stored.verb) == (AT, "staff:1", "meeting.plan")
    assert stored.detail == {"pupils": [3, 4], "recorded": True}
    assert stored.previous == chain.GENESIS
    assert stored.key_id == "a1"


@pytest.mark.django_db
def test_record_next_entry_stands_on_the_one_before(write):
    first, second = write(), write()
    assert second.previous == first.hash


@pytest.mark.django_db(transaction=True)
def test_record_outside_a_transaction_is_refused():
    with pytest.raises(TransactionManagementError):
        services.record(at=AT, actor="staff:1", verb="meeting.plan", object="meetings.meeting:1")
    assert Entry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_record_in_a_transaction_that_fails_leaves_nothing(write):
    kept = write()
    with transaction.atomic():
        services.record(at=AT, actor="staff:1", verb="meeting.plan", object="meetings.meeting:1")
        transaction.set_rollback(True)
    assert list(Entry.objects.all()) == [kept]
    assert services.verify() is None


@pytest.mark.django_db
def test_record_many_chains_the_rows_in_their_order(write):
    before = write()
    services.record_many(at=AT, rows=rows(3))
    after = write()
    stored = list(Entry.objects.order_by("id"))
    assert [entry.object for entry in stored[1:4]] == [row.object for row in rows(3)]
    assert [entry.previous for entry in stored[1:]] == [entry.hash for entry in stored[:-1]]
    assert (stored[0], stored[-1]) == (before, after)
    assert verification.walk().count == 5


@pytest.mark.django_db
def test_record_many_of_nothing_asks_the_database_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        services.record_many(at=AT, rows=[])


@pytest.mark.django_db
def test_record_many_takes_the_same_queries_for_two_and_for_six_hundred():
    counts = []
    for number in (2, 600):
        with CaptureQueriesContext(connection) as queries:
            services.record_many(at=AT, rows=rows(number))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert services.verify() is None


@pytest.mark.django_db
def test_record_detail_reads_the_same_whatever_the_database_makes_of_it(write):
    write(zebra=1, a={"nested": [True, None, "due_at"], "b": 2}, day=date(2026, 9, 15), at_=AT)
    write(chosen={3, 1, 2}, number=2**53 + 1)
    assert services.verify() is None
    newest, oldest = Entry.objects.all()
    assert newest.detail == {"chosen": [1, 2, 3], "number": 2**53 + 1}
    assert oldest.detail["at_"] == "2026-09-15T13:00:00.000005+00:00"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["Ava Smith", "ava@example.com", "she said", "a\nb", "é", "x" * 101]
)
def test_record_free_text_in_the_detail_is_refused(write, text):
    with pytest.raises(ValueError, match="ids and field names"):
        write(reason=text)
    with pytest.raises(ValueError, match="ids and field names"):
        write(reason={text: 1})
    assert Entry.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("value", [1.5, b"x", object()])
def test_record_detail_of_another_kind_is_refused(write, value):
    with pytest.raises(TypeError):
        write(reason=value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"actor": "Helen Host"},
        {"actor": ""},
        {"verb": "planned"},
        {"verb": "meeting plan"},
        {"object": "12"},
        {"object": "concern:5"},
        {"object": "meetings.meeting:Ava Smith"},
    ],
)
def test_row_of_another_form_is_refused(wrong):
    right = {"actor": "staff:1", "verb": "meeting.plan", "object": "meetings.meeting:12"}
    assert Row(**right).object == "meetings.meeting:12"
    with pytest.raises(ValueError, match="does not take"):
        Row(**right | wrong)


@pytest.mark.django_db
def test_about_an_object_returns_its_entries_alone(write):
    about = write(object="meetings.meeting:1")
    write(object="meetings.meeting:12")
    assert list(selectors.about("meetings.meeting:1")) == [about]


@pytest.mark.django_db
def test_entry_is_neither_saved_nor_deleted_by_the_model(write):
    entry = write()
    for attempt in (
        entry.save,
        entry.delete,
        Entry(at=AT).save,
        Entry.objects.all().delete,
        lambda: Entry.objects.update(actor="staff:2"),
    ):
        with pytest.raises(Rewritten):
            attempt()
    assert Entry.objects.get().actor == "staff:1"


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["at", "actor", "detail", "hash", "previous", "id"])
def test_update_of_any_column_is_refused_by_the_database(write, column):
    write()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(f"UPDATE audit_entry SET {column} = {column}")  # noqa: S608


@pytest.mark.django_db
def test_delete_is_refused_by_the_database(write):
    write()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute("DELETE FROM audit_entry")
    assert Entry.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite's own way round a trigger")
def test_insert_or_replace_is_refused_by_the_database(write):
    entry = write()
    forged = (
        "INSERT OR REPLACE INTO audit_entry"
        " (id, at, actor, verb, object, detail, guard, key_id, previous, hash)"
        " SELECT {id}, at, 'staff:2', verb, object, detail, guard, key_id, previous, hash"
        " FROM audit_entry"
    )
    # Over its own id, and over its unique place in the chain.
    for number in ("id", "id + 1"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(forged.format(id=number))
    assert list(Entry.objects.values_list("pk", "actor")) == [(entry.pk, "staff:1")]


@pytest.mark.django_db
def test_second_entry_on_the_same_link_is_refused_by_the_database(write):
    first = write()
    fork = Entry(
        at=AT, actor="staff:2", verb="a.b", object="a.b", previous=first.previous, hash="f" * 64
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.bulk_create([fork])


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
def test_record_from_eight_threads_keeps_one_unbroken_chain():
    start = threading.Barrier(8)
    faults = []

    def work(number):
        try:
            start.wait()
            for turn in range(25):
                with transaction.atomic():
                    services.record(
                        at=AT,
                        actor=f"staff:{number}",
                        verb="meeting.plan",
                        object="meetings.meeting:1",
                    )
                    if turn % 5 == 0:
                        services.record_many(at=AT, rows=rows(3))
                        transaction.set_rollback(turn % 10 == 0)
        except Exception as fault:  # noqa: BLE001 - shown by the assertion below
            faults.append(fault)
        finally:
            connection.close()

    # One connection is this test's own: the pool leaves seven, and the eighth thread waits for one.
    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    # Of 25 turns each, 3 were rolled back and 2 brought three more.
    assert verification.walk().count == 8 * (25 - 3 + 2 * 3)
    assert services.verify() is None
