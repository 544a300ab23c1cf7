"""Presses on the live register that come late: the connection was gone when they were made."""

from datetime import datetime, timedelta

from meetings.policy.facts import EntryKind
from schoolsafe.lib.rules import NotAllowed

# What protects a child is taken however late it comes; nothing noted meanwhile makes it wrong.
ALWAYS_TAKEN = frozenset({EntryKind.REMOVED, EntryKind.UNKNOWN_NAME, EntryKind.NAMED})
# A family that presses Join decides nothing about where the pupil is.
NO_DECISION = frozenset({EntryKind.AT_DOOR, EntryKind.NAMED})


def pressed_at(now: datetime, *, ago: timedelta, opened_at: datetime | None) -> datetime:
    """Return when a press was made that waited on the device.

    The device says how long it waited, not what its clock shows: that may be wrong by hours. It was
    made after the door was opened, and not in the future.
    """
    earliest = opened_at or now
    return min(now, max(earliest, now - max(ago, timedelta(0))))


def check_overtaken(kind: EntryKind, *, pressed_at: datetime, newest: datetime | None) -> None:
    """Refuse a press that waited while somebody noted something newer about the same person.

    It was made by somebody who did not know of that, and would turn it round. Raises NotAllowed.
    """
    if kind in ALWAYS_TAKEN or newest is None or newest <= pressed_at:
        return
    raise NotAllowed(
        "Something newer was noted while this press waited to be sent. "
        "Look at the register, and press again if it still holds."
    )
