"""That the figures were taken out of the house."""

from audit import services as audit
from school.models import StaffMember
from school.roles import may_see_figures
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def export_figures(*, by: StaffMember, year: str, form: str) -> None:
    """Write down that somebody has taken the figures of a school year out, and in which form.

    Raises NotAllowed for whoever may not see them.
    """
    if not may_see_figures(by.viewer()):
        raise NotAllowed("Your part in the school does not include this page.")
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb="meeting.figures.read",
        object="meetings.figures",
        year=year,
        form=form,
    )
