"""Looking at an answer of which it is unclear who gave it, and deciding whether it counts."""

from audit import services as audit
from consent.models import Answer, Check
from consent.policy import Weight
from consent.selectors.voices import weigh
from consent.services.answering import announce, locked
from school import services as school
from school.models import StaffMember
from school.roles import may_see_all_meetings
from school.selectors import unsettled_until
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def check(answer: Answer, *, by: StaffMember, is_accepted: bool, note: str = "") -> Check:
    """Write down what staff found about an answer by somebody else, or by a link that was disowned.

    Accepted, it counts. Raises NotAllowed when the person may not, when there is nothing to check, or
    for a yes from an address that they changed themselves and that is not settled yet (E34).
    """
    now = clock.now()
    if not may_see_all_meetings(by.viewer()):
        raise NotAllowed("Only the office and the safeguarding team can check an answer.")
    school.check_no_kin_among([answer.request.pupil_id], by=by)
    request, _ = locked(answer.request, now=now)
    if Check.objects.filter(answer=answer).exists():
        raise NotAllowed("Somebody has checked this answer already.")
    if weigh(request, answer) is not Weight.WAITS:
        raise NotAllowed("There is nothing to check about this answer.")
    asked = request.guardian or request.pupil
    is_unsettled = answer.address_changed_at is not None and unsettled_until(asked, now) is not None
    if is_accepted and is_unsettled and asked.email_changed_by_id == by.pk:
        raise NotAllowed("You changed this address: somebody else makes sure of it.")
    checked = Check.objects.create(
        answer=answer, is_accepted=is_accepted, checked_by=by, checked_at=now, note=note
    )
    announce(request, now=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb="consent.check",
        object=f"consent.answer:{answer.pk}",
        accepted=is_accepted,
    )
    return checked


@audit.atomic()
def look(answer: Answer, *, by: StaffMember) -> None:
    """Write down that a member of staff has looked at an answer; raises NotAllowed for family."""
    school.check_no_kin_among([answer.request.pupil_id], by=by)
    audit.record(
        at=clock.now(), actor=by.actor, verb="consent.read", object=f"consent.answer:{answer.pk}"
    )
