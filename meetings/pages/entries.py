"""How a call stands in the calendar of an adult on it: title and times, and never a pupil's name."""

from datetime import datetime

from django.urls import reverse

from meetings import policy
from meetings.entry import Entry, Standing, uid_of
from meetings.models import Meeting, Seat
from meetings.pages.parts import ROLE_WORDS
from school.selectors import school
from schoolsafe.lib import links

_STANDINGS = {
    policy.Status.DRAFT: Standing.TENTATIVE,
    policy.Status.CANCELLED: Standing.CANCELLED,
}


def entry_for_staff(meeting: Meeting, seat: Seat, now: datetime) -> Entry:
    """Return the entry of one adult: it leads to the call's page of ours, never to Teams."""
    front = school()
    url = links.absolute(reverse("meetings:detail", args=[meeting.pk]))
    role = ROLE_WORDS[policy.SeatRole(seat.role)]
    words = "\n".join(
        [
            f"Your part: {role}.",
            f"Everything about the call stands on its page: {url}",
            "Join from there, so that the door opens and the register runs.",
        ]
    )
    return Entry(
        uid=uid_of(meeting.calendar_id, "seat", meeting.pk, seat.staff_id),
        number=meeting.calendar_number,
        title=meeting.title,
        words=words,
        url=url,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        written_at=now,
        school=front.name,
        school_email=front.office_email,
        standing=_STANDINGS.get(policy.Status(meeting.status), Standing.CONFIRMED),
    )
