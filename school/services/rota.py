"""Changes to the rota: who is on duty, who answers besides, and who is away."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta

from audit import services as audit
from school import cover, selectors
from school.cover import Hole
from school.models import Absence, Cover, DutySlot, School, StaffMember
from school.roles import LEADERS, SAFEGUARDING_TEAM, Role, may_manage_rota
from school.services import revisions
from school.services.locks import lock_row
from school.services.system import System
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

# A stretch is left at its last instant: both ends of an absence are part of it.
INSTANT = timedelta(microseconds=1)
FURTHEST = timedelta(days=732)


class LeavesHole(NotAllowed):
    """The change would leave school hours or a holiday without anybody; said once, it may be meant."""

    def __init__(self, holes: Sequence[Hole]) -> None:
        super().__init__("Nobody would answer then.")
        self.holes = tuple(holes)


# --- Weekly duties ------------------------------------------------------------------------------------
@audit.atomic()
def put_on_duty(
    staff: StaffMember,
    *,
    by: StaffMember | System,
    slots: Sequence[tuple[int, time, time]],
) -> list[DutySlot]:
    """Give somebody weekly stretches of duty: weekday (0 is Monday), from, until.

    Raises NotAllowed for somebody without a telephone number (E89) or outside the safeguarding team, for a
    stretch that ends before it begins, and for one in which they are on duty already.
    """
    _begin(by)
    _check_answers(staff, SAFEGUARDING_TEAM, "Only the safeguarding team has duties.")
    for slot in slots:
        _check_slot(staff, *slot)
    rows = DutySlot.objects.bulk_create(
        [
            DutySlot(staff=staff, weekday=weekday, starts_at=starts_at, ends_at=ends_at)
            for weekday, starts_at, ends_at in slots
        ]
    )
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb="staff.put_on_duty",
        object=f"school.staffmember:{staff.pk}",
        slots=[row.pk for row in rows],
    )
    return rows


@audit.atomic()
def change_duty(
    slot: DutySlot,
    *,
    by: StaffMember,
    staff: StaffMember,
    weekday: int,
    starts_at: time,
    ends_at: time,
    knowing: bool = False,
) -> None:
    """Change whose a weekly duty is, or when.

    Raises NotAllowed as `put_on_duty` does and where somebody has removed it meanwhile, and LeavesHole
    where nobody would be on duty then, unless that is known.
    """
    _begin(by)
    kept = DutySlot.objects.filter(pk=slot.pk).first()
    if kept is None:
        raise NotAllowed("Somebody has removed this duty meanwhile. Nothing was changed.")
    _check_answers(staff, SAFEGUARDING_TEAM, "Only the safeguarding team has duties.")
    _check_slot(staff, weekday, starts_at, ends_at, but=kept.pk)
    after = {"staff": staff, "weekday": weekday, "starts_at": starts_at, "ends_at": ends_at}
    changed = revisions.changes(kept, after)
    _do(lambda: DutySlot.objects.filter(pk=kept.pk).update(**after), knowing=knowing)
    if changed:
        revisions.note(kept, changed, by=by)
        _record(kept, "change", by=by, fields=sorted(changed))


@audit.atomic()
def remove_duty(slot: DutySlot, *, by: StaffMember, knowing: bool = False) -> None:
    """Take a weekly duty off. Nothing happens where somebody else was first.

    Raises LeavesHole where nobody would be on duty then, unless that is known: another may have been
    taken off a moment ago because this one was there.
    """
    _begin(by)
    kept = DutySlot.objects.filter(pk=slot.pk).first()
    if kept is None:
        return
    _do(lambda: DutySlot.objects.filter(pk=kept.pk).delete(), knowing=knowing)
    revisions.note_gone(kept, by=by)
    _record(kept, "delete", by=by)


def _check_slot(
    staff: StaffMember, weekday: int, starts_at: time, ends_at: time, *, but: int = 0
) -> None:
    if ends_at <= starts_at:
        raise NotAllowed("A duty ends after it begins.")
    others = DutySlot.objects.filter(
        staff=staff, weekday=weekday, starts_at__lt=ends_at, ends_at__gt=starts_at
    )
    if others.exclude(pk=but).exists():
        raise NotAllowed(f"{staff} is on duty in that time already.")


# --- Answering besides --------------------------------------------------------------------------------
@audit.atomic()
def answer_besides(
    staff: StaffMember, *, by: StaffMember | System, starts_at: datetime, ends_at: datetime
) -> Cover:
    """Note that somebody answers in a stretch besides the rota: for a colleague, or through a holiday.

    Who reads concerns may say it for themselves. Raises NotAllowed for whoever may not say it, for
    somebody without a telephone number (E89) or who reads no concerns, and for a stretch that is over,
    ends before it begins, or lies years away.
    """
    if by != staff:
        _begin(by)
    else:
        School.objects.select_for_update().get(pk=1)
    _check_answers(
        staff, LEADERS, "Only who reads concerns can answer: the team or the headteacher."
    )
    _check_stretch(starts_at, ends_at)
    known = Cover.objects.filter(
        staff=staff, starts_at__lte=starts_at, ends_at__gte=ends_at
    ).first()
    if known is not None:
        return known
    row = Cover.objects.create(staff=staff, starts_at=starts_at, ends_at=ends_at)
    _record(row, "add", by=by)
    return row


@audit.atomic()
def remove_cover(row: Cover, *, by: StaffMember, knowing: bool = False) -> None:
    """Take back that somebody answers. Nothing happens where somebody else was first.

    Raises NotAllowed for whoever may not say it, and LeavesHole where nobody would answer then, unless
    that is known.
    """
    if by.pk != row.staff_id:
        _begin(by)
    else:
        School.objects.select_for_update().get(pk=1)
    kept = Cover.objects.filter(pk=row.pk).first()
    if kept is None:
        return
    _do(lambda: Cover.objects.filter(pk=kept.pk).delete(), knowing=knowing)
    revisions.note_gone(kept, by=by)
    _record(kept, "delete", by=by)


# --- Away ---------------------------------------------------------------------------------------------
@audit.atomic()
def record_absence(
    staff: StaffMember,
    *,
    by: StaffMember | System,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
) -> Absence:
    """Note that somebody is away: nothing is sent to them and no ladder waits for them.

    Everybody may say it of themselves; a second press adds nothing. Raises NotAllowed for whoever may
    not say it of others, and for a stretch that is over, ends before it begins, or lies years away.
    """
    _check_may_say(by, staff.pk)
    lock_row(StaffMember, staff.pk, no_key=False)
    _check_stretch(starts_at, ends_at)
    known = Absence.objects.filter(staff=staff, starts_at__lte=starts_at, ends_at__gte=ends_at)
    for row in known[:1]:
        return row
    absence = Absence.objects.create(
        staff=staff, starts_at=starts_at, ends_at=ends_at, reason=reason
    )
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb="staff.absence",
        object=f"school.staffmember:{staff.pk}",
        absence=absence.pk,
    )
    return absence


@audit.atomic()
def come_back(staff: StaffMember, *, by: StaffMember) -> int:
    """End every absence in which somebody is now; return how many. They are told things again at once.

    Raises NotAllowed for whoever may not say it of others.
    """
    _check_may_say(by, staff.pk)
    lock_row(StaffMember, staff.pk, no_key=False)
    now = clock.now()
    running = list(Absence.objects.filter(staff=staff, starts_at__lte=now, ends_at__gte=now))
    for row in running:
        _end(row, by=by, now=now)
    if running:
        audit.record(
            at=now,
            actor=by.actor,
            verb="staff.back",
            object=f"school.staffmember:{staff.pk}",
            absences=[row.pk for row in running],
        )
    return len(running)


@audit.atomic()
def take_back_absence(row: Absence, *, by: StaffMember) -> None:
    """Take back an absence: one that has not begun goes, one that runs ends now; one that is over stays.

    Nothing happens where somebody else was first. Raises NotAllowed for whoever may not say it of others.
    """
    _check_may_say(by, row.staff_id)
    lock_row(StaffMember, row.staff_id, no_key=False)
    now = clock.now()
    kept = Absence.objects.filter(pk=row.pk, ends_at__gte=now).first()
    if kept is None:
        return
    _end(kept, by=by, now=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb="staff.absence_taken_back",
        object=f"school.staffmember:{row.staff_id}",
        absence=row.pk,
    )


def _end(row: Absence, *, by: StaffMember, now: datetime) -> None:
    """Let an absence end before this instant; one that has not begun is none, and its reason goes with it."""
    if row.starts_at < now:
        revisions.note(row, revisions.changes(row, {"ends_at": now - INSTANT}), by=by)
        Absence.objects.filter(pk=row.pk).update(ends_at=now - INSTANT)
    else:
        revisions.forget([revisions.reference(row)])
        Absence.objects.filter(pk=row.pk).delete()


# --- What all of them ask first -----------------------------------------------------------------------
def _begin(by: StaffMember | System) -> None:
    """Let one change to the rota happen at a time, by whoever keeps it: each may rest on another's duty."""
    if isinstance(by, StaffMember) and not may_manage_rota(by.viewer()):
        raise NotAllowed("Only the safeguarding lead and the headteacher change the rota.")
    School.objects.select_for_update().get(pk=1)


def _check_may_say(by: StaffMember | System, staff_id: int) -> None:
    if isinstance(by, StaffMember) and by.pk != staff_id and not may_manage_rota(by.viewer()):
        raise NotAllowed("Only the safeguarding lead and the headteacher say it of others.")


def _check_answers(staff: StaffMember, roles: frozenset[Role], refusal: str) -> None:
    """Refuse whoever cannot be rung (E89), or to whom no ladder leads."""
    held = {row.role for row in staff.roles_held.all()}
    if held.isdisjoint(role.value for role in roles):
        raise NotAllowed(refusal)
    if not staff.telephone.strip():
        raise NotAllowed(f"{staff} needs a telephone number before being on duty.")


def _check_stretch(starts_at: datetime, ends_at: datetime) -> None:
    now = clock.now()
    if ends_at <= starts_at:
        raise NotAllowed("The end comes before the beginning.")
    if ends_at <= now:
        raise NotAllowed("That time is over.")
    if ends_at - now > FURTHEST:
        raise NotAllowed("That lies more than two years away. Look at the year.")


def _do(change: Callable[[], object], *, knowing: bool) -> None:
    """Make a change to the rota. Raises LeavesHole where it opens one, unless that is known."""
    now = clock.now()
    before = [] if knowing else selectors.cover_holes(now)
    change()
    after = [] if knowing else selectors.cover_holes(now)
    opened = [hole for hole in after if not any(cover.lies_in(hole, one) for one in before)]
    if opened:
        raise LeavesHole(opened)


def _record(
    row: DutySlot | Cover, verb: str, *, by: StaffMember | System, **detail: object
) -> None:
    label = row._meta.label_lower
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb=f"{label.split('.')[1]}.{verb}",
        object=f"{label}:{row.pk}",
        **detail,
    )
