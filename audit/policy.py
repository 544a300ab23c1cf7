"""When the chain is checked, and when a check is late: plain Python, no Django, no clock."""

from datetime import datetime, timedelta
from enum import StrEnum

# What was written since the last look, and the whole chain from its first entry.
NEWEST_EVERY = timedelta(minutes=5)
WHOLE_EVERY = timedelta(hours=24)
# A sweep that misses a few minutes is no alarm; one whose check fails is one within the hour.
NEWEST_LATE_AFTER = timedelta(hours=1)
WHOLE_LATE_AFTER = timedelta(days=3)
# Whoever changed thousands of entries gets no thousands of alarms: the walks stand still at so many.
MOST_OPEN = 20


class Part(StrEnum):
    """One of the two walks along the chain."""

    NEWEST = "newest"
    WHOLE = "whole"


EVERY = {Part.NEWEST: NEWEST_EVERY, Part.WHOLE: WHOLE_EVERY}
LATE_AFTER = {Part.NEWEST: NEWEST_LATE_AFTER, Part.WHOLE: WHOLE_LATE_AFTER}


class Why(StrEnum):
    """What is wrong with the chain, or with the check of it."""

    CHANGED = "changed"
    REMOVED = "removed"
    REORDERED = "reordered"
    UNKNOWN_KEY = "unknown key"
    CUT_SHORT = "cut short"
    SET_BACK = "set back"
    NOT_RUN = "not run"


# What a person is told, who may never have heard of a chain.
WORDS = {
    Why.CHANGED: "An entry of the audit was changed, or was not written by this system.",
    Why.REMOVED: "One or more entries of the audit were removed.",
    Why.REORDERED: "An entry of the audit stands in another place than it was written in.",
    Why.UNKNOWN_KEY: "A key is missing, so a part of the audit cannot be checked.",
    Why.CUT_SHORT: "The newest entries of the audit that had been checked are gone, or were changed.",
    Why.SET_BACK: "What the system had noted about its own check of the audit was changed.",
    Why.NOT_RUN: "The audit has not been checked for too long.",
}
# Of these somebody must have had the database in their hands, or an older copy of it came back.
BY_HAND = frozenset(Why) - {Why.UNKNOWN_KEY, Why.NOT_RUN}


def is_due(part: Part, *, begun_at: datetime, is_under_way: bool, now: datetime) -> bool:
    """Tell whether a walk goes on, or begins anew."""
    return is_under_way or now - begun_at >= EVERY[part]


def is_late(part: Part, *, finished_at: datetime, now: datetime) -> bool:
    """Tell whether a walk should have come to its end by now."""
    return now - finished_at > LATE_AFTER[part]
