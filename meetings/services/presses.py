"""Presses on the live register that may come late, or twice, from a device with a bad connection."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from meetings import policy
from meetings.models import Meeting, RegisterEntry
from school.models import StaffMember


@dataclass(frozen=True, kw_only=True)
class Press:
    """What a device says of one press: its own key, and how long it waited to be sent."""

    key: UUID
    ago: timedelta = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What the register keeps of a press beside the line itself; nothing of one without a key."""

    key: UUID | None = None
    pressed_at: datetime | None = None


# Sent within this of the press, nobody could have noted anything in between that it had not shown.
AT_ONCE = timedelta(seconds=10)
NO_TRACE = Trace()


def is_repeated(meeting: Meeting, press: Press | None, *, by: StaffMember) -> bool:
    """Tell, under the meeting's lock, whether this very press stands in the register already."""
    if press is None:
        return False
    lines = RegisterEntry.objects.filter(meeting=meeting, actor=by.actor, press_key=press.key)
    return lines.exists()


def trace(meeting: Meeting, press: Press | None, *, now: datetime) -> Trace:
    """Return what the register keeps of a press: when it was made is kept where it had to wait."""
    if press is None:
        return NO_TRACE
    if press.ago < AT_ONCE:
        return Trace(key=press.key)
    made = policy.pressed_at(now, ago=press.ago, opened_at=meeting.opened_at)
    return Trace(key=press.key, pressed_at=made)


def check_pupils(
    meeting: Meeting, kind: policy.EntryKind, kept: Trace, pupil_ids: list[int]
) -> None:
    """Refuse a press about pupils that waited while something newer was noted; raises NotAllowed."""
    if kept.pressed_at is not None:
        lines = RegisterEntry.objects.filter(meeting=meeting, pupil__in=pupil_ids)
        newest = max((one.happened_at for one in lines if one.is_decision), default=None)
        policy.check_overtaken(kind, pressed_at=kept.pressed_at, newest=newest)


def check_adult(meeting: Meeting, kind: policy.EntryKind, kept: Trace, staff_id: int) -> None:
    """Refuse a press about an adult that waited while something newer was noted; raises NotAllowed."""
    if kept.pressed_at is not None:
        lines = RegisterEntry.objects.filter(meeting=meeting, staff=staff_id)
        newest = max((one.happened_at for one in lines), default=None)
        policy.check_overtaken(kind, pressed_at=kept.pressed_at, newest=newest)
