"""Holding a concern, saying how long it is kept, and proposing that it is destroyed."""

from collections.abc import Callable, Collection
from datetime import date, datetime

from audit import services as audit
from concerns import policy, selectors
from concerns.models import Birth, Concern, Hold, Involved, KeptUntil, Proposal
from concerns.policy.access import READERS, Desk
from school.models import Pupil, StaffMember
from school.roles import Viewer
from school.services import lock_row
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

GONE = "This concern is no longer there: it was destroyed, or you may not read it."
# Whose hold on a pupil's file it is, when somebody holds several parts: the widest desk.
DESKS = (Desk.TEAM, Desk.HEADTEACHER, Desk.CHAIR)


@audit.atomic()
def hold(concern: Concern, *, by: StaffMember, why: policy.HoldWhy, reasons: str) -> Hold:
    """Keep a concern whatever its day, until somebody lifts the hold (E96).

    Raises NotAllowed for whoever does not read it by their part, or without reasons.
    """
    now = clock.now()
    concern = _open(concern, policy.may_hold, by=by, now=now)
    # Whoever destroys calls of these pupils locks them first, and then asks what is held.
    pupils = concern.involved.exclude(pupil=None).values("pupil")
    list(Pupil.objects.select_for_update(no_key=True).filter(pk__in=pupils).order_by("pk"))
    placed = Hold.objects.create(
        concern=concern,
        desk=concern.desk,
        why=why,
        reasons=_written(reasons),
        placed_at=now,
        placed_by=by,
    )
    audit.record(
        at=now, actor=by.actor, verb="concern.hold", object=concern.object, hold=placed.pk, why=why
    )
    return placed


@audit.atomic()
def hold_pupil(pupil: Pupil, *, by: StaffMember, why: policy.HoldWhy, reasons: str) -> Hold:
    """Keep every concern in which a pupil is, also those that are logged later (E96).

    The reasons are read on the desk of whoever places it. Raises NotAllowed for the pupil's family,
    for whoever handles no concerns, or without reasons.
    """
    now = clock.now()
    pupil = lock_row(Pupil, pupil.pk, no_key=False)
    desk = desk_of(by.viewer())
    if desk is None or selectors.family_among(by.pk, [pupil.pk]):
        raise NotAllowed("Only those who handle concerns can hold a child's file.")
    placed = Hold.objects.create(
        pupil=pupil, desk=desk, why=why, reasons=_written(reasons), placed_at=now, placed_by=by
    )
    audit.record(
        at=now,
        actor=by.actor,
        verb="concern.hold",
        object=f"school.pupil:{pupil.pk}",
        hold=placed.pk,
        why=why,
    )
    return placed


def desk_of(viewer: Viewer) -> Desk | None:
    """Return on which desk a person's hold on a pupil's file stands."""
    # The headteacher reads what the team reads, and their own hold is not for the team.
    own = [desk for desk in DESKS if viewer.holds(*READERS[desk])]
    return own[-1] if own else None


@audit.atomic()
def lift(held: Hold, *, by: StaffMember, because: str) -> Hold:
    """End a hold with the reasons; the concern's own day counts again.

    Raises NotAllowed for whoever may not read the hold, without reasons, or when it has ended.
    """
    now = clock.now()
    if held.concern is not None:
        _open(held.concern, policy.may_hold, by=by, now=now)
    held = Hold.objects.select_for_update().get(pk=held.pk)
    if held.pupil_id is not None:
        is_theirs = by.viewer().holds(*READERS[Desk(held.desk)])
        if not is_theirs or selectors.family_among(by.pk, [held.pupil_id]):
            raise NotAllowed("Only those who read this hold can lift it.")
    if held.lifted_at is not None:
        raise NotAllowed("Somebody has lifted this hold already.")
    if selectors.is_asked_for(held):
        raise NotAllowed("Somebody has asked to see the file: it is lifted when that has ended.")
    held.lifted_at, held.lifted_by, held.lifted_because = now, by, _written(because)
    held.save(update_fields=["lifted_at", "lifted_by", "lifted_because"])
    name = held.concern.object if held.concern is not None else f"school.pupil:{held.pupil_id}"
    audit.record(at=now, actor=by.actor, verb="concern.lift", object=name, hold=held.pk)
    return held


@audit.atomic()
def note_birth(person: Involved, *, by: StaffMember, born_on: date) -> Birth:
    """Note when somebody in a concern was born of whom no record says it (E99).

    Raises NotAllowed for whoever does not read it by their part, for a pupil on roll, whose own record
    is mended instead, or for a day to come.
    """
    now = clock.now()
    concern = _open(person.concern, policy.may_hold, by=by, now=now)
    if person.pupil_id is not None:
        raise NotAllowed("Put the date of birth right in the record of the pupil.")
    if born_on > clock.local(now).date():
        raise NotAllowed("Nobody is born on a day to come.")
    noted = Birth.objects.create(involved=person, born_on=born_on, at=now, by=by)
    audit.record(
        at=now,
        actor=by.actor,
        verb="concern.note_birth",
        object=concern.object,
        involved=person.pk,
    )
    return noted


@audit.atomic()
def keep(concern: Concern, *, by: StaffMember, day: date, reasons: str) -> KeptUntil:
    """Keep a concern until a day that somebody has decided, never before its own.

    Raises NotAllowed for whoever does not read it by their part, without reasons, or for too early a day.
    """
    now = clock.now()
    concern = _open(concern, policy.may_hold, by=by, now=now)
    first = policy.earliest(selectors.kept_one(concern, now=now).facts)
    if day < first:
        raise NotAllowed(f"Nobody can decide on a day before {first.day} {first:%B %Y}.")
    decided = KeptUntil.objects.create(
        concern=concern, day=day, reasons=_written(reasons), at=now, by=by
    )
    audit.record(at=now, actor=by.actor, verb="concern.keep", object=concern.object, until=day)
    return decided


@audit.atomic()
def propose(references: Collection[str], *, by: StaffMember, reasons: str) -> list[Proposal]:
    """Propose that concerns are destroyed; nothing is, before somebody else agrees.

    All of them or none. Raises NotAllowed when one is not due, on hold, proposed already, or is not
    this person's to propose.
    """
    now = clock.now()
    rows = locked(references)
    facts = selectors.facts_of_all(rows, selectors.colleagues(now), now=now)
    told, proposals = _written(reasons), []
    for kept in selectors.kept(rows, now=now):
        concern = kept.concern
        if not policy.may_propose(by.viewer(), facts[concern.pk]):
            raise NotAllowed(GONE)
        due_on, _ = check(kept)
        if kept.standing is not None:
            raise NotAllowed(f"{concern.reference} is proposed already.")
        if kept.proposal is not None:
            _end(kept.proposal, by=by, now=now)
        proposals.append(
            Proposal.objects.create(concern=concern, due_on=due_on, reasons=told, at=now, by=by)
        )
        audit.record(
            at=now, actor=by.actor, verb="concern.propose", object=concern.object, due=due_on
        )
    return proposals


@audit.atomic()
def end_proposal(concern: Concern, *, by: StaffMember) -> None:
    """End a proposal, by whoever made it or whoever was asked to agree.

    Raises NotAllowed for everybody else, and when nothing is proposed.
    """
    now = clock.now()
    [row] = locked([concern.reference])
    facts = selectors.facts_of(row, now=now)
    proposal = row.proposals.filter(ended_at=None).first()
    if proposal is None:
        raise NotAllowed("Nothing is proposed any more.")
    is_own = proposal.by_id == by.pk and policy.may_propose(by.viewer(), facts)
    if not is_own and not policy.may_agree(by.viewer(), facts, proposed_by=proposal.by_id):
        raise NotAllowed(GONE)
    _end(proposal, by=by, now=now)
    audit.record(at=now, actor=by.actor, verb="concern.end_proposal", object=row.object)


def _end(proposal: Proposal, *, by: StaffMember, now: datetime) -> None:
    proposal.ended_at, proposal.ended_by = now, by
    proposal.save(update_fields=["ended_at", "ended_by"])


def locked(references: Collection[str]) -> list[Concern]:
    """Lock these concerns, and then the pupils in them, against holds that are placed this moment.

    Raises NotAllowed when one of them is not there any more.
    """
    wanted = sorted(set(references))
    rows = list(Concern.objects.select_for_update().filter(reference__in=wanted).order_by("pk"))
    if not rows or len(rows) != len(wanted):
        raise NotAllowed(GONE)
    pupils = Involved.objects.filter(concern__in=rows).exclude(pupil=None).values("pupil")
    list(Pupil.objects.select_for_update().filter(pk__in=pupils).order_by("pk"))
    return rows


def check(kept: selectors.Kept) -> tuple[date, policy.Rule]:
    """Return by which day and rule this one may go. Raises NotAllowed, naming it, when it may not."""
    try:
        return policy.check_destruction(
            kept.facts, is_held=bool(kept.holds), today=clock.local(kept.now).date()
        )
    except NotAllowed as refusal:
        raise NotAllowed(f"{kept.concern.reference}: {refusal}") from refusal


def _open(
    concern: Concern,
    may: Callable[[Viewer, policy.Facts], bool],
    *,
    by: StaffMember,
    now: datetime,
) -> Concern:
    """Lock a concern and check that this person may do this with it."""
    row = Concern.objects.select_for_update().filter(pk=concern.pk).first()
    if row is None or not may(by.viewer(), selectors.facts_of(row, now=now)):
        raise NotAllowed(GONE)
    return row


def _written(text: str) -> str:
    if not text.strip():
        raise NotAllowed("Write the reasons: without them nobody can tell later why.")
    return text
