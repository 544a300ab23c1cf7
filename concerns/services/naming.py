"""Saying later whom a concern is about: who may read it is asked again (E4)."""

from django.db import transaction

from audit import selectors as audit_reads
from audit import services as audit
from concerns import policy, selectors
from concerns.models import Concern, Entry
from concerns.policy import Action, EntryKind
from concerns.services import alerts, filing, routing
from concerns.services.filing import Named
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@transaction.atomic
def name_subject(concern: Concern, *, by: StaffMember, person: Named, text: str = "") -> Concern:
    """Add whom a concern is about; whoever must not read it is shut out from now on.

    That they had read it is kept, and whoever handles it now is told. When whoever acknowledged it
    is shut out, it waits for an acknowledgement again.
    Raises NotAllowed for whoever may not read it, or when the person has that part in it already.
    """
    now = clock.now()
    concern = Concern.objects.select_for_update().get(pk=concern.pk)
    before = alerts.look(concern, now=now)
    policy.next_status(Action.NAME_SUBJECT, by.viewer(), before.facts)
    if _is_named(concern, person):
        raise NotAllowed("This person has that part in the concern already.")
    filing.involve(concern, [person], by=by, now=now)
    Entry.objects.create(concern=concern, kind=EntryKind.NAMING, at=now, by=by, text=text)
    parties = selectors.parties_of([concern.pk], now=now)[concern.pk]
    readers = read_ids(concern)
    shut_out = filing.outside(before.people, parties)
    filing.set_outside(concern, shut_out, had_read=readers, now=now)
    concern.desk = policy.desk_now(alerts.look(concern, now=now).facts, before.people)
    concern.save(update_fields=["desk"])
    newly = frozenset(shut_out) - before.facts.excluded
    if newly or concern.desk != before.facts.desk:
        routing.hand_over(concern, now=now)
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
