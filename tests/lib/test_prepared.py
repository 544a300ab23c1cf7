"""Queries written once give what the query itself gives, whenever and however often they are asked."""

import threading

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import QuerySet

from schoolsafe.lib.prepared import FEW, Prepared

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
