"""When a letter is tried again and how fast letters leave."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.policy import (
    RETRY_AFTER,
    Bucket,
    Fate,
    Outcome,
    Quiet,
    Quota,
    State,
    Urgency,
    finish,
    follows,
    next_day,
    next_try,
    pause_after,
    waits_until_morning,
)

NOW = datetime(2026, 9, 15, 13, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LONDON = ZoneInfo("Europe/London")


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


# --- The quota of a day ---------------------------------------------------------------------------
TODAY = date(2026, 9, 15)


@pytest.mark.parametrize(
    ("limit", "used", "bulk", "now"),
    [
        (0, 0, None, None),
        (100, 0, 95, 100),
        (100, 94, 1, 6),
        (100, 95, 0, 5),
        (100, 100, 0, 0),
        (100, 130, 0, 0),
        (10_000, 9_499, 1, 501),
        (1, 0, 0, 1),
    ],
)
def test_quota_keeps_the_last_of_a_day_for_urgent_messages(
    limit: int, used: int, bulk: int | None, now: int | None
) -> None:
    quota = Quota(limit=limit, used=used, day=TODAY)
    assert quota.spare(Urgency.BULK) == quota.spare(Urgency.TODAY) == bulk
    assert quota.spare(Urgency.NOW) == now
    assert quota.is_used_up is (bulk == 0)


def test_new_day_begins_with_all_of_the_quota_and_a_clock_put_back_with_none() -> None:
    quota = Quota(limit=10, used=9, day=TODAY)
    assert quota.on(TODAY) is quota
    assert quota.on(TODAY + timedelta(days=1)).used == 0
    assert quota.on(TODAY - timedelta(days=1)).used == 9
    assert Quota(limit=10, used=9).on(TODAY).used == 0


@pytest.mark.parametrize(
    ("waiting", "used", "finished"),
    [
        # 25 a minute leave at a rate of 30: the rest of the day takes all of it.
        (500, 0, datetime(2026, 9, 15, 14, 20, tzinfo=LONDON)),
        (950, 0, datetime(2026, 9, 15, 14, 38, tzinfo=LONDON)),
        # One more than the day takes leaves when the day turns, fifty more two minutes later.
        (1000, 0, datetime(2026, 9, 16, 0, 2, tzinfo=LONDON)),
        (25, 950, datetime(2026, 9, 16, 0, 1, tzinfo=LONDON)),
        (1925, 0, datetime(2026, 9, 17, 0, 1, tzinfo=LONDON)),
    ],
)
def test_finish_waits_for_the_day_to_turn_when_the_quota_is_used_up(
    waiting: int, used: int, finished: datetime
) -> None:
    now = datetime(2026, 9, 15, 14, 0, tzinfo=LONDON)
    quota = Quota(limit=1000, used=used, day=TODAY)
    assert finish(waiting, rate=30, now=now, quota=quota) == finished


def test_finish_over_midnight_is_by_the_rate_where_the_quota_does_not_bind() -> None:
    now = datetime(2026, 9, 15, 23, 50, tzinfo=LONDON)
    quota = Quota(limit=1000, used=0, day=TODAY)
    assert finish(500, rate=30, now=now, quota=quota) == now + 20 * MINUTE


def test_finish_over_a_clock_change_is_in_real_minutes() -> None:
    now = datetime(2026, 10, 25, 0, 30, tzinfo=LONDON)
    found = finish(25 * 90, rate=30, now=now)
    assert found is not None
    assert found.timestamp() - now.timestamp() == 90 * 60


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24), date(2026, 6, 1)])
def test_day_turns_at_midnight_of_the_wall_clock(day: date) -> None:
    at = datetime.combine(day, time(15), tzinfo=LONDON)
    turned = next_day(at)
    assert (turned.date(), turned.time()) == (day + timedelta(days=1), time())


# --- Quiet hours ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("at", "until"),
    [
        ((2026, 9, 15, 19, 59, 59), None),
        ((2026, 9, 15, 20, 0), (2026, 9, 16, 7, 30)),
        ((2026, 9, 15, 23, 59), (2026, 9, 16, 7, 30)),
        ((2026, 9, 16, 0, 0), (2026, 9, 16, 7, 30)),
        ((2026, 9, 16, 7, 29, 59), (2026, 9, 16, 7, 30)),
        ((2026, 9, 16, 7, 30), None),
        # Saturday and Sunday are days like others.
        ((2026, 9, 19, 12, 0), None),
        ((2026, 9, 19, 21, 0), (2026, 9, 20, 7, 30)),
        # The clocks go forward and back in these nights: the wall clock decides.
        ((2026, 3, 28, 20, 0), (2026, 3, 29, 7, 30)),
        ((2026, 3, 29, 0, 30), (2026, 3, 29, 7, 30)),
        ((2026, 10, 24, 20, 0), (2026, 10, 25, 7, 30)),
        ((2026, 10, 25, 1, 30), (2026, 10, 25, 7, 30)),
    ],
)
def test_quiet_hours_end_in_the_morning_of_the_wall_clock(
    at: tuple[int, ...], until: tuple[int, ...] | None
) -> None:
    found = Quiet().until(datetime(*at, tzinfo=LONDON))
    assert found == (datetime(*until, tzinfo=LONDON) if until else None)


def test_night_of_a_clock_change_is_an_hour_shorter_or_longer() -> None:
    lengths = []
    for day in (date(2026, 3, 28), date(2026, 10, 24), date(2026, 9, 15)):
        begins = datetime.combine(day, time(20), tzinfo=LONDON)
        ends = Quiet().until(begins)
        assert ends is not None
        lengths.append((ends.timestamp() - begins.timestamp()) / 3600)
    assert lengths == [10.5, 12.5, 11.5]


def test_quiet_may_lie_within_a_day_and_equal_times_are_none() -> None:
    noon = datetime(2026, 9, 15, 12, 0, tzinfo=LONDON)
    assert Quiet(begins=time(11), ends=time(13)).until(noon) == noon + 60 * MINUTE
    assert Quiet(begins=time(13), ends=time(14)).until(noon) is None
    assert Quiet(begins=time(12), ends=time(12)).until(noon) is None


def test_quiet_that_ends_in_an_hour_that_does_not_exist_ends_after_it() -> None:
    ends = Quiet(ends=time(1, 30)).until(datetime(2026, 3, 28, 22, 0, tzinfo=LONDON))
    assert ends == datetime(2026, 3, 29, 2, 30, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("needed_by", "waits"),
    [(None, True), (-1, False), (0, True), (1, True)],
)
def test_what_is_of_no_use_by_the_morning_does_not_wait(needed_by: int | None, waits: bool) -> None:
    by = None if needed_by is None else NOW + needed_by * timedelta(seconds=1)
    assert waits_until_morning(morning=NOW, needed_by=by) is waits


# --- What became of it ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("known", "told", "changes"),
    [
        ("", Fate.DELAYED, True),
        ("", Fate.BOUNCED, True),
        ("delayed", Fate.DELAYED, False),
        ("delayed", Fate.DELIVERED, True),
        ("delivered", Fate.DELAYED, False),
        ("delivered", Fate.BOUNCED, True),
        ("delivered", Fate.COMPLAINT, True),
        ("bounced", Fate.DELIVERED, False),
        ("bounced", Fate.FULL, False),
        ("complaint", Fate.DELIVERED, False),
    ],
)
def test_e46_late_and_repeated_news_do_not_change_what_is_known(
    known: str, told: Fate, changes: bool
) -> None:
    assert follows(known, told) is changes


def test_e46_every_fate_has_words_and_its_consequence() -> None:
    assert len({fate.words for fate in Fate}) == len(Fate)
    assert {fate for fate in Fate if fate.has_failed} == {
        Fate.BOUNCED, Fate.FULL, Fate.LOST, Fate.NO_ADDRESS,
    }  # fmt: skip
    assert {fate for fate in Fate if fate.closes_address} == {Fate.BOUNCED, Fate.COMPLAINT}
