"""Rules about people that no room above tests for itself."""

from datetime import timedelta

import pytest

from school.policy import ask_again_after

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("usual", "is_crowded", "after"),
    [
        (HOUR, False, HOUR),
        (HOUR, True, DAY),
        (timedelta(minutes=10), False, timedelta(minutes=10)),
        (timedelta(minutes=10), True, DAY),
        (timedelta(days=2), True, timedelta(days=2)),
    ],
)
def test_one_letter_is_enough_for_longer_when_the_sender_is_crowded(
    usual: timedelta, is_crowded: bool, after: timedelta
) -> None:
    assert ask_again_after(usual, is_crowded=is_crowded) == after
