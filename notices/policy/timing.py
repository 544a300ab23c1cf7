"""When a message is tried again, and when silence is a fault."""

from datetime import datetime, timedelta

# A sender that has not answered by then is taken for dead and its notices go to another.
LEASE = timedelta(minutes=2)
# Small, so that an urgent notice never waits behind a long batch and a kill touches little.
BATCH = 20
# What a batch asks is the same for any number: a smaller one asks it more often.
LADDER_BATCH = 500

_MINUTE = timedelta(minutes=1)
# 1, 5, 15 and 60 minutes, then hourly; together just under 24 hours.
RETRY_AFTER = tuple(_MINUTE * wait for wait in (1, 5, 15, 60, *([60] * 22)))
# A mail server that cannot be reached is no fault of the letter: no try is counted, and what is
# due leaves within a minute of its return.
PAUSES = tuple(timedelta(seconds=wait) for wait in (5, 15, 30, 60))

BEAT_EVERY = timedelta(minutes=1)
SILENT_AFTER = timedelta(minutes=10)
OVERDUE_AFTER = timedelta(minutes=15)

# How long the outbox says that a restore held messages: whoever left one lying meant it by then.
HELD_IS_SAID_FOR = timedelta(days=14)


def next_try(failures: int, *, now: datetime) -> datetime | None:
    """Return when a letter that failed so many times is tried again, or None to give up."""
    if failures > len(RETRY_AFTER):
        return None
    return now + RETRY_AFTER[failures - 1]


def pause_after(faults: int, *, now: datetime) -> datetime:
    """Return when a mail server that could not be reached so many times in a row is tried again."""
    return now + PAUSES[min(faults, len(PAUSES)) - 1]
