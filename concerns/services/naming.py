"""Saying later whom a concern is about: who may read it is asked again (E4)."""

from datetime import datetime

from django.db import transaction

from audit import selectors as audit_reads
from audit import services as audit
from concerns import policy, selectors
from concerns.models import Concern, Entry
from concerns.policy import Action, EntryKind
from concerns.services import alerts, filing
from concerns.services.alerts import Notice
from concerns.services.filing import Named
from notices import services as notices
from notices.kinds import Draft
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@transaction.atomic
def name_subject(concern: Concern, *, by: StaffMember, person: Named, text: str = "") -> Concern:
    """Add whom a concern is about; whoever must not read it is shut out from now on.

    That they had read it is kept, and whoever handles it now is told. When whoever acknowledged it
    is shut out, it waits for an acknowledgement again.
    Raises NotAllowed for whoever may not read it, or when the person is in it already.
    """
    now = clock.now()
    concern = Concern.objects.select_for_update().get(pk=concern.pk)
    before = alerts.look(concern, now=now)
    policy.next_status(Action.NAME_SUBJECT, by.viewer(), before.facts)
    if _is_named(concern, person):
        raise NotAllowed("This person is in the concern already.")
    filing.involve(concern, [person], by=by, now=now)
    Entry.objects.create(concern=concern, kind=EntryKind.NAMING, at=now, by=by, text=text)
    parties = selectors.parties_of([concern.pk], now=now)[concern.pk]
    readers = read_ids(concern)
    shut_out = filing.outside(before.people, parties)
    filing.set_outside(concern, shut_out, had_read=readers, now=now)
    concern.desk = policy.route(
        parties, before.people, excluded=frozenset(shut_out) | before.facts.excluded
    )
    concern.save(update_fields=["desk"])
    newly = frozenset(shut_out) - before.facts.excluded
    if newly or concern.desk != before.facts.desk:
        _hand_over(concern, now=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb="concern.name_subject",
        object=concern.object,
        shut_out=sorted(newly),
        had_read=sorted(newly & readers),
    )
    return concern


def _is_named(concern: Concern, person: Named) -> bool:
    """Tell whether somebody on roll or on the staff is in the concern already."""
    if person.pupil is None and person.staff is None:
        return False
    return concern.involved.filter(pupil=person.pupil, staff=person.staff).exists()


def read_ids(concern: Concern) -> frozenset[int]:
    """Return which members of staff have opened a concern."""
    actors = audit_reads.about(concern.object).filter(verb="concern.read")
    names = set(actors.values_list("actor", flat=True))
    return frozenset(int(name.partition(":")[2]) for name in names if name.startswith("staff:"))


def _hand_over(concern: Concern, *, now: datetime) -> None:
    """Tell those who handle it now; begin the wait anew when whoever took charge is shut out."""
    scene = alerts.look(concern, now=now)
    taker = next((p for p in scene.people if p.staff_id == concern.acknowledged_by_id), None)
    kept = (
        taker is not None
        and taker.staff_id not in scene.facts.excluded
        and taker.holds(*policy.READERS[scene.facts.desk])
    )
    if kept or concern.status == policy.Status.CLOSED:
        _tell_desk(concern, scene)
        return
    concern.status = policy.Status.LOGGED
    concern.acknowledged_at = concern.acknowledged_by = None
    concern.clock_began_at = now
    alerts.settle(concern, now=now, why="handed over")
    scene = alerts.look(concern, now=now)
    concern.acknowledge_by = policy.acknowledge_by(scene.facts, scene.hours)
    concern.save(
        update_fields=[
            "status",
            "acknowledged_at",
            "acknowledged_by",
            "clock_began_at",
            "acknowledge_by",
        ]
    )
    alerts.begin(concern, scene)


def _tell_desk(concern: Concern, scene: alerts.Scene) -> None:
    """Tell the headteacher, or whoever stands in for them, that who may read it has changed."""
    told = [
        person
        for person in scene.people
        if person.staff_id not in scene.facts.excluded
        and person.holds(
            *policy.READERS[policy.Desk.HEADTEACHER], *policy.READERS[scene.facts.desk]
        )
        and not person.is_away
    ]
    notices.queue(
        [
            Draft(
                kind=Notice.ADDED,
                key=f"concern:{concern.pk}:named:{int(scene.now.timestamp())}:{person.staff_id}",
                due_at=scene.now,
                about=concern.object,
                staff_id=person.staff_id,
            )
            for person in told
        ],
        now=scene.now,
    )
