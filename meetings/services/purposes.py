"""The purposes for which calls are held, and what each says about recording (P3)."""

from audit import services as audit
from meetings import policy
from meetings.models import Purpose
from school.models import StaffMember
from school.services import System
from schoolsafe.lib import clock


@audit.atomic()
def offer_purpose(
    *,
    by: StaffMember | System,
    name: str,
    recording_rule: policy.RecordingRule,
    guidance: str = "",
) -> Purpose:
    """Offer a purpose to those who plan calls."""
    purpose = Purpose.objects.create(
        name=name, recording_rule=recording_rule.value, guidance=guidance
    )
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb="purpose.offer",
        object=f"meetings.purpose:{purpose.pk}",
    )
    return purpose
