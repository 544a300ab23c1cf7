"""Putting on record that the numbers and the list of cases leave the house (A55)."""

from audit import services as audit
from concerns import policy
from concerns.policy.report import Purpose
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

FORMS = ("csv", "print")


@audit.atomic()
def export_cases(*, by: StaffMember, year: str, purpose: Purpose, form: str, cases: int) -> None:
    """Write down who takes out the list of cases without names, for whom, and in which form.

    Raises NotAllowed for whoever may not.
    """
    if not policy.may_export_cases(by.viewer()):
        raise NotAllowed("The designated lead and the headteacher take out the list of cases.")
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb="concern.inspection.read",
        object="concerns.inspection",
        year=year,
        purpose=purpose.value,
        form=form,
        cases=cases,
    )
