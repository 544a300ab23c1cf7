"""The letter that reminds those who answer families: that something waits, and no more."""

from datetime import datetime

from notices import kinds
from notices.kinds import Kind, LadderKind, Letter, Unwanted, Urgency
from notices.models import Notice
from school import selectors
from school.models import FamilyRequest, School, StaffMember
from school.models.family_requests import PREFIX
from school.selectors import Contact
from schoolsafe.families import asking
from schoolsafe.lib.links import absolute


def _requested(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Write that something has to be answered, to whoever still answers it."""
    row = FamilyRequest.objects.filter(reference=notice.about.removeprefix(PREFIX)).first()
    if row is None or row.ended_at is not None:
        return Unwanted("it has ended")
    person = StaffMember.objects.get(pk=notice.staff_id or 0)
    if not selectors.family_requests(person.viewer()).filter(pk=row.pk).exists():
        return Unwanted("no longer for this person")
    context: dict[str, object] = {
        "school": School.objects.current(),
        "button_url": absolute(row.get_absolute_url()),
        "button_label": "Open it",
    }
    return kinds.render("schoolsafe/mail/family_requested", context)


kinds.register(
    Kind(
        name=asking.REQUESTED,
        urgency=Urgency.NOW,
        template="schoolsafe/mail/family_requested",
        compose=_requested,
        label="A family waits for an answer",
    )
)
kinds.register_ladder(
    LadderKind(name=asking.REQUESTED, climb=asking.climb, unladdered=asking.unreminded)
)
