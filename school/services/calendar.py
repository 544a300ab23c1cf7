"""Changes to the school itself: its settings, its terms and the days on which it is closed."""

from collections.abc import Sequence

from audit import services as audit
from school.models import ClosedDay, School, StaffMember, Term
from school.services.system import System
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def set_up(*, by: StaffMember | System, school: School) -> School:
    """Write down the one school of this installation.

    Raises NotAllowed when there is one.
    """
    if School.objects.exists():
        raise NotAllowed("This installation has its school already.")
    school.pk = 1
    school.save(force_insert=True)
    audit.record(at=clock.now(), actor=by.actor, verb="school.set_up", object="school.school:1")
    return school


@audit.atomic()
def set_calendar(
    *, by: StaffMember | System, terms: Sequence[Term], closed_days: Sequence[ClosedDay]
) -> None:
    """Enter terms, and the days inside them on which the school is closed to pupils."""
    Term.objects.bulk_create(terms)
    ClosedDay.objects.bulk_create(closed_days)
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb="school.set_calendar",
        object="school.school:1",
        terms=len(terms),
        closed_days=len(closed_days),
    )
