"""Changes to pupils, their guardians and what ties them."""

from collections.abc import Sequence
from datetime import date

from audit import services as audit
from school.models import Guardian, Guardianship, Pupil, StaffMember, TeachingGroup
from school.roles import Role
from school.services import revisions
from school.services.each import record_each
from school.services.locks import lock_row
from school.services.system import System
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

BLOCK = ("blocked_from", "blocked_until", "block_reason", "block_evidence", "block_approved_by")


@audit.atomic()
def enrol(*, by: StaffMember | System, pupils: Sequence[Pupil]) -> list[Pupil]:
    """Put new pupils on roll."""
    rows = Pupil.objects.bulk_create(pupils)
    record_each("pupil.enrol", "school.pupil", [row.pk for row in rows], by=by)
    return rows


@audit.atomic()
def add_guardians(*, by: StaffMember | System, guardians: Sequence[Guardian]) -> list[Guardian]:
    """Put new guardians on record; a tie to a pupil is made by `tie`."""
    rows = Guardian.objects.bulk_create(guardians)
    record_each("guardian.add", "school.guardian", [row.pk for row in rows], by=by)
    return rows


@audit.atomic()
def tie(*, by: StaffMember | System, ties: Sequence[Guardianship]) -> list[Guardianship]:
    """Tie guardians to pupils.

    Raises NotAllowed for a tie that carries a block: who approved it is kept by `block_contact`.
    """
    if any(row.blocked_from for row in ties):
        raise NotAllowed("Contact is blocked by the designated lead or the headteacher.")
    rows = Guardianship.objects.bulk_create(ties)
    record_each("guardianship.tie", "school.guardianship", [row.pk for row in rows], by=by)
    return rows


@audit.atomic()
def note_siblings(*, by: StaffMember | System, families: Sequence[Sequence[Pupil]]) -> None:
    """Note which pupils are brothers and sisters."""
    pairs = [
        (one.pk, other.pk)
        for family in families
        for one in family
        for other in family
        if one.pk != other.pk
    ]
    siblings = Pupil.siblings.through.objects
    siblings.bulk_create(
        [Pupil.siblings.through(from_pupil_id=one, to_pupil_id=other) for one, other in pairs],
        ignore_conflicts=True,
    )
    known = sorted({one for one, _ in pairs})
    record_each("pupil.note_siblings", "school.pupil", known, by=by)


@audit.atomic()
def form_group(
    *,
    by: StaffMember | System,
    name: str,
    pupils: Sequence[Pupil],
    staff: Sequence[StaffMember] = (),
    year_group: int | None = None,
) -> TeachingGroup:
    """Form a class or set of these pupils, taught by these members of staff."""
    group = TeachingGroup.objects.create(name=name, year_group=year_group)
    group.pupils.set(pupils)
    group.staff.set(staff)
    record_each("group.form", "school.teachinggroup", [group.pk], by=by)
    return group


@audit.atomic()
def suspend_contact(pupil: Pupil, *, by: StaffMember) -> Pupil:
    """Write to nobody in a pupil's family until further notice: bereavement, exclusion (E48).

    Raises NotAllowed for others than the safeguarding team and the headteacher.
    """
    if not by.viewer().holds(Role.DSL, Role.SAFEGUARDING, Role.HEADTEACHER):
        raise NotAllowed("Only the safeguarding team and the headteacher can suspend contact.")
    pupil = lock_row(Pupil, pupil.pk)
    revisions.note(pupil, revisions.changes(pupil, {"is_contact_suspended": True}), by=by)
    pupil.is_contact_suspended = True
    pupil.save(update_fields=["is_contact_suspended"])
    record_each("pupil.suspend_contact", "school.pupil", [pupil.pk], by=by)
    return pupil


@audit.atomic()
def block_contact(
    guardianship: Guardianship,
    *,
    by: StaffMember,
    blocked_from: date,
    reason: str,
    evidence: str,
    blocked_until: date | None = None,
) -> Guardianship:
    """Forbid all contact with a guardian about a pupil; it beats every other rule (E30).

    Raises NotAllowed when the person may not, or when the reason or its evidence is missing.
    """
    if not by.viewer().holds(Role.DSL, Role.HEADTEACHER):
        raise NotAllowed("Only the designated lead or the headteacher can block contact.")
    if not (reason.strip() and evidence.strip()):
        raise NotAllowed("A block needs its reason and where the evidence is kept.")
    guardianship = lock_row(Guardianship, guardianship.pk, no_key=False)
    before = revisions.stands(guardianship, BLOCK)
    guardianship.blocked_from = blocked_from
    guardianship.blocked_until = blocked_until
    guardianship.block_reason = reason
    guardianship.block_evidence = evidence
    guardianship.block_approved_by = by
    guardianship.save()
    revisions.note(guardianship, revisions.since(guardianship, before), by=by)
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb="guardianship.block",
        object=f"school.guardianship:{guardianship.pk}",
    )
    return guardianship


@audit.atomic()
def leave(pupil: Pupil, *, by: StaffMember | System, on: date) -> Pupil:
    """Record a pupil's leaving date: from that day no link is theirs (E53)."""
    pupil = lock_row(Pupil, pupil.pk)
    revisions.note(pupil, revisions.changes(pupil, {"left_on": on}), by=by)
    pupil.left_on = on
    pupil.save(update_fields=["left_on"])
    audit.record(
        at=clock.now(), actor=by.actor, verb="pupil.leave", object=f"school.pupil:{pupil.pk}"
    )
    return pupil
