"""What the stories of E42 begin with: a proposal, and its approval."""

from typing import Any

from consent import services
from school import services as school
from school.deciding import Ground
from school.models import OwnConsent, Pupil, StaffMember
from schoolsafe.lib import clock

REASONS = "She lives with her aunt and has told her head of year."


def propose(pupil: Pupil, *, by: StaffMember, **facts: Any) -> OwnConsent:
    defaults = {"ground": Ground.ESTRANGED, "reasons": REASONS, "begins_on": clock.today()}
    return school.propose_own_consent(pupil, by=by, **(defaults | facts))


def approved(pupil: Pupil, *, office: StaffMember, lead: StaffMember, **facts: Any) -> OwnConsent:
    return services.approve_own_consent(propose(pupil, by=office, **facts), by=lead)
