"""Times as everybody reads them, and to the second as the page of what really happened says them."""

from datetime import UTC, date, datetime, time

import pytest
from django.utils import formats

from schoolsafe.lib import clock


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (60, "1 minute"),
        (278, "4 minutes 38 seconds"),
        (7325, "2 hours 2 minutes 5 seconds"),
    ],
)
def test_length_is_said_in_full(seconds: int, words: str) -> None:
    assert clock.length_in_words(seconds) == words


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 9, 17, 13, 10, 3, tzinfo=UTC), "2:10:03 pm"),
        (datetime(2026, 9, 16, 23, 5, 9, tzinfo=UTC), "12:05:09 am"),
    ],
)
def test_time_to_the_second_is_the_schools_own(at: datetime, words: str) -> None:
    assert clock.second_in_words(at) == words


def test_zone_is_the_schools_own() -> None:
    assert str(clock.zone()) == "Europe/London"


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (time(0, 5), "12:05 am"),
        (time(8), "8:00 am"),
        (time(12), "12:00 pm"),
        (time(13, 15), "1:15 pm"),
    ],
)
def test_clock_on_the_wall_is_said_in_one_way_by_us_and_by_django(shown: time, words: str) -> None:
    assert clock.wall_in_words(shown) == words
    # In the records Django writes it.
    assert formats.localize(shown) == words
    assert formats.localize(datetime.combine(date(2026, 9, 15), shown)) == (
        f"15 September 2026, {words}"
    )
