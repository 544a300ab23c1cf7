"""A child leaves: the file follows, somebody signs for it, and nobody forgets it meanwhile."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from audit import services as audit
from concerns import policy, selectors
from concerns.models import Copy, Transfer, TransferStep
from concerns.policy.transfer import Plan, StepKind, Way, Whither, plan_of, stage_of
from notices import models as outbox
from notices import services as notices
from notices.kinds import Climb, Draft
from school.models import Pupil, StaffMember
from school.services import System, lock_row
from school.terms import calendar
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

LEAVING = "concern_leaving"
NOT_YET = "It can be noted once it has been done, not before."


@audit.atomic()
def see_to_leaver(pupil: Pupil, *, by: System) -> None:
    """Take up that a pupil with records leaves, left on another day, or is here again (E90, E92).

    One row for each pupil: who comes back and leaves again has the old one, with all its steps.
    """
    now = clock.now()
    pupil = lock_row(Pupil, pupil.pk, no_key=False)
    transfer = Transfer.objects.filter(pupil=pupil).first()
    if pupil.left_on is None:
        if transfer is not None and transfer.whither != Whither.STAYS:
            transfer.whither = Whither.STAYS
            transfer.save(update_fields=["whither"])
            _step(transfer, StepKind.RETURNED, by=None, now=now)
            _end(transfer, now=now, by=by.actor, kind=StepKind.RETURNED)
        return
    is_new = transfer is None or transfer.whither == Whither.STAYS
    if transfer is None:
        transfer = Transfer(pupil=pupil, raised_at=now, left_on=pupil.left_on)
    elif is_new:
        transfer.begin_again(pupil.left_on, now=now)
    transfer.left_on = pupil.left_on
    transfer.save()
    if is_new:
        _step(transfer, StepKind.RAISED, by=None, now=now)
    _end(transfer, now=now, by=by.actor, kind=StepKind.RAISED)


@audit.atomic()
def say_whither(
    transfer: Transfer, *, by: StaffMember, whither: Whither, place: str, text: str = ""
) -> Transfer:
    """Record where the child goes; to say so again with another answer is how it changes (E90).

    Raises NotAllowed for a known school without its name.
    """
    now, transfer = clock.now(), _lock(transfer, by=by)
    if whither is Whither.SCHOOL and not place.strip():
        raise NotAllowed("Write which school it is.")
    # Another school has to be sent the file anew, and another answer is told to the authority anew.
    if (transfer.whither, str(transfer.place)) != (whither, place):
        transfer.sent_at = transfer.received_at = transfer.authority_at = None
    transfer.whither, transfer.place = whither, place
    transfer.save()
    _step(transfer, StepKind.WHITHER, by=by, now=now, whither=whither, whom=place, text=text)
    _end(transfer, now=now, by=by.actor, kind=StepKind.WHITHER)
    return transfer


@audit.atomic()
def tell_ahead(
    transfer: Transfer, *, by: StaffMember, whom: str, happened_at: datetime, text: str
) -> TransferStep:
    """Record what the next school was told before the child came (G33)."""
    now, transfer = clock.now(), _lock(transfer, by=by)
    _check(whom, happened_at, now=now)
    step = _step(
        transfer, StepKind.AHEAD, by=by, now=now, whom=whom, happened_at=happened_at, text=text
    )
    _end(transfer, now=now, by=by.actor, kind=StepKind.AHEAD)
    return step


@audit.atomic()
def send(
    transfer: Transfer,
    *,
    by: StaffMember,
    copy: Copy,
    way: Way,
    whom: str,
    happened_at: datetime,
    text: str = "",
) -> TransferStep:
    """Record that the file was sent: which copy, how, to whom (G31, G32). From then on a receipt is due.

    Nothing is closed and nothing goes by it (U14). Raises NotAllowed unless the school is known.
    """
    now, transfer = clock.now(), _lock(transfer, by=by)
    _check(whom, happened_at, now=now)
    if transfer.whither != Whither.SCHOOL:
        raise NotAllowed("Say first to which school the child goes.")
    if copy not in selectors.copies_of(transfer.pupil, by.viewer()):
        raise NotAllowed("Make a copy of this child's file first.")
    # Whoever hands it over at once writes a time to the minute.
    if happened_at < copy.made_at.replace(second=0, microsecond=0):
        raise NotAllowed("This copy was made later than that.")
    transfer.sent_at, transfer.received_at = happened_at, None
    transfer.save()
    step = _step(
        transfer,
        StepKind.SENT,
        by=by,
        now=now,
        copy=copy,
        way=way,
        whom=whom,
        happened_at=happened_at,
        text=text,
    )
    _end(transfer, now=now, by=by.actor, kind=StepKind.SENT, copy=copy.code)
    return step


@audit.atomic()
def receive(
    transfer: Transfer, *, by: StaffMember, whom: str, happened_at: datetime, text: str
) -> TransferStep:
    """Record who at the next school has it, since when, and how they said so (G31).

    Raises NotAllowed before it was sent.
    """
    now, transfer = clock.now(), _lock(transfer, by=by)
    _check(whom, happened_at, now=now)
    if transfer.sent_at is None or happened_at < transfer.sent_at:
        raise NotAllowed("Nobody can have it before it was sent.")
    transfer.received_at = happened_at
    transfer.save()
    step = _step(
        transfer, StepKind.RECEIVED, by=by, now=now, whom=whom, happened_at=happened_at, text=text
    )
    _end(transfer, now=now, by=by.actor, kind=StepKind.RECEIVED)
    return step


@audit.atomic()
def chase(
    transfer: Transfer, *, by: StaffMember, whom: str, happened_at: datetime, text: str
) -> TransferStep:
    """Record that somebody asked for the receipt, or for the child; the reminders go on (E91)."""
    now, transfer = clock.now(), _lock(transfer, by=by)
    _check(whom, happened_at, now=now)
    step = _step(
        transfer, StepKind.CHASED, by=by, now=now, whom=whom, happened_at=happened_at, text=text
    )
    _end(transfer, now=now, by=by.actor, kind=StepKind.CHASED)
    return step


@audit.atomic()
def tell_authority(
    transfer: Transfer, *, by: StaffMember, whom: str, happened_at: datetime, text: str
) -> TransferStep:
    """Record that the local authority was told that no school takes the file (E90).

    Raises NotAllowed where a school does.
    """
    now, transfer = clock.now(), _lock(transfer, by=by)
    _check(whom, happened_at, now=now)
    if not transfer.whither or not Whither(transfer.whither).needs_authority:
        raise NotAllowed("Say first that no school is known, and why.")
    transfer.authority_at = happened_at
    transfer.save()
    step = _step(
        transfer, StepKind.AUTHORITY, by=by, now=now, whom=whom, happened_at=happened_at, text=text
    )
    _end(transfer, now=now, by=by.actor, kind=StepKind.AUTHORITY)
    return step


def _lock(transfer: Transfer, *, by: StaffMember) -> Transfer:
    """Return the row as it is now, for this transaction alone.

    Raises NotAllowed for whoever makes no copies, or may know nothing of this child any more.
    """
    locked = Transfer.objects.select_for_update().get(pk=transfer.pk)
    viewer = by.viewer()
    is_seen = Transfer.objects.filter(pk=transfer.pk).visible_to(viewer).exists()
    if not policy.may_copy_files(viewer) or not is_seen:
        raise NotAllowed("The safeguarding team and the headteacher see to the files of leavers.")
    return locked


def _check(whom: str, happened_at: datetime, *, now: datetime) -> None:
    if not whom.strip():
        raise NotAllowed("Write down who it was.")
    if happened_at > now:
        raise NotAllowed(NOT_YET)


def _step(
    transfer: Transfer,
    kind: StepKind,
    *,
    by: StaffMember | None,
    now: datetime,
    happened_at: datetime | None = None,
    **facts: object,
) -> TransferStep:
    return TransferStep.objects.create(
        transfer=transfer, kind=kind, at=now, by=by, happened_at=happened_at or now, **facts
    )


def _end(transfer: Transfer, *, now: datetime, by: str, kind: StepKind, **detail: object) -> None:
    """Set the reminders to what is due now, and write the audit, last of all."""
    plan = plan_of(transfer.leaving(), calendar())
    if plan is None:
        notices.stop_ladder(LEAVING, transfer.object, now=now)
        notices.drop(about=transfer.object, kinds=(LEAVING,), now=now, why="nothing is left to do")
    else:
        due_at = plan.due_at(plan.step_at(now) + 1) if kind is not StepKind.RAISED else now
        notices.start_ladder(LEAVING, transfer.object, due_at=due_at, now=now)
        notices.move_ladder(LEAVING, transfer.object, due_at=due_at)
    audit.record(
        at=now, actor=by, verb=f"concern.transfer.{kind}", object=transfer.object, **detail
    )


def climb_leaving(ladders: Sequence[outbox.Ladder], now: datetime) -> list[Climb]:
    """Return, for each leaving in which something is left to do, who is reminded now, and when again."""
    rows = Transfer.objects.open().filter(
        reference__in=[Transfer.reference_in(ladder.about) for ladder in ladders]
    )
    open_ = {row.reference: row for row in rows}
    told = selectors.to_tell(list(open_.values()), selectors.colleagues(now), now=now)
    days = calendar()
    return [
        _climb(ladder.pk, row, plan, told[row.pk], now)
        if (row := open_.get(Transfer.reference_in(ladder.about)))
        and (plan := plan_of(row.leaving(), days))
        else Climb(ladder_id=ladder.pk, drafts=(), next_due=None)
        for ladder in ladders
    ]


def _climb(ladder_id: int, row: Transfer, plan: Plan, told: Iterable[int], now: datetime) -> Climb:
    """Return what one leaving's ladder does now: that somebody is told as soon as it is known."""
    step = plan.step_at(now)
    stem = f"leaving:{row.pk}:{int(plan.first[0].timestamp())}:{stage_of(row.leaving())}:{step}"
    drafts = tuple(
        Draft(
            kind=LEAVING,
            key=f"{stem}:{staff_id}",
            due_at=now,
            about=row.object,
            staff_id=staff_id,
            detail={"step": step},
        )
        for staff_id in told
    )
    return Climb(ladder_id=ladder_id, drafts=drafts, next_due=plan.due_at(step + 1))
