"""What one room knows and another shows: registered here, so that no room imports the other."""

from collections.abc import Iterable

from django.urls import reverse

from audit import selectors as audit
from concerns import selectors as concerns
from concerns.selectors import About
from consent import selectors as consent
from meetings.models import Meeting
from school.models import StaffMember
from school.roles import Viewer
from schoolsafe.lib import clock
from schoolsafe.lib.rows import names_a_row


def call(viewer: Viewer, pk: str) -> About | None:
    """Return a call as the form of a concern shows it, to somebody who may know of it."""
    if not names_a_row(pk):
        return None
    meeting = Meeting.objects.visible_to(viewer).filter(pk=int(pk)).first()
    if meeting is None:
        return None
    return About(
        words=f"About the call: {meeting.title}, {clock.in_words(meeting.starts_at)}",
        place="On a video call",
        pupil_ids=tuple(meeting.places.values_list("pupil", flat=True)),
    )


def names(actors: Iterable[str]) -> dict[str, str]:
    """Return the names of the members of staff among these actors of the audit."""
    numbers = {actor.removeprefix("staff:") for actor in actors if actor.startswith("staff:")}
    found = StaffMember.objects.filter(pk__in=[one for one in numbers if one.isdecimal()])
    return {f"staff:{person.pk}": person.name for person in found.select_related("user")}


consent.tells_of(
    "meetings.meeting",
    own=lambda viewer: Meeting.objects.visible_to(viewer).values("question"),
    page=lambda pk: reverse("meetings:detail", args=[pk]),
)
concerns.tells_about("meetings.meeting", call)
audit.names_actors(names)
audit.hides(lambda viewer: consent.family_in_audit(viewer) if isinstance(viewer, Viewer) else ())
