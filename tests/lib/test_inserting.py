"""Many rows written at once stand there as if each had been saved alone, on every database."""

from datetime import timedelta

import pytest
from django.db import connection

from notices.models import Notice
from schoolsafe.lib import clock
from schoolsafe.lib.inserting import columns, insert, insert_values

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize(
        "where", [pytest.param("file"), pytest.param("server", marks=pytest.mark.postgresql)]
    ),
]


def letter(key: str, **facts: object) -> Notice:
    """Return a letter that is not kept yet, with one value of every kind."""
    now = clock.now()
    told: dict[str, object] = {"message_id": f"<{key}@school>", "address": "office@example.org"}
    told |= {"key": key, "about": "bench", "urgency": 1, **facts}
    return Notice(kind="plain", queued_at=now, due_at=now, try_at=now, **told)


def kept() -> list[Notice]:
    return list(Notice.objects.order_by("pk"))


def facts(notice: Notice) -> list[object]:
    return [getattr(notice, field.attname) for field in columns(Notice)]


def test_rows_are_kept_in_their_order_with_every_value(where: str) -> None:
    given = [
        letter("one"),
        letter("two", detail={"words": ["a {brace}", 'a "quote"', "a \\ slash", "ü"]}, urgency=0),
        letter("three", needed_by=clock.now() + timedelta(hours=1), pupil_ids=[3, 1]),
        letter("%s", address="maya@example.org", detail={}),
    ]
    insert(given)
    assert [facts(one) for one in kept()] == [facts(one) for one in given]


def test_one_row_and_none_are_kept_as_well(where: str) -> None:
    insert([])
    assert kept() == []
    given = letter("one")
    insert([given])
    assert [facts(one) for one in kept()] == [facts(given)]


def test_known_row_is_left_out_and_the_others_are_kept(where: str) -> None:
    first, again, other = letter("one"), letter("one"), letter("two")
    insert([first])
    insert_values(Notice, [saved(again), saved(other), saved(other)], skip_known=True)
    assert [facts(one) for one in kept()] == [facts(first), facts(other)]


def saved(notice: Notice) -> list[object]:
    """Return the values of a letter as the database takes them."""
    return [
        field.get_db_prep_save(getattr(notice, field.attname), connection)
        for field in columns(Notice)
    ]
