"""Saying later whom a concern is about: who may read it is asked again (E4)."""

from collections.abc import Sequence
from datetime import datetime

from audit import selectors as audit_reads
from audit import services as audit
from concerns import policy, selectors
from concerns.models import Concern, Entry, Involved
from concerns.policy import Action, EntryKind
from concerns.services import alerts, filing, indexing, routing, shares, tasks
from concerns.services.filing import Named
from school.models import StaffMember
from school.services import SWEEP
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def name_subject(concern: Concern, *, by: StaffMember, person: Named, text: str = "") -> Concern:
    """Add whom a concern is about; whoever must not read it is shut out from now on.

    That they had read it is kept, and whoever handles it now is told. When whoever acknowledged it
    is shut out, it waits for an acknowledgement again.
    Raises NotAllowed for whoever may not read it, or when the person has that part in it already.
    """
    now = clock.now()
    concern, before = _open(concern, by=by, now=now)
    if _is_named(concern, person.meant or person):
        raise NotAllowed("This person has that part in the concern already.")
    filing.involve(concern, [person], by=by, now=now)
    return look_anew(concern, before, by=by, text=text, comes_back=False)


def involve_too(
    concern: Concern, people: Sequence[Named], *, by: StaffMember, now: datetime
) -> Concern:
    """Put into a concern whom somebody names in what they add, before it stands there to be read (E4).

    Whoever has that part already is left as they are. The row must be locked by the caller.
    """
    fresh = [person for person in people if not _is_named(concern, person)]
    if not fresh:
        return concern
    before = alerts.look(concern, now=now)
    filing.involve(concern, fresh, by=by, now=now)
    return look_anew(concern, before, by=by, text="", comes_back=False)


@audit.atomic()
def settle(
    concern: Concern, *, by: StaffMember, words: Involved, staff: StaffMember | None, text: str = ""
) -> Concern:
    """Say whom words about an adult mean: a member of staff, who is shut out, or nobody here.

    Whoever else stood outside because the words might have meant them may read it then.
    Raises NotAllowed for whoever may not read it, or when somebody has said it already.
    """
    now = clock.now()
    concern, before = _open(concern, by=by, now=now)
    row = concern.involved.unsettled().filter(pk=words.pk).first()
    if row is None:
        raise NotAllowed("Somebody has said already who is meant.")
    row.settled_at, row.settled_by = now, by
    if staff is not None:
        meant = Named(part=policy.Part(row.part), staff=staff)
        row.meant = filing.identified(concern, meant, by=by, now=now)
    row.save(update_fields=["settled_at", "settled_by", "meant"])
    return look_anew(concern, before, by=by, text=text)


def _open(concern: Concern, *, by: StaffMember, now: datetime) -> tuple[Concern, alerts.Scene]:
    """Lock a concern and check that this person may say whom it is about."""
    concern = Concern.objects.select_for_update().get(pk=concern.pk)
    before = alerts.look(concern, now=now)
    policy.next_status(Action.NAME_SUBJECT, by.viewer(), before.facts)
    return concern, before


def look_anew(
    concern: Concern,
    before: alerts.Scene,
    *,
    by: StaffMember,
    text: str,
    kind: EntryKind = EntryKind.NAMING,
    verb: str = Action.NAME_SUBJECT,
    comes_back: bool = True,
) -> Concern:
    """Write down that it was said, shut out who must not read, and tell those who handle it now.

    `comes_back`: it may go down to the desk where it belongs. The row must be locked by the caller.
    """
    now = before.now
    Entry.objects.create(concern=concern, kind=kind, at=now, by=by, text=text)
    indexing.index(concern)
    parties = selectors.parties_of([concern.pk], now=now)[concern.pk]
    readers = read_ids(concern)
    readers_lent = concern.shares.values_list("staff_id", flat=True)
    people = selectors.with_others(before.people, [concern.reporter_id, *readers_lent], now)
    filing.set_outside(concern, filing.outside(people, parties), had_read=readers, now=now)
    facts = alerts.look(concern, now=now).facts
    shares.end_outside(concern, facts.excluded, by=by, now=now)
    # Nobody here was meant: it goes back to those who handle what it is about.
    concern.desk = (
        policy.route(parties, before.people, excluded=facts.excluded)
        if comes_back
        else policy.desk_now(facts, before.people)
    )
    concern.save(update_fields=["desk"])
    newly = facts.excluded - before.facts.excluded
    if newly or concern.desk != before.facts.desk:
        routing.hand_over(concern, now=now)
    tasks.take_back_lost(concern, alerts.look(concern, now=now), by=SWEEP)
    _look_at_childs_record(concern, by=by, now=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb=f"concern.{verb}",
        object=concern.object,
        shut_out=sorted(newly),
        had_read=sorted(newly & readers),
    )
    return concern


def _look_at_childs_record(concern: Concern, *, by: StaffMember, now: datetime) -> None:
    """Shut whom a concern turns out to be about out of the child's own record beside it (E104)."""
    child = (
        Concern.objects.select_for_update().filter(pk__in=selectors.childs_record(concern)).first()
    )
    if child is None:
        return
    aside = dict.fromkeys(selectors.outside_childs_record(concern), policy.Why.DECIDED)
    before = alerts.look(child, now=now).facts
    filing.set_outside(child, aside, had_read=read_ids(child), now=now)
    shares.end_outside(child, frozenset(aside), by=by, now=now)
    if aside.keys() - before.excluded:
        routing.follow(child, by=SWEEP, now=now)
        tasks.take_back_lost(child, alerts.look(child, now=now), by=SWEEP)


def _is_named(concern: Concern, person: Named) -> bool:
    """Tell whether somebody on roll or on the staff has this part in the concern already."""
    if person.pupil is None and person.staff is None:
        return False
    same = concern.involved.filter(pupil=person.pupil, staff=person.staff)
    return same.filter(part=person.part).exists()


def read_ids(concern: Concern) -> frozenset[int]:
    """Return which members of staff have opened a concern."""
    actors = audit_reads.about(concern.object).filter(verb="concern.read")
    names = set(actors.values_list("actor", flat=True))
    return frozenset(int(name.partition(":")[2]) for name in names if name.startswith("staff:"))
