"""What the sweep looks at once a minute, whichever room brought it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from notices import kinds
from notices.kinds import Watch
from notices.services import run_due

pytestmark = pytest.mark.django_db
NAME = "test_watch"


@pytest.fixture
def seen() -> Iterator[list[int]]:
    """What a watch over three things has seen to; the second of them fails."""
    found: list[int] = []

    def see_to(pk: int, now: datetime) -> None:
        if pk == 2:
            raise ValueError
        found.append(pk)

    kinds.register_watch(Watch(name=NAME, turned=lambda now: [1, 2, 3], see_to=see_to))
    yield found
    kinds.unregister(NAME)


def test_sweep_sees_to_each_thing_that_has_turned_once_a_minute_also_past_one_that_fails(
    school_day: datetime, seen: list[int]
) -> None:
    run_due(school_day)
    run_due(school_day + timedelta(seconds=30))
    once = list(seen)
    run_due(school_day + timedelta(seconds=61))

    assert (once, seen) == ([1, 3], [1, 3, 1, 3])
