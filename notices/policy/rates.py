"""How many messages a provider takes in a minute and in a day, and when the last will be out."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from notices.policy.states import Urgency

_MINUTE = timedelta(minutes=1)
# Without a limit about a hundred a second leave, even from a small machine.
UNLIMITED_A_MINUTE = 6000


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """How many letters a provider takes now: it fills with time and never holds much.

    What it can hold and what flows in during a minute are together the provider's rate, so no
    minute ever sees more. Only urgent letters may take the last ones.
    """

    rate: int
    tokens: float
    at: datetime

    @property
    def size(self) -> int:
        """Return the most it can hold."""
        return max(1, self.rate // 6)

    @property
    def per_minute(self) -> int:
        """Return how much flows in during a minute."""
        return max(1, self.rate - self.size)

    @property
    def reserve(self) -> int:
        """Return how much is kept for urgent letters.

        What is left must hold what flows in between two sweeps, or bulk would be slower than it may.
        """
        return (self.size + 1) // 2

    def filled(self, now: datetime) -> "Bucket":
        """Return the bucket as it stands now; a clock put back takes nothing out."""
        minutes = max(0.0, (now - self.at) / _MINUTE)
        tokens = min(float(self.size), self.tokens + minutes * self.per_minute)
        return Bucket(rate=self.rate, tokens=tokens, at=max(now, self.at))

    def spare(self, urgency: Urgency) -> int:
        """Return how many letters of this urgency may leave."""
        kept = 0 if urgency is Urgency.NOW else self.reserve
        # A hair of tolerance: sixty seconds of a fraction per second must add up to a whole.
        return max(0, int(self.tokens - kept + 1e-6))

    def without(self, count: int) -> "Bucket":
        """Return the bucket after so many letters left."""
        return Bucket(rate=self.rate, tokens=self.tokens - count, at=self.at)


@dataclass(frozen=True, kw_only=True)
class Quota:
    """How many messages a provider takes in one day, and how many it has had; 0 is no limit.

    The last of a day are kept for urgent ones: a thousand questions in the morning must not keep
    an alert of the evening from going out.
    """

    limit: int
    used: int = 0
    day: date | None = None

    @property
    def reserve(self) -> int:
        """Return how many of a day are kept for urgent messages: one in twenty."""
        return (self.limit + 19) // 20

    def on(self, day: date) -> "Quota":
        """Return the quota as it stands on a day: a new day begins with all of it."""
        # A clock put back begins no new day.
        if self.day is not None and day <= self.day:
            return self
        return replace(self, used=0, day=day)

    def spare(self, urgency: Urgency) -> int | None:
        """Return how many messages of this urgency may still leave today, or None without limit."""
        if not self.limit:
            return None
        kept = 0 if urgency is Urgency.NOW else self.reserve
        return max(0, self.limit - self.used - kept)

    @property
    def is_used_up(self) -> bool:
        """Tell whether messages that are not urgent wait for the next day."""
        return self.spare(Urgency.BULK) == 0


def next_day(at: datetime) -> datetime:
    """Return when the day turns on the wall clock that an instant shows."""
    midnight = datetime.combine(at.date() + timedelta(days=1), time(), tzinfo=at.tzinfo)
    # By way of the instant: a midnight that a clock change skips is moved forward.
    return datetime.fromtimestamp(midnight.timestamp(), tz=at.tzinfo)


def finish(
    waiting: int, *, rate: int, now: datetime, quota: Quota | None = None
) -> datetime | None:
    """Return when the last of the waiting messages will be out, or None when there is none.

    What is more than a day takes goes on when the day turns on the clock that `now` shows.
    """
    if not waiting:
        return None
    per_minute = Bucket(rate=rate, tokens=0, at=now).per_minute if rate else UNLIMITED_A_MINUTE
    room = quota.on(now.date()) if quota else Quota(limit=0)
    while (left := room.spare(Urgency.BULK)) is not None:
        midnight = next_day(now)
        minutes = (midnight.timestamp() - now.timestamp()) / 60
        today = min(left, int(minutes * per_minute))
        if waiting <= today or not room.limit - room.reserve:
            break
        waiting, now, room = waiting - today, midnight, room.on(midnight.date())
    # By way of the instant: minutes added to a wall clock do not know of its changes.
    seconds = now.timestamp() + 60 * waiting / per_minute
    return datetime.fromtimestamp(seconds, tz=now.tzinfo)
