"""How serious a concern is, and whose it is: what the team says of both, with reasons."""

from audit import services as audit
from concerns import policy
from concerns.models import Concern, Entry
from concerns.policy import Action, EntryKind, Urgency
from concerns.services import alerts
from concerns.services.entering import append, begin, record
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def weigh(concern: Concern, *, by: StaffMember, urgency: Urgency, reasons: str) -> Entry:
    """Say that a concern is more or less serious than it counts now; the reporter's word stays (A13).

    One that waits to be acknowledged climbs in real hours from the moment it is raised.
    Raises NotAllowed without reasons, when it counts as that already, or when it would be lowered
    before anybody has acknowledged it.
    """
    now = clock.now()
    concern, scene = begin(concern, Action.WEIGH, by=by, now=now)
    policy.check_weighing(scene.facts, urgency)
    entry = append(concern, EntryKind.WEIGHING, by=by, now=now, text=reasons, urgency=urgency)
    concern.urgency = urgency
    fields = ["urgency"]
    if concern.status == policy.Status.LOGGED:
        concern.clock_began_at = policy.raised_from(scene.facts, scene.hours, now=now)
        fields.append("clock_began_at")
    concern.save(update_fields=fields)
    if concern.status == policy.Status.LOGGED:
        scene = alerts.look(concern, now=now)
        due = policy.acknowledge_by(scene.facts, scene.hours)
        # Nobody gets more time because it has become more serious.
        concern.acknowledge_by = min(concern.acknowledge_by, due)
        concern.save(update_fields=["acknowledge_by"])
        alerts.begin(concern, scene)
    record(concern, Action.WEIGH, by=by, now=now, urgency=urgency)
    return entry


@audit.atomic()
def hand_on(concern: Concern, *, by: StaffMember, to: StaffMember, reasons: str) -> Entry:
    """Give a concern to somebody else who may read it; they are told (A29).

    Raises NotAllowed without reasons, or when they may not read it or have it already.
    """
    now = clock.now()
    concern, scene = begin(concern, Action.HAND_ON, by=by, now=now)
    if to.pk == concern.owner_id:
        raise NotAllowed("It is theirs already.")
    if not policy.may_own(to.pk, scene.facts, scene.people):
        raise NotAllowed("Only somebody who may read it can have it.")
    entry = append(concern, EntryKind.HANDOVER, by=by, now=now, text=reasons, staff=to)
    concern.owner = to
    concern.save(update_fields=["owner"])
    if to.pk != by.pk:
        alerts.tell_of_more(concern, [to.pk], what=str(entry.pk), now=now)
    record(concern, Action.HAND_ON, by=by, now=now, to=to.pk)
    return entry
