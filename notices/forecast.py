"""When messages will be out, by each provider's rate and quota and the school's quiet hours.

Only those that stand in lists are counted: a few of a sensitive kind delay the others by seconds, and
what a page says of them would tell of a concern.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q

from notices.policy import Channel, Quiet, State, finish
from notices.providers import channels, in_use, quota, terms
from notices.selectors import shown
from school.selectors import SCHOOL
from schoolsafe.lib import clock


def quiet_hours() -> Quiet:
    """Return when families are left in peace; the usual hours before the school is set up."""
    for found in SCHOOL.rows():
        return Quiet(begins=found.quiet_from, ends=found.quiet_until)
    return Quiet()


def expected_finish(now: datetime) -> datetime | None:
    """Return when the last message that is due now will be out, or None when there is none."""
    ends = [_finish(channel, _waiting(channel, now), now) for channel in channels()]
    return max((end for end in ends if end is not None), default=None)


def would_finish(count: int, now: datetime) -> datetime | None:
    """Return when the last of so many more messages to families would be out, if sent now.

    They stand behind what is due already; in the quiet hours they wait for the morning.
    """
    if not count:
        return None
    begins = quiet_hours().until(clock.local(now)) or now
    ahead = _waiting(Channel.EMAIL, begins)
    return _finish(Channel.EMAIL, ahead + count, begins)


def in_words(count: int, now: datetime) -> str:
    """Say how many messages a press of a button makes and when the last will be out; "" for none."""
    end = would_finish(count, now)
    if end is None:
        return ""
    # Never a minute early: a part of one counts.
    at = end.replace(second=0, microsecond=0)
    at = at if at == end else at + timedelta(minutes=1)
    is_today = clock.local(at).date() == clock.local(now).date()
    when = clock.time_in_words(at) if is_today else clock.in_words(at)
    if count == 1:
        return f"1 message, it will be out at about {when}."
    return f"{count:,} messages, the last will be out at about {when}."


def _waiting(channel: Channel, now: datetime) -> int:
    """Return how many messages of a channel are due or being sent."""
    rows = shown().filter(channel=channel.value)
    return rows.filter(
        Q(state=State.SENDING.value) | Q(pk__in=shown().due(now=now).values("pk"))
    ).count()


def _finish(channel: Channel, waiting: int, now: datetime) -> datetime | None:
    agreed = terms(channel)
    known = {row.name: row for row in in_use()} if agreed.quota else {}
    left = quota(known.get(agreed.name), agreed.quota, now=now)
    return finish(waiting, rate=agreed.rate, now=clock.local(now), quota=left)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Messages that have not left though their day has come, and when the first of them goes."""

    count: int
    next_try: datetime | None


def waiting_again(now: datetime) -> Waiting:
    """Return how many messages wait for another try, and when the first of them comes."""
    rows = shown().filter(state=State.DUE.value, failures__gt=0, try_at__gt=now)
    return Waiting(**rows.aggregate(count=Count("pk"), next_try=Min("try_at")))


def waiting_for_morning(now: datetime) -> Waiting:
    """Return how many messages wait for the end of the quiet hours."""
    # One with a reason waits for that, not for the morning.
    rows = shown().filter(
        state=State.DUE.value, failures=0, due_at__lte=now, try_at__gt=now, why=""
    )
    return Waiting(**rows.aggregate(count=Count("pk"), next_try=Min("try_at")))
