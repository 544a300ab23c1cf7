from datetime import UTC, datetime
from typing import Any

import pytest

from audit import services
from audit.models import Entry

pytestmark = pytest.mark.django_db
AT = datetime(2026, 9, 15, 13, 0, tzinfo=UTC)


def note(verb: str) -> None:
    services.record(at=AT, actor="staff:1", verb=verb, object="a.thing:1")


def test_what_is_recorded_together_is_written_at_the_end_in_its_order() -> None:
    with services.atomic():
        note("one.do")
        with services.atomic():
            note("two.do")
        assert not Entry.objects.exists()
        note("three.do")
    verbs = [entry.verb for entry in Entry.objects.order_by("id")]
    assert verbs == ["one.do", "two.do", "three.do"]
    assert services.verify() is None


def test_change_that_fails_leaves_nothing_of_it() -> None:
    def fail() -> None:
        note("one.do")
        raise ValueError

    with pytest.raises(ValueError), services.atomic():  # noqa: PT011 - our own, from above
        fail()
    note("two.do")
    assert [entry.verb for entry in Entry.objects.all()] == ["two.do"]


def test_part_of_a_change_that_fails_leaves_nothing_and_the_rest_stands() -> None:
    def fail() -> None:
        with services.atomic():
            note("two.do")
            raise ValueError

    with services.atomic():
        note("one.do")
        with pytest.raises(ValueError):  # noqa: PT011 - our own, from above
            fail()
        note("three.do")
        assert not Entry.objects.exists()
    assert [entry.verb for entry in Entry.objects.order_by("id")] == ["one.do", "three.do"]
    assert services.verify() is None


def test_nothing_recorded_asks_the_database_for_nothing_but_the_transaction(
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(2), services.atomic():
        pass
