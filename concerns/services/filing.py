"""Logging a concern: one transaction for what was written, whom it alerts, and its ladder."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError

from audit import services as audit
from concerns import policy, selectors
from concerns.models import BodyMark, Concern, Entry, Exclusion, Involved
from concerns.policy.adults import WHICH_ADULT
from concerns.services import alerts, drafts, indexing, repeating
from concerns.services.alerts import Notice
from notices import services as notices
from notices.kinds import Draft
from school import roles
from school.models import Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@dataclass(frozen=True, kw_only=True)
class Named:
    """Somebody in a concern, as the form names them: on roll, on the staff, or in free text.

    `is_settled`: whoever names them has said whether a member of staff is meant by the words.
    `meant`: whom the words mean, when that was said too.
    """

    part: policy.Part
    pupil: Pupil | None = None
    staff: StaffMember | None = None
    name: str = ""
    email: str = ""
    is_adult: bool = False
    works_here: bool = False
    is_settled: bool = False
    meant: "Named | None" = None

    @property
    def kind(self) -> Involved.Kind:
        """Return where the person is known from."""
        if self.pupil is not None:
            return Involved.Kind.PUPIL
        if self.staff is not None:
            return Involved.Kind.STAFF
        return Involved.Kind.ADULT if self.is_adult else Involved.Kind.CHILD

    @property
    def parties(self) -> list[policy.Party]:
        """Return them, and whom they mean, as the rules about adults see them."""
        own = policy.Party(
            part=self.part,
            is_adult=self.kind in {Involved.Kind.STAFF, Involved.Kind.ADULT},
            staff_id=self.staff.pk if self.staff else None,
            works_here=self.works_here,
        )
        return [own, *(self.meant.parties if self.meant else [])]


@dataclass(frozen=True, kw_only=True)
class Call:
    """A telephone call to somebody about a concern."""

    called: StaffMember
    at: datetime
    was_reached: bool
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A mark on a child's body: where, and in words what was seen; `at` in thousandths (A9)."""

    number: int
    side: policy.Side
    region: policy.Region
    words: str
    at: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Account:
    """What the reporter wrote: the child's words, what was seen and what is thought, apart (G3)."""

    urgency: policy.Urgency
    happened: policy.When = policy.When.UNKNOWN
    happened_at: datetime | None = None
    place: str = ""
    child_words: str = ""
    seen: str = ""
    thought: str = ""
    about: str = ""
    is_from_home: bool = False
    is_self_referral: bool = False
    categories: Sequence[int] = ()
    people: Sequence[Named] = field(default_factory=tuple)
    marks: Sequence[Mark] = ()
    call: Call | None = None


@audit.atomic()
def log(account: Account, *, by: StaffMember, key: UUID) -> Concern:
    """Log a concern, tell those who must know and start its ladder; the same key logs once (E20).

    What was kept of it as a draft is gone with that.
    Raises NotAllowed when the person does not work here, nothing was written, somebody who may not
    look for pupils names one of the roll, or it is about an adult at school and does not say which;
    AlreadyLogged when the same form comes with more than was received: an answer that was lost must
    not cost the words that were added meanwhile (E19).
    """
    now = clock.now()
    if not roles.may_log_concern(by.viewer()):
        raise NotAllowed("Only people who work at the school can log a concern.")
    if not (account.child_words.strip() or account.seen.strip() or account.thought.strip()):
        raise NotAllowed("Write what the child said, or what you saw or heard.")
    named = [who for person in account.people for who in (person, person.meant) if who is not None]
    if any(who.pupil for who in named) and not roles.may_find_pupils(by.viewer()):
        raise NotAllowed("Write the child's name in words.")
    _check_adult(account, by=by)
    drafts.hold(by)
    known = Concern.objects.logged_by(by).filter(key=key).first()
    if known is not None:
        repeating.check_same(known, account, _everybody(account, by=by))
    drafts.end(by, key, now=now, why="sent")
    return write_down(account, by=by, key=key, now=now)


def _check_adult(account: Account, *, by: StaffMember) -> None:
    """Refuse what is about an adult at school and does not say which (E1, E3)."""
    parties = [party for who in _everybody(account, by=by) for party in who.parties]
    about_adult = selectors.is_about_adult(account.categories)
    if policy.lacks_adult(is_about_adult=about_adult, parties=parties):
        raise NotAllowed(WHICH_ADULT)


def write_down(
    account: Account,
    *,
    by: StaffMember,
    key: UUID,
    now: datetime,
    aside: Collection[int] = (),
) -> Concern:
    """Write a concern down, tell those who must know and start its ladder; the caller has checked.

    `aside`: who stands outside besides those of whom the people in it tell.
    """
    concern, is_new = _write(account, by=by, key=key, now=now)
    if not is_new:
        return concern
    _draw(concern, account.marks)
    involve(concern, _everybody(account, by=by), by=by, now=now)
    concern.desk = _desk(concern, aside=aside, now=now)
    scene = alerts.look(concern, now=now)
    concern.acknowledge_by = policy.acknowledge_by(scene.facts, scene.hours)
    concern.save(update_fields=["desk", "acknowledge_by"])
    if account.call is not None:
        _note_first_call(concern, account.call, by=by, scene=scene)
        scene = alerts.look(concern, now=now)
    rung = alerts.begin(concern, scene)
    if account.is_from_home and not is_called(concern, scene):
        wait = timedelta(minutes=scene.hours.pace.call_minutes)
        _expect_call(concern, rung, due_at=now + wait, now=now)
    indexing.index(concern)
    audit.record(
        at=now,
        actor=by.actor,
        verb="concern.log",
        object=concern.object,
        urgency=concern.urgency,
        told=list(rung.tell) if rung else [],
    )
    return concern


def _write(account: Account, *, by: StaffMember, key: UUID, now: datetime) -> tuple[Concern, bool]:
    """Write the row, or return the one that an earlier click wrote; the second word says which."""
    known = Concern.objects.logged_by(by).filter(key=key).first()
    if known is not None:
        return known, False
    try:
        with audit.atomic():
            concern = Concern.objects.create(
                key=key,
                reporter=by,
                urgency=account.urgency,
                reported_urgency=account.urgency,
                about=account.about,
                logged_at=now,
                happened=account.happened,
                happened_at=account.happened_at,
                place=account.place,
                child_words=account.child_words,
                seen=account.seen,
                thought=account.thought,
                is_from_home=account.is_from_home,
                is_self_referral=account.is_self_referral,
                desk=policy.Desk.OUTSIDE,
                clock_began_at=now,
                acknowledge_by=now,
            )
    except IntegrityError as fault:
        twin = Concern.objects.logged_by(by).filter(key=key).first()
        if twin is None:
            raise NotAllowed("Please open a new form: this one has been used.") from fault
        return twin, False
    concern.categories.set(account.categories)
    return concern, True


def _draw(concern: Concern, marks: Sequence[Mark]) -> None:
    """Write down the marks on a child's body. Raises NotAllowed for one without words."""
    if any(not mark.words.strip() for mark in marks):
        raise NotAllowed("Write what each mark looked like.")
    BodyMark.objects.bulk_create(
        [
            BodyMark(
                concern=concern,
                number=mark.number,
                side=mark.side,
                region=mark.region,
                x=mark.at[0] if mark.at else None,
                y=mark.at[1] if mark.at else None,
                words=mark.words,
            )
            for mark in marks
        ]
    )


def _everybody(account: Account, *, by: StaffMember) -> list[Named]:
    """Return who is in it: of a self-referral first of all whoever tells of themselves (E5)."""
    others = list(account.people)
    own = Named(part=policy.Part.SUBJECT, staff=by)
    if not account.is_self_referral or own in others:
        return others
    return [own, *others]


def involve(concern: Concern, people: Sequence[Named], *, by: StaffMember, now: datetime) -> None:
    """Write down who is in a concern; whom words mean stands there once."""
    plain = [person for person in people if person.meant is None]
    Involved.objects.bulk_create([_row(concern, who, by=by, now=now) for who in plain])
    for person in people:
        if person.meant is not None:
            row = _row(concern, person, by=by, now=now)
            row.meant = identified(concern, person.meant, by=by, now=now)
            row.save()


def identified(concern: Concern, person: Named, *, by: StaffMember, now: datetime) -> Involved:
    """Return the row of somebody on roll or on the staff in a part, written now unless it stands there."""
    known = concern.involved.filter(
        pupil=person.pupil, staff=person.staff, part=person.part, kind=person.kind
    ).first()
    if known is None:
        known = _row(concern, person, by=by, now=now)
        known.save()
    return known


def _row(concern: Concern, person: Named, *, by: StaffMember, now: datetime) -> Involved:
    """Return the row of somebody in a concern."""
    return Involved(
        concern=concern,
        kind=person.kind,
        part=person.part,
        pupil=person.pupil,
        staff=person.staff,
        name=person.name,
        email=person.email.strip().lower(),
        works_here=person.works_here,
        settled_at=now if person.is_settled else None,
        settled_by=by if person.is_settled else None,
        added_at=now,
        added_by=by,
    )


def _desk(concern: Concern, *, aside: Collection[int], now: datetime) -> policy.Desk:
    """Write down who stands outside, and return who handles the concern."""
    people = selectors.colleagues(now)
    parties = selectors.parties_of([concern.pk], now=now)[concern.pk]
    decided = dict.fromkeys(aside, policy.Why.DECIDED)
    set_outside(concern, decided | outside(people, parties), had_read=frozenset(), now=now)
    excluded = frozenset({*policy.conflicts(people, parties), *aside})
    return policy.route(parties, people, excluded=excluded)


def outside(
    people: Sequence[policy.Colleague], parties: Sequence[policy.Party]
) -> dict[int, policy.Why]:
    """Return who stands outside for good: handlers in conflict, and every member of staff it is about.

    Whoever may only be meant stands outside until somebody has said, and on no record.
    """
    accused = {
        party.staff_id: policy.Why.SUBJECT
        for party in parties
        if party.is_accused and party.staff_id is not None
    }
    conflicts = policy.conflicts(people, parties).items()
    return accused | {pk: why for pk, why in conflicts if why is not policy.Why.NAMED}


def set_outside(
    concern: Concern,
    people: dict[int, policy.Why],
    *,
    had_read: frozenset[int],
    now: datetime,
) -> None:
    """Keep a record of who stands outside a concern, why and since when."""
    Exclusion.objects.bulk_create(
        [
            Exclusion(
                concern=concern,
                staff_id=staff_id,
                why=why,
                since=now,
                had_read=staff_id in had_read,
            )
            for staff_id, why in people.items()
        ],
        ignore_conflicts=True,
    )


def _note_first_call(concern: Concern, call: Call, *, by: StaffMember, scene: alerts.Scene) -> None:
    """Note the call that was made before the form was filled in; unanswered, it hurries the clock."""
    note_call(concern, call, by=by, now=scene.now)
    if not call.was_reached:
        concern.clock_began_at = policy.hurried_from(scene.facts, scene.hours, now=scene.now)
        concern.is_hurried = True
        concern.save(update_fields=["clock_began_at", "is_hurried"])


def note_call(concern: Concern, call: Call, *, by: StaffMember, now: datetime) -> Entry:
    """Append a telephone call. Raises NotAllowed when it lies in the future."""
    if call.at > now:
        raise NotAllowed("A call can be noted once it has been made, not before.")
    return Entry.objects.create(
        concern=concern,
        kind=policy.EntryKind.CALL,
        at=now,
        by=by,
        text=call.text,
        called=call.called,
        called_at=call.at,
        was_reached=call.was_reached,
    )


def is_called(concern: Concern, scene: alerts.Scene) -> bool:
    """Tell whether somebody who may know of it was telephoned, reached or not (P14)."""
    return (
        Entry.objects.filter(concern=concern, kind=policy.EntryKind.CALL)
        .exclude(called__in=scene.facts.excluded)
        .exists()
    )


def _expect_call(
    concern: Concern, rung: policy.Rung | None, *, due_at: datetime, now: datetime
) -> None:
    """Remind the reporter, usually in a quarter of an hour, and tell those on duty, that nobody was called (E87)."""
    people = [(Notice.NAG, concern.reporter_id)]
    if rung is not None:
        people += [(Notice.UNCALLED, staff_id) for staff_id in rung.tell]
    notices.queue(
        [
            Draft(
                kind=kind,
                key=f"concern:{concern.pk}:{kind}:{staff_id}",
                due_at=due_at,
                about=concern.object,
                staff_id=staff_id,
            )
            for kind, staff_id in people
        ],
        now=now,
    )
