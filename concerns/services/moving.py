"""Moving a concern from a pupil for whom it was filed by mistake to the right one (E11)."""

from datetime import datetime

from audit import services as audit
from concerns import policy, selectors
from concerns.models import Concern, Exclusion, Involved, Moved
from concerns.policy import Action, EntryKind, Why
from concerns.services import naming
from concerns.services.entering import NO_WORDS, begin
from school import roles
from school.models import Pupil, StaffMember
from school.roles import Role
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

AS_WHOM = {
    Role.DSL: "the designated safeguarding lead",
    Role.HEADTEACHER: "the headteacher",
    Role.SAFEGUARDING: "a deputy safeguarding lead",
    Role.CHAIR: "the chair of governors",
}


@audit.atomic()
def move_pupil(
    concern: Concern, *, by: StaffMember, row: Involved, pupil: Pupil, reasons: str
) -> Concern:
    """Move one pupil's part to the right pupil; a tombstone stays in the wrong one's file.

    Who stands outside is found anew: family of the right pupil is shut out, and that they had read
    it is kept; whoever stood outside only as family of the wrong one may read it again.
    Raises NotAllowed without reasons, for whoever may not read it, or for somebody who is no pupil in it.
    """
    now = clock.now()
    concern, before = begin(concern, Action.MOVE_PUPIL, by=by, now=now)
    found = concern.involved.select_related("pupil").filter(pk=row.pk).first()
    wrong = None if found is None else found.pupil
    if found is None or wrong is None:
        raise NotAllowed("This belongs to no pupil of this concern.")
    if wrong.pk == pupil.pk:
        raise NotAllowed("It is filed for this pupil.")
    if not roles.may_find_pupils(by.viewer()):
        raise NotAllowed("Only people who may look for pupils can move it.")
    if not reasons.strip():
        raise NotAllowed(NO_WORDS)
    _move(concern, found, wrong, pupil, by=by, now=now)
    _lift(concern, by=by, now=now)
    return naming.look_anew(
        concern, before, by=by, text=reasons, kind=EntryKind.MOVE, verb="move_pupil"
    )


def _move(
    concern: Concern, row: Involved, wrong: Pupil, pupil: Pupil, *, by: StaffMember, now: datetime
) -> None:
    """Put the right pupil in the place of the wrong one; who is there already takes the part once."""
    twin = concern.involved.filter(pupil=pupil, part=row.part).first()
    before = Moved.objects.filter(row=row).last()
    if twin is None:
        row.pupil = pupil
        row.save(update_fields=["pupil"])
    else:
        Involved.objects.filter(meant=row).update(meant=twin)
        Moved.objects.filter(row=row).update(row=None)
    Moved.objects.create(
        concern=concern,
        row=row if twin is None else None,
        pupil=wrong,
        part=row.part,
        added_at=row.added_at if before is None else before.at,
        added_by=row.added_by if before is None else before.by,
        at=now,
        by=by,
        role=_as_whom(by),
    )
    if twin is not None:
        # What it said stands in the row above; the wrong pupil's file must not keep it.
        row.delete()


def _as_whom(by: StaffMember) -> str:
    """Return what somebody is here, in words: the tombstone names no person."""
    viewer = by.viewer()
    return next(words for role, words in AS_WHOM.items() if viewer.holds(role))


def _lift(concern: Concern, *, by: StaffMember, now: datetime) -> None:
    """Let in again who stood outside as family of a child that is not in it any more."""
    rows = Exclusion.objects.standing().filter(concern=concern, why=Why.FAMILY)
    parties = selectors.parties_of([concern.pk], now=now)[concern.pk]
    people = {person.staff_id: person for person in selectors.staff_as_colleagues(rows, now)}
    free = [row.pk for row in rows if policy.conflict(people[row.staff_id], parties) is None]
    Exclusion.objects.filter(pk__in=free).update(lifted_at=now, lifted_by=by)
