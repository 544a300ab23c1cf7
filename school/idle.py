"""How long a browser stays open to whoever sits before it: plain Python, facts and `now` in."""

from datetime import datetime, timedelta

# A minute before, the page asks whether somebody is still there.
WARN_BEFORE = timedelta(minutes=1)
# That somebody did something is written down once in so long.
TOLD_EVERY = timedelta(minutes=1)
# The page of a call stays open while it runs, and so long after its planned end: then it was forgotten.
CALL_STAYS_OPEN = timedelta(minutes=30)


def is_locked(acted_at: datetime, now: datetime, *, after: timedelta) -> bool:
    """Tell whether nobody has done anything for so long that the browser asks who is there (E18)."""
    return now >= acted_at + after


def left(acted_at: datetime, now: datetime, *, after: timedelta) -> timedelta:
    """Return how long it is until the browser is locked; nothing is left once it is."""
    return max(acted_at + after - now, timedelta(0))


def is_to_be_told(acted_at: datetime, now: datetime) -> bool:
    """Tell whether it is worth writing down that somebody has just done something."""
    return now >= acted_at + TOLD_EVERY


def stays_open(ends_at: datetime, now: datetime) -> bool:
    """Tell whether the page of a call that runs is spared, whoever does nothing there."""
    return now < ends_at + CALL_STAYS_OPEN
