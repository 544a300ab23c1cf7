"""One audit entry for each row of a change to several."""

from collections.abc import Sequence

from audit import services as audit
from school.models import StaffMember
from school.services.system import System
from schoolsafe.lib import clock


def record_each(verb: str, kind: str, pks: Sequence[int], *, by: StaffMember | System) -> None:
    """Write one audit entry for each row."""
    audit.record_many(
        at=clock.now(),
        rows=[audit.Row(actor=by.actor, verb=verb, object=f"{kind}:{pk}", detail={}) for pk in pks],
    )
