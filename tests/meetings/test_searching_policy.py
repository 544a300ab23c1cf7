"""When Teams is asked for the reports of a call, and which of them are of that call."""

from datetime import UTC, datetime, timedelta

import pytest

from meetings import policy
from meetings.policy import Span

OVER = datetime(2026, 9, 17, 13, 45, tzinfo=UTC)
S = timedelta(seconds=1)
M = timedelta(minutes=1)
H = timedelta(hours=1)


# Minutes after the end, minutes after the end at which it was asked last, when it is asked next.
DUE = [
    (-90, None, 10),
    (9.9, None, 10),
    (10, None, 10),
    (10, 10, 20),
    (19.9, 10, 20),
    (20, 10, 20),
    (25, 22, 40),
    (100, None, 100),
    (100, 80, 180),
    (2879, 1440, 2880),
    (2880, 1440, 2880),
    (2880, 2880, None),
    (9999, 2880, None),
    (9999, None, 9999),
    # The end was pressed after Teams had been asked: the marks count anew.
    (0, -5, 10),
]


@pytest.mark.parametrize(("now", "last", "due"), DUE)
def test_teams_is_asked_at_growing_gaps_until_two_days_after_the_end(
    now: float, last: float | None, due: float | None
) -> None:
    found = policy.next_search(
        over_at=OVER, last=None if last is None else OVER + last * M, now=OVER + now * M
    )
    assert found == (None if due is None else OVER + due * M)


def test_call_is_over_when_somebody_ended_it_and_until_then_as_planned() -> None:
    assert policy.over_at(ends_at=OVER, ended_at=None) == OVER
    assert policy.over_at(ends_at=OVER, ended_at=OVER - 5 * M) == OVER - 5 * M


def span(begins: timedelta, ends: timedelta) -> Span:
    return Span(starts_at=OVER + begins, ends_at=OVER + ends)


CALL = span(-45 * M, 0 * M)
NEXT_DAY, NEXT_HOUR = span(23 * H, 24 * H), span(15 * M, 60 * M)

# The report, the other calls in the same Teams meeting, whether it is of this call.
OF_THIS_CALL = [
    (CALL, [], True),
    (CALL, [NEXT_DAY, NEXT_HOUR], True),
    # Somebody went back in, on the evening or the next day.
    (span(5 * H, 6 * H), [], True),
    (span(23 * H, 24 * H), [], True),
    (span(23 * H, 24 * H), [NEXT_DAY], False),
    (span(11 * H, 11 * H), [NEXT_DAY], True),
    (span(13 * H, 13 * H), [NEXT_DAY], False),
    # One session over two calls is of both; as near to one as to the other too.
    (span(-45 * M, 60 * M), [NEXT_HOUR], True),
    (span(7.5 * M, 7.5 * M), [NEXT_HOUR], True),
    # Long before or after it is of no call of ours.
    (span(-45 * M - 12 * H, 0 * M), [], True),
    (span(-45 * M - 12 * H - S, -12 * H), [], False),
    (span(48 * H, 49 * H), [], True),
    (span(48 * H + S, 49 * H), [], False),
]


@pytest.mark.parametrize(("report", "others", "is_it"), OF_THIS_CALL)
def test_e68_report_is_of_the_call_that_it_is_nearest_to(
    report: Span, others: list[Span], is_it: bool
) -> None:
    assert policy.is_report_of(report, CALL, others) is is_it
