"""Which call a member of staff is running just now."""

from datetime import datetime

from meetings import policy
from meetings.models import Seat
from school import idle


def runs_now(staff_id: int, meeting_id: int, now: datetime) -> bool:
    """Tell whether somebody is on a call whose door is open: its page is not locked meanwhile (E18)."""
    seats = Seat.objects.filter(
        meeting=meeting_id,
        staff=staff_id,
        dropped_out_at=None,
        meeting__status=policy.Status.OPEN.value,
    )
    return any(idle.stays_open(at, now) for at in seats.values_list("meeting__ends_at", flat=True))
