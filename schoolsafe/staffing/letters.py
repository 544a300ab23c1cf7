"""The letter about a proposed role, and the watch that lets a proposal lapse."""

from datetime import datetime

from django.urls import reverse

from notices.kinds import Kind, Letter, Unwanted, Urgency, Watch, register, register_watch, render
from notices.models import Notice
from school import selectors
from school.models import School, StaffMember
from school.selectors import Contact
from schoolsafe.lib.links import absolute
from schoolsafe.staffing import changes


def compose(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Write what was proposed or became of it, unless it was decided before the letter left."""
    pk = notice.about.rpartition(":")[2]
    proposal = selectors.role_proposals().get(pk=pk)
    what = str(notice.detail["what"])
    if what == "proposed" and proposal.settled_at is not None:
        return Unwanted("decided meanwhile")
    reader = StaffMember.objects.get(pk=notice.staff_id or 0)
    context = {
        "school": School.objects.current(),
        "name": reader.name,
        "proposal": proposal,
        "what": what,
        "is_own": reader.pk == proposal.staff_id,
        "may_settle": selectors.may_settle(reader.viewer(), proposal),
        "url": absolute(reverse("staffing:person", args=[proposal.staff_id])),
    }
    return render("account/mail/role_proposal", context)


register(
    Kind(
        name="role_proposal",
        urgency=Urgency.NOW,
        template="account/mail/role_proposal",
        compose=compose,
        label="Somebody was proposed for a role that opens concerns",
    )
)
register_watch(Watch(name="role_proposal", turned=selectors.lapsed_proposals, see_to=changes.lapse))
