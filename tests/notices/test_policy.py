"""When a letter is tried again and how fast letters leave."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.policy import (
    RETRY_AFTER,
    Bucket,
    Outcome,
    State,
    Urgency,
    finish,
    next_try,
    pause_after,
)

NOW = datetime(2026, 9, 15, 13, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_retries_are_1_5_15_60_minutes_then_hourly_for_a_day() -> None:
    assert [wait // MINUTE for wait in RETRY_AFTER[:6]] == [1, 5, 15, 60, 60, 60]
    assert timedelta(hours=23) < sum(RETRY_AFTER, timedelta()) <= timedelta(hours=24)
    assert next_try(1, now=NOW) == NOW + MINUTE
    assert next_try(len(RETRY_AFTER), now=NOW) == NOW + 60 * MINUTE
    assert next_try(len(RETRY_AFTER) + 1, now=NOW) is None


@pytest.mark.parametrize(("faults", "seconds"), [(1, 5), (2, 15), (3, 30), (4, 60), (99, 60)])
def test_provider_that_is_away_is_asked_at_least_once_a_minute(faults: int, seconds: int) -> None:
    assert pause_after(faults, now=NOW) == NOW + timedelta(seconds=seconds)


@given(
    rate=st.integers(min_value=6, max_value=3000),
    steps=st.lists(
        st.tuples(
            st.floats(min_value=0, max_value=40), st.sampled_from(Urgency), st.integers(1, 60)
        ),
        max_size=60,
    ),
)
def test_no_minute_ever_sees_more_than_the_rate(
    rate: int, steps: list[tuple[float, Urgency, int]]
) -> None:
    bucket = Bucket(rate=rate, tokens=Bucket(rate=rate, tokens=0, at=NOW).size, at=NOW)
    now, sent = NOW, []
    for seconds, urgency, wanted in steps:
        now += timedelta(seconds=seconds)
        bucket = bucket.filled(now)
        count = min(wanted, bucket.spare(urgency))
        bucket = bucket.without(count)
        sent.append((now, count))
        in_the_last_minute = sum(many for at, many in sent if now - at <= MINUTE)
        assert in_the_last_minute <= rate
        assert bucket.tokens > -0.001


@given(rate=st.integers(min_value=12, max_value=3000))
def test_bulk_always_leaves_room_for_urgent_letters(rate: int) -> None:
    bucket = Bucket(rate=rate, tokens=0, at=NOW).filled(NOW + 10 * MINUTE)
    bucket = bucket.without(bucket.spare(Urgency.BULK))
    assert bucket.spare(Urgency.BULK) == bucket.spare(Urgency.TODAY) == 0
    assert bucket.spare(Urgency.NOW) == bucket.reserve >= 1


def test_clock_put_back_takes_nothing_out_of_the_bucket() -> None:
    bucket = Bucket(rate=30, tokens=3, at=NOW)
    assert bucket.filled(NOW - 60 * MINUTE) == bucket


def test_finish_is_the_time_the_last_one_takes() -> None:
    assert finish(0, rate=30, now=NOW) is None
    assert finish(600, rate=30, now=NOW) == NOW + 24 * MINUTE
    assert finish(6000, rate=0, now=NOW) == NOW + MINUTE


def test_every_state_and_outcome_has_words() -> None:
    assert len({state.sentence for state in State}) == len(State)
    assert len({outcome.words for outcome in Outcome}) == len(Outcome)
    assert {state.tone for state in State} == {"news", "clear", "stop", "quiet"}
