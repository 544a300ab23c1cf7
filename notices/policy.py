"""When a message goes, when it is tried again and how fast: plain Python, no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum


class Urgency(IntEnum):
    """The order of sending."""

    NOW = 0
    TODAY = 1
    BULK = 2


class State(StrEnum):
    """Where a notice stands."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"

    @property
    def tone(self) -> str:
        """Return the colour that goes with the word."""
        return {"due": "news", "sending": "news", "sent": "clear", "failed": "stop"}.get(
            self.value, "quiet"
        )

    @property
    def sentence(self) -> str:
        """Return it as a sentence for a person."""
        return {
            "due": "This message waits for its turn.",
            "sending": "This message is being sent.",
            # A mail server's yes is not a reader's: never say delivered.
            "sent": "The mail server accepted this message.",
            "failed": "This message could not be sent.",
            "dropped": "This message was not sent, because it was no longer to go.",
        }[self.value]


class Outcome(StrEnum):
    """What came of one try."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        """Return it as words for a person."""
        return {
            "accepted": "the mail server accepted it",
            "temporary": "the mail server could not take it for now",
            "permanent": "the mail server refused it",
            "unknown": "no answer came, so it may have gone",
        }[self.value]


def is_from_server(answer: str) -> bool:
    """Tell whether an answer is a mail server's: its own words begin with its code, ours never do."""
    return answer[:3].isdigit()


def attributed(answer: str) -> str:
    """Return an answer with who gave it: a server is not blamed for what went wrong before it."""
    if is_from_server(answer):
        return f"The mail server said: {answer}"
    return answer[:1].upper() + answer[1:]


# A sender that has not answered by then is taken for dead and its notices go to another.
LEASE = timedelta(minutes=2)
# Small, so that an urgent notice never waits behind a long batch and a kill touches little.
BATCH = 20
LADDER_BATCH = 200

_MINUTE = timedelta(minutes=1)
# 1, 5, 15 and 60 minutes, then hourly; together just under 24 hours.
RETRY_AFTER = tuple(_MINUTE * wait for wait in (1, 5, 15, 60, *([60] * 22)))
# A mail server that cannot be reached is no fault of the letter: no try is counted, and what is
# due leaves within a minute of its return.
PAUSES = tuple(timedelta(seconds=wait) for wait in (5, 15, 30, 60))

BEAT_EVERY = timedelta(minutes=1)
SILENT_AFTER = timedelta(minutes=10)
OVERDUE_AFTER = timedelta(minutes=15)


def next_try(failures: int, *, now: datetime) -> datetime | None:
    """Return when a letter that failed so many times is tried again, or None to give up."""
    if failures > len(RETRY_AFTER):
        return None
    return now + RETRY_AFTER[failures - 1]


def pause_after(faults: int, *, now: datetime) -> datetime:
    """Return when a mail server that could not be reached so many times in a row is tried again."""
    return now + PAUSES[min(faults, len(PAUSES)) - 1]


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


def finish(waiting: int, *, rate: int, now: datetime) -> datetime | None:
    """Return when the last of the waiting letters will be out, or None when there is none."""
    if not waiting:
        return None
    # Without a limit about a hundred a second leave, even from a small machine.
    per_minute = Bucket(rate=rate, tokens=0, at=now).per_minute if rate else 6000
    return now + _MINUTE * (waiting / per_minute)
