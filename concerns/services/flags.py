"""Setting and ending the status of a child; nothing that was set is ever changed (A40, E12)."""

from datetime import date

from audit import services as audit
from concerns import policy, selectors
from concerns.models import StatusFlag
from school import roles
from school.models import Pupil, StaffMember
from school.services import lock_row
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

STATUS_VERBS = ("concern.status.set", "concern.status.end")


@audit.atomic()
def set_status(
    pupil: Pupil, *, by: StaffMember, kind: policy.FlagKind, since: date, notes: str = ""
) -> StatusFlag:
    """Set a status of a child.

    Raises NotAllowed for whoever may not, for family of the child, for a day to come, or while the
    same status stands.
    """
    now, today = clock.now(), clock.today()
    lock_row(Pupil, pupil.pk, no_key=False)
    _check(pupil.pk, by=by)
    if fault := policy.flag_fault(since=since, ended_on=None, today=today):
        raise NotAllowed(fault)
    if StatusFlag.objects.open().filter(pupil=pupil, kind=kind).exists():
        raise NotAllowed("This status stands already. End it first if it begins anew.")
    flag = StatusFlag.objects.create(
        pupil=pupil, kind=kind, since=since, notes=notes, set_at=now, set_by=by
    )
    _record("set", pupil.pk, by=by)
    return flag


@audit.atomic()
def end_status(flag: StatusFlag, *, by: StaffMember, on: date, notes: str = "") -> StatusFlag:
    """End a status on a day: it stays on the record, with who ended it.

    Raises NotAllowed for whoever may not, for family, for a day to come or before it began, or when
    somebody has ended it already.
    """
    now, today = clock.now(), clock.today()
    flag = StatusFlag.objects.select_for_update().get(pk=flag.pk)
    _check(flag.pupil_id, by=by)
    if flag.ended_on is not None:
        raise NotAllowed("Somebody has ended this status already.")
    if fault := policy.flag_fault(since=flag.since, ended_on=on, today=today):
        raise NotAllowed(fault)
    flag.ended_on, flag.end_notes, flag.ended_at, flag.ended_by = on, notes, now, by
    flag.save(update_fields=["ended_on", "end_notes", "ended_at", "ended_by"])
    _record("end", flag.pupil_id, by=by)
    return flag


@audit.atomic()
def read_statuses(*, by: StaffMember) -> None:
    """Record that somebody opened the list of children with a status."""
    audit.record(
        at=clock.now(), actor=by.actor, verb="concern.status.read", object="concerns.statusflag"
    )


def _check(pupil_id: int, *, by: StaffMember) -> None:
    """Refuse whoever may not set a status of this child."""
    if not roles.may_set_status(by.viewer()):
        raise NotAllowed(
            "Only the safeguarding team and the headteacher set the status of a child."
        )
    if selectors.family_among(by.pk, [pupil_id]):
        raise NotAllowed("Somebody else has to do this: it is about your own family.")


def _record(verb: str, pupil_id: int, *, by: StaffMember) -> None:
    """Write the audit entry: that a status was set or ended, not which."""
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb=f"concern.status.{verb}",
        object=f"school.pupil:{pupil_id}",
    )
