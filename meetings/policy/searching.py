"""When Teams is asked for the attendance reports of a call, and which of them are of that call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

# Teams writes a report some minutes after everybody has left, and at times hours after. Whoever goes
# back into the meeting makes another one, so that it is looked for until the last of these.
LOOKS_AFTER = (
    timedelta(minutes=10),
    timedelta(minutes=20),
    timedelta(minutes=40),
    timedelta(minutes=80),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=48),
)
# Somebody who goes into the meeting before its day is met by the lobby.
EARLIEST = timedelta(hours=12)


@dataclass(frozen=True, kw_only=True)
class Span:
    """From when until when something was: a call, or the meeting of a report."""

    starts_at: datetime
    ends_at: datetime

    def distance(self, other: "Span") -> timedelta:
        """Return how long after the one the other begins; nothing where they touch."""
        apart = max(self.starts_at - other.ends_at, other.starts_at - self.ends_at)
        return max(apart, timedelta(0))


def over_at(*, ends_at: datetime, ended_at: datetime | None) -> datetime:
    """Return when a call is over: when somebody ended it, and until then as it is planned."""
    return ended_at or ends_at


def next_search(*, over_at: datetime, last: datetime | None, now: datetime) -> datetime | None:
    """Return when Teams is asked next: now, at a later moment, or not any more.

    Whoever comes to it long after the end still asks once.
    """
    marks = [over_at + after for after in LOOKS_AFTER]
    passed = [mark for mark in marks if mark <= now]
    if passed and (last is None or last < max(passed)):
        return now
    return min((mark for mark in marks if mark > now), default=None)


def is_report_of(report: Span, call: Span, others: Iterable[Span]) -> bool:
    """Tell whether a report of a call's Teams meeting is about this call (E68, E70).

    The dates of a series may share one meeting: each report belongs to the date that it is nearest to.
    What went on in the meeting long before or after is of no call of ours.
    """
    if report.starts_at < call.starts_at - EARLIEST:
        return False
    if report.starts_at > call.ends_at + LOOKS_AFTER[-1]:
        return False
    away = report.distance(call)
    return all(away <= report.distance(other) for other in others)
