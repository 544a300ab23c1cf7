"""When a message goes, by which way, how fast, and what became of it: plain Python, no clock."""

from notices.policy.fates import MISSED, Fate, follows, of_event, of_refusal, of_state
from notices.policy.quiet import Quiet, waits_until_morning
from notices.policy.rates import Bucket, Quota, finish, next_day
from notices.policy.states import (
    HELD,
    Channel,
    Outcome,
    State,
    Urgency,
    attributed,
    is_from_server,
)
from notices.policy.timing import (
    BATCH,
    BEAT_EVERY,
    HELD_IS_SAID_FOR,
    LADDER_BATCH,
    LEASE,
    OVERDUE_AFTER,
    PAUSES,
    RETRY_AFTER,
    SILENT_AFTER,
    next_try,
    pause_after,
)

__all__ = [
    "BATCH",
    "BEAT_EVERY",
    "HELD",
    "HELD_IS_SAID_FOR",
    "LADDER_BATCH",
    "LEASE",
    "MISSED",
    "OVERDUE_AFTER",
    "PAUSES",
    "RETRY_AFTER",
    "SILENT_AFTER",
    "Bucket",
    "Channel",
    "Fate",
    "Outcome",
    "Quiet",
    "Quota",
    "State",
    "Urgency",
    "attributed",
    "finish",
    "follows",
    "is_from_server",
    "next_day",
    "next_try",
    "of_event",
    "of_refusal",
    "of_state",
    "pause_after",
    "waits_until_morning",
]
