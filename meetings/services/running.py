"""Running a call: the checklist, the door, and everything that stands in the register."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from audit import services as audit
from consent import services as consent
from meetings import policy, selectors
from meetings.models import Check, Meeting, Place, Seat
from meetings.services import change, sharing
from meetings.services.families import asked_of
from notices import services as notices
from notices.kinds import Draft
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

MARKS = frozenset(
    {
        policy.EntryKind.MUTED,
        policy.EntryKind.UNMUTED,
        policy.EntryKind.PRESENTING,
        policy.EntryKind.PRESENTED,
        policy.EntryKind.LEFT,
    }
)


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


@audit.atomic()
def admit(meeting: Meeting, *, by: StaffMember, pupil_ids: Sequence[int]) -> Meeting:
    """Note that pupils were let in from the lobby (P10).

    Raises NotAllowed when it would leave one adult with one pupil, or a pupil may not come in.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    facts = change.move(meeting, policy.Action.RUN, by=by, now=now)
    policy.check_admission(facts, pupil_ids, now)
    chosen = sorted(set(pupil_ids))
    for pupil_id in chosen:
        change.enter(meeting, policy.EntryKind.ADMITTED, actor=by.actor, now=now, pupil_id=pupil_id)
    return _done(meeting, "admit", by=by, now=now, pupils=chosen)


@audit.atomic()
def mark(
    meeting: Meeting, *, by: StaffMember, pupil_id: int, kind: policy.EntryKind, reason: str = ""
) -> Meeting:
    """Note that a pupil was muted or unmuted, may present or no longer may, or has left (P11)."""
    now = clock.now()
    if kind not in MARKS:
        raise NotAllowed("That cannot be noted about a pupil.")
    meeting = change.lock(meeting)
    facts = change.move(meeting, policy.Action.RUN, by=by, now=now)
    _place(facts, pupil_id)
    change.enter(meeting, kind, actor=by.actor, now=now, pupil_id=pupil_id, reason=reason)
    return _done(meeting, kind.value, by=by, now=now, pupil=pupil_id)


@audit.atomic()
def remove(meeting: Meeting, *, by: StaffMember, pupil_id: int, reason: str) -> Meeting:
    """Note that a pupil was sent out, with the reason; their family and their teachers are told (P11).

    Raises NotAllowed without a reason.
    """
    now = clock.now()
    if not reason.strip():
        raise NotAllowed("A removal needs its reason.")
    meeting = change.lock(meeting)
    facts = change.move(meeting, policy.Action.RUN, by=by, now=now)
    _place(facts, pupil_id)
    change.enter(
        meeting,
        policy.EntryKind.REMOVED,
        actor=by.actor,
        now=now,
        pupil_id=pupil_id,
        reason=reason.strip(),
    )
    notices.queue(_removal_letters(meeting, pupil_id, by=by, now=now), now=now)
    return _done(meeting, "remove", by=by, now=now, pupil=pupil_id)


@audit.atomic()
def let_back(meeting: Meeting, *, by: StaffMember, pupil_id: int, reason: str) -> Meeting:
    """Note that a pupil who was removed may come back, with the reason; their own link opens (P11).

    Raises NotAllowed without a reason, or when the pupil was not removed or may not come in.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    facts = change.move(meeting, policy.Action.RUN, by=by, now=now)
    policy.check_return(facts, pupil_id, reason)
    change.enter(
        meeting,
        policy.EntryKind.LET_BACK,
        actor=by.actor,
        now=now,
        pupil_id=pupil_id,
        reason=reason.strip(),
    )
    return _done(meeting, "let_back", by=by, now=now, pupil=pupil_id)


@audit.atomic()
def note_unknown_name(meeting: Meeting, *, by: StaffMember, name: str) -> Meeting:
    """Note a name at the door that is nobody's who was invited (P10)."""
    now = clock.now()
    if not name.strip():
        raise NotAllowed("Write down the name as Teams shows it.")
    meeting = change.lock(meeting)
    change.move(meeting, policy.Action.RUN, by=by, now=now)
    change.enter(
        meeting, policy.EntryKind.UNKNOWN_NAME, actor=by.actor, now=now, reason=name.strip()
    )
    return _done(meeting, "unknown_name", by=by, now=now)


@audit.atomic()
def drop_out(meeting: Meeting, *, by: StaffMember, staff: StaffMember) -> Meeting:
    """Note that an adult is not there; if that makes the call unsafe it is on hold at once (E57)."""
    now = clock.now()
    meeting = change.lock(meeting)
    change.move(meeting, policy.Action.CONFIRM, by=by, now=now)
    seat = _seat(meeting, staff)
    if seat.dropped_out_at is not None:
        return meeting
    seat.dropped_out_at = now
    seat.save(update_fields=["dropped_out_at"])
    change.enter(meeting, policy.EntryKind.DROPPED_OUT, actor=by.actor, now=now, staff_id=staff.pk)
    return _done(meeting, "drop_out", by=by, now=now, staff=staff.pk)


@audit.atomic()
def come_back(meeting: Meeting, *, by: StaffMember, staff: StaffMember) -> Meeting:
    """Note that an adult is back."""
    now = clock.now()
    meeting = change.lock(meeting)
    change.move(meeting, policy.Action.CONFIRM, by=by, now=now)
    seat = _seat(meeting, staff)
    if seat.dropped_out_at is None:
        return meeting
    seat.dropped_out_at = None
    seat.save(update_fields=["dropped_out_at"])
    change.enter(meeting, policy.EntryKind.RETURNED, actor=by.actor, now=now, staff_id=staff.pk)
    return _done(meeting, "come_back", by=by, now=now, staff=staff.pk)


@audit.atomic()
def call_reserve(meeting: Meeting, *, by: StaffMember, staff: StaffMember) -> Meeting:
    """Call the reserve to the call; they count once they have confirmed their checklist (E57).

    Where families were not told of this reserve, their answers are void as with any other adult.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    facts = change.move(meeting, policy.Action.CONFIRM, by=by, now=now)
    seat = _seat(meeting, staff)
    if seat.role != policy.SeatRole.RESERVE.value:
        raise NotAllowed("That person is not a reserve on this call.")
    policy.check_calling(facts, staff.pk)
    if seat.called_at is None:
        seat.called_at = now
        seat.save(update_fields=["called_at"])
        change.enter(meeting, policy.EntryKind.CALLED, actor=by.actor, now=now, staff_id=staff.pk)
        notices.queue(
            [
                Draft(
                    kind="meeting_reserve_called",
                    key=f"meeting_reserve_called:{meeting.pk}:{staff.pk}",
                    due_at=now,
                    about=meeting.about,
                    staff_id=staff.pk,
                )
            ],
            now=now,
        )
        _tell_of(staff, meeting, by=by)
    return _done(meeting, "call_reserve", by=by, now=now, staff=staff.pk)


def _done(
    meeting: Meeting, verb: str, *, by: StaffMember, now: datetime, **detail: object
) -> Meeting:
    """Look at the verdict again, and record."""
    sharing.look_again(meeting, actor=by.actor, now=now)
    change.record(meeting, verb, actor=by.actor, now=now, **detail)
    return meeting


def _place(facts: policy.Facts, pupil_id: int) -> policy.PlaceFacts:
    """Return a pupil's place; raises NotAllowed when they are not on the call."""
    for place in facts.shown:
        if place.pupil_id == pupil_id:
            return place
    raise NotAllowed("That pupil is not on this call.")


def _seat(meeting: Meeting, staff: StaffMember) -> Seat:
    """Return an adult's seat; raises NotAllowed when they have none."""
    seat = meeting.seats.filter(staff=staff).first()
    if seat is None:
        raise NotAllowed("That person is not on this call.")
    return seat


def _tell_of(staff: StaffMember, meeting: Meeting, *, by: StaffMember) -> None:
    """Ask families anew where they were not told of somebody who now comes onto the call (P5).

    A question asked before reserves were named to families knows nothing of them.
    """
    question = meeting.question
    if question is not None and not question.asked.tells_of(str(staff.pk), staff.name):
        consent.reword(question, by=by, asked=asked_of(meeting))


def _removal_letters(
    meeting: Meeting, pupil_id: int, *, by: StaffMember, now: datetime
) -> list[Draft]:
    """Return a letter to each consenting guardian and a note to each of the pupil's teachers."""
    stem = f"meeting_removal:{meeting.pk}:{pupil_id}:{now.timestamp():.6f}"
    letters = [
        Draft(
            kind="meeting_removal",
            key=f"{stem}:g{guardian_id}",
            due_at=now,
            about=meeting.about,
            guardian_id=guardian_id,
            pupil_ids=(pupil_id,),
        )
        for guardian_id in selectors.guardians_of(meeting, pupil_id, now)
    ]
    teachers = StaffMember.objects.working().filter(teaching_groups__pupils=pupil_id)
    letters += [
        Draft(
            kind="meeting_removal_note",
            key=f"{stem}:s{staff_id}",
            due_at=now,
            about=meeting.about,
            staff_id=staff_id,
            detail={"pupil": pupil_id},
        )
        for staff_id in set(teachers.values_list("pk", flat=True)) - {by.pk}
    ]
    return letters
