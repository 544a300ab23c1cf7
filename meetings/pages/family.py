"""What a family's own page says besides how the door stands."""

from datetime import datetime

from meetings import policy
from meetings.models import Meeting
from schoolsafe.lib.words import marked

COME_BACK = marked("Open this page again then. The call opens about 15 minutes before it starts.")


def next_for_family(door: policy.Door, meeting: Meeting, now: datetime) -> str:
    """Return what a family can do now; long before the call there is nothing to wait for."""
    is_early = now < meeting.starts_at - policy.DOOR_OPENS_BEFORE
    if door is policy.Door.NOT_YET and is_early:
        return COME_BACK
    return policy.next_for_family(door)
