"""The start of a call: each adult's checklist, the door, and a family that presses Join."""

from collections.abc import Sequence
from dataclasses import dataclass

from audit import services as audit
from meetings import policy, selectors
from meetings.models import Check, Meeting, Place
from meetings.services import change, sharing
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def confirm(meeting: Meeting, *, by: StaffMember, items: Sequence[policy.CheckItem]) -> Meeting:
    """Keep what an adult confirms about themselves before the start (P6, P7); nobody can for another.

    Confirmed again, the latest time counts. Raises NotAllowed when the person has no seat, when an
    item they need is missing, or when it is too long before the start to say.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    facts = change.move(meeting, policy.Action.CONFIRM, by=by, now=now)
    if not policy.check_counts(now, starts_at=facts.starts_at, scheduled_at=facts.scheduled_at):
        raise NotAllowed("The checklist is confirmed just before the call: from two hours ahead.")
    missing = policy.checks_needed(facts) - set(items)
    if missing:
        raise NotAllowed("Every line of the checklist has to be confirmed.")
    seat = meeting.seats.get(staff=by)
    Check.objects.bulk_create(
        [Check(seat=seat, item=item.value, confirmed_at=now) for item in sorted(set(items))],
        update_conflicts=True,
        unique_fields=["seat", "item"],
        update_fields=["confirmed_at"],
    )
    sharing.look_again(meeting, actor=by.actor, now=now)
    change.record(meeting, "confirm", actor=by.actor, now=now, items=sorted(set(items)))
    return meeting


@audit.atomic()
def open_door(meeting: Meeting, *, by: StaffMember) -> Meeting:
    """Open the door: only with every rule kept and every adult's checklist confirmed, at this second.

    Raises NotAllowed with the first thing that stands in the way (P1, P2, P5, P6, P7, P8).
    """
    now = clock.now()
    meeting = change.lock(meeting)
    facts = selectors.seen_by(selectors.facts(meeting, now), by.pk, now)
    policy.next_status(policy.Action.OPEN, by.viewer(), facts)
    verdict = policy.assess_opening(facts, now)
    if verdict.blocks:
        first = verdict.blocking[0]
        raise NotAllowed(f"{first.words} {first.mend}")
    change.move(meeting, policy.Action.OPEN, by=by, now=now)
    meeting.opened_at = now
    meeting.save(update_fields=["opened_at"])
    change.enter(meeting, policy.EntryKind.DOOR_OPENED, actor=by.actor, now=now)
    sharing.look_again(meeting, actor=by.actor, now=now)
    change.record(meeting, "open", actor=by.actor, now=now)
    return meeting


@dataclass(frozen=True, kw_only=True)
class Passage:
    """What a family gets when they press Join: the answer, and the Teams address if it is open."""

    answer: policy.DoorAnswer
    teams_url: str


@audit.atomic()
def press(place: Place, *, guardian_id: int) -> Passage:
    """Answer a family at the door, under a lock on the meeting, and write it down.

    Whoever may not be contacted about the child is answered as if there were no consent (E30).
    """
    now = clock.now()
    meeting = change.lock(place.meeting)
    facts = selectors.facts(meeting, now)
    has_agreed = selectors.has_agreed(place, guardian_id, now)
    answer = policy.for_holder(policy.door(facts, place.pupil_id, now), has_agreed=has_agreed)
    if not (_link_stands(place) and selectors.may_hold_link(place, guardian_id, now)):
        answer = policy.refuse_entry()
    actor = f"guardian:{guardian_id}" if guardian_id else f"pupil:{place.pupil_id}"
    if not answer.is_open:
        return Passage(answer=answer, teams_url="")
    change.enter(meeting, policy.EntryKind.AT_DOOR, actor=actor, now=now, pupil_id=place.pupil_id)
    change.record(meeting, "press", actor=actor, now=now, pupil=place.pupil_id)
    return Passage(answer=answer, teams_url=meeting.join_url)


def _link_stands(place: Place) -> bool:
    """Look at the link once more under the lock: it may have been revoked since it was opened."""
    return Place.objects.filter(pk=place.pk, link_version=place.link_version).exists()
