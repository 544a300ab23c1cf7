"""When somebody is reminded of a call that was not closed, and when it reaches the team."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# P12, P13: pupils may still be in a call that nobody ended.
REMIND_AFTER = (timedelta(minutes=10), timedelta(minutes=30))
ESCALATE_AFTER = timedelta(hours=1)
AGAIN_AFTER = timedelta(hours=24)


# A recording of children that nobody has destroyed in time: who keeps it first, then the team.
RECORDING_AGAIN_AFTER = timedelta(days=7)


def is_late_to_close(*, ends_at: datetime, now: datetime) -> bool:
    """Tell whether somebody has been reminded already that a call is not closed (P13)."""
    return now >= ends_at + REMIND_AFTER[0]


@dataclass(frozen=True, kw_only=True)
class Rung:
    """What happens now, and when to look again."""

    escalates: bool
    next_due: datetime


def closing_rung(*, ends_at: datetime, now: datetime, has_incident: bool) -> Rung:
    """Return the rung of now for a call that is not closed; after days of silence, the right one."""
    if has_incident:
        return Rung(escalates=False, next_due=now + AGAIN_AFTER)
    if now >= ends_at + ESCALATE_AFTER:
        return Rung(escalates=True, next_due=now + AGAIN_AFTER)
    later = [ends_at + after for after in (*REMIND_AFTER, ESCALATE_AFTER)]
    return Rung(escalates=False, next_due=next(at for at in later if at > now))


def recording_rung(*, due_at: datetime, now: datetime) -> Rung:
    """Return the rung of now for a recording that was to be destroyed by `due_at`."""
    return Rung(
        escalates=now >= due_at + RECORDING_AGAIN_AFTER, next_due=now + RECORDING_AGAIN_AFTER
    )
