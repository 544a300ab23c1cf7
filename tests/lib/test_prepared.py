"""Queries written once give what the query itself gives, whenever and however often they are asked."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models import DateTimeField, Model, QuerySet, Value
from django.db.models.functions import Concat, Upper

from consent.models import Question
from meetings.models import Meeting, Purpose
from schoolsafe.lib.prepared import FEW, Prepared
from tests.factories import make_staff

pytestmark = pytest.mark.django_db


def _named(pks: list[int]) -> QuerySet[Group]:
    return Group.objects.filter(pk__in=pks).order_by("-name")


def test_prepared_query_asked_again_gives_todays_rows_of_these_values() -> None:
    one, two = (Group.objects.create(name=name) for name in ("one", "two"))
    prepared = Prepared(_named)
    assert prepared.rows([one.pk, two.pk]) == [two, one]
    Group.objects.filter(pk=one.pk).update(name="zebra")
    assert [group.name for group in prepared.rows([two.pk, one.pk])] == ["zebra", "two"]
    assert prepared.rows([one.pk]) == [one]
    assert prepared.rows([0]) == []


def test_prepared_query_for_none_or_for_many_gives_the_same_rows() -> None:
    groups = [Group.objects.create(name=f"{place:02}") for place in range(FEW + 1)]
    prepared = Prepared(_named)
    assert prepared.rows([]) == []
    assert prepared.rows([group.pk for group in groups]) == groups[::-1]


def test_prepared_query_asked_by_another_thread_uses_its_own_connection() -> None:
    prepared = Prepared(_named)
    assert prepared.rows([0]) == []
    faults: list[BaseException] = []

    def ask() -> None:
        try:
            connection.ensure_connection()
            prepared.rows([0])
        except Exception as fault:  # noqa: BLE001 - told to the test below
            faults.append(fault)
        finally:
            connection.close()

    other = threading.Thread(target=ask)
    other.start()
    other.join()
    assert faults == []


def test_prepared_query_with_an_annotation_tells_what_it_adds() -> None:
    group = Group.objects.create(name="one")
    loud = Prepared(
        lambda pk: Group.objects.filter(pk=pk).annotate(
            loud=Concat(Upper("name"), Value("!")), number=Value(7)
        )
    )
    for _ in range(2):
        [found] = loud.rows(group.pk)
        assert (found.loud, found.number) == ("ONE!", 7)  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
def test_prepared_query_that_locks_is_refused_outside_a_transaction() -> None:
    group = Group.objects.create(name="one")
    locked = Prepared(lambda pk: Group.objects.select_for_update().filter(pk=pk))
    with transaction.atomic():
        assert locked.rows(group.pk) == [group]
    with pytest.raises(transaction.TransactionManagementError):
        locked.rows(group.pk)


def test_prepared_query_gives_the_fields_that_the_query_itself_gives(school: object) -> None:
    """With what comes along, near and far, what is left out, and what is not there."""
    host = make_staff("Helen Host")
    purpose = Purpose.objects.get_or_create(name="Homework help")[0]
    at = datetime(2026, 9, 15, 14, tzinfo=UTC)
    ends = at + timedelta(minutes=30)
    facts = {"purpose": purpose, "starts_at": at, "ends_at": ends, "scheduled_at": at}
    question = Question.objects.create(
        about="x", facts={"a": [1]}, asks_recording=False, asked_at=at, closes_at=at, ends_at=at
    )
    pks = [
        Meeting.objects.create(title=title, planned_by=host, question=about, **facts).pk
        for title, about in (("asked", question), ("not asked", None))
    ]

    def ask(pks: list[int]) -> QuerySet[Meeting]:
        along = ("purpose", "question", "planned_by__user")
        return (
            Meeting.objects.filter(pk__in=pks)
            .select_related(*along)
            .defer("title", "purpose__guidance")
            .annotate(now=Value(at, output_field=DateTimeField()), loud=Upper("title"))
            .order_by("pk")
        )

    prepared = Prepared(ask).rows(pks)
    assert [told(one) for one in prepared] == [told(one) for one in ask(pks)]
    assert prepared[0].question == question
    assert prepared[0].question.facts == {"a": [1]}
    assert [one.question_id for one in prepared] == [question.pk, None]
    # What comes along twice is one, as it is one row.
    assert prepared[0].planned_by is prepared[1].planned_by


def told(row: Model | None, *, beside: tuple[Model, ...] = ()) -> object:
    """Return everything that a row holds, and what came along with it."""
    if row is None or row in beside:
        return str(row)
    fields = {name: value for name, value in vars(row).items() if name != "_state"}
    along = {
        name: told(one, beside=(*beside, row)) for name, one in row._state.fields_cache.items()
    }
    return type(row), fields, row._state.db, row._state.adding, along
