"""What stands in the live register about the pupils of a call (P10, P11)."""

from collections.abc import Sequence
from datetime import datetime

from audit import services as audit
from meetings import policy, selectors
from meetings.models import Meeting, RegisterEntry
from meetings.services import change, presses, sharing
from meetings.services.presses import Press
from meetings.services.removals import letters
from notices import services as notices
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

# Each mark with the one that ends it.
PAIRS = {
    policy.EntryKind.MUTED: policy.EntryKind.UNMUTED,
    policy.EntryKind.UNMUTED: policy.EntryKind.MUTED,
    policy.EntryKind.PRESENTING: policy.EntryKind.PRESENTED,
    policy.EntryKind.PRESENTED: policy.EntryKind.PRESENTING,
}
MARKS = frozenset({*PAIRS, policy.EntryKind.LEFT})


@audit.atomic()
def admit(
    meeting: Meeting, *, by: StaffMember, pupil_ids: Sequence[int], press: Press | None = None
) -> Meeting:
    """Note that pupils were let in from the lobby (P10); whoever is on the call already stays.

    Raises NotAllowed when it would leave one adult with one pupil, or a pupil may not come in.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    if presses.is_repeated(meeting, press, by=by):
        return meeting
    facts = change.move(meeting, policy.Action.RUN, by=by, now=now)
    policy.check_admission(facts, pupil_ids, now)
    here = {place.pupil_id for place in facts.present}
    chosen = sorted(set(pupil_ids) - here)
    if not chosen:
        return meeting
    kept = presses.trace(meeting, press, now=now)
    presses.check_pupils(meeting, policy.EntryKind.ADMITTED, kept, chosen)
    for pupil_id in chosen:
        change.enter(
            meeting,
            policy.EntryKind.ADMITTED,
            actor=by.actor,
            now=now,
            pupil_id=pupil_id,
            kept=kept,
        )
    return done(meeting, "admit", by=by, now=now, pupils=chosen)


@audit.atomic()
def mark(
    meeting: Meeting,
    *,
    by: StaffMember,
    pupil_id: int,
    kind: policy.EntryKind,
    reason: str = "",
    press: Press | None = None,
) -> Meeting:
    """Note that a pupil was muted or unmuted, may present or no longer may, or has left (P11).

    What stands there already is not written twice.
    """
    now = clock.now()
    if kind not in MARKS:
        raise NotAllowed("That cannot be noted about a pupil.")
    meeting = change.lock(meeting)
    if presses.is_repeated(meeting, press, by=by):
        return meeting
    facts = change.move(meeting, policy.Action.RUN, by=by, now=now)
    place = _place(facts, pupil_id)
    if _stands_already(meeting, place, kind):
        return meeting
    kept = presses.trace(meeting, press, now=now)
    presses.check_pupils(meeting, kind, kept, [pupil_id])
    change.enter(
        meeting, kind, actor=by.actor, now=now, pupil_id=pupil_id, reason=reason, kept=kept
    )
    return done(meeting, kind.value, by=by, now=now, pupil=pupil_id)


def _stands_already(meeting: Meeting, place: policy.PlaceFacts, kind: policy.EntryKind) -> bool:
    """Tell whether the register says so already: two devices pressed the same."""
    if kind is policy.EntryKind.LEFT:
        return place.presence is policy.Presence.LEFT and not _was_let_back(meeting, place)
    lines = RegisterEntry.objects.filter(
        meeting=meeting, pupil=place.pupil_id, kind__in=[kind.value, PAIRS[kind].value]
    )
    last = lines.order_by("pk").last()
    return last is not None and last.kind == kind.value


def _was_let_back(meeting: Meeting, place: policy.PlaceFacts) -> bool:
    """Tell whether a pupil counts as left only because they were let back after a removal."""
    lines = RegisterEntry.objects.filter(
        meeting=meeting, pupil=place.pupil_id, kind__in=selectors.PRESENCE
    )
    last = lines.order_by("pk").last()
    return last is not None and last.kind == policy.EntryKind.LET_BACK.value


@audit.atomic()
def remove(
    meeting: Meeting,
    *,
    by: StaffMember,
    pupil_id: int,
    reason: str,
    for_family: str = "",
    press: Press | None = None,
) -> Meeting:
    """Note that a pupil was sent out, with the reason; the family and the year lead are told (P11).

    The family reads the reason only where the host wrote words for them. Raises NotAllowed without
    a reason, or when the pupil is sent out already: one removal is one letter.
    """
    now = clock.now()
    if not reason.strip():
        raise NotAllowed("A removal needs its reason.")
    meeting = change.lock(meeting)
    if presses.is_repeated(meeting, press, by=by):
        return meeting
    facts = change.move(meeting, policy.Action.RUN, by=by, now=now)
    place = _place(facts, pupil_id)
    if place.is_removed:
        raise NotAllowed(f"{place.name} was removed already. Nothing was added.")
    line = change.enter(
        meeting,
        policy.EntryKind.REMOVED,
        actor=by.actor,
        now=now,
        pupil_id=pupil_id,
        reason=reason.strip(),
        for_family=for_family.strip(),
        kept=presses.trace(meeting, press, now=now),
    )
    notices.queue(letters(line, by=by, now=now), now=now)
    return done(meeting, "remove", by=by, now=now, pupil=pupil_id)


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
    return done(meeting, "let_back", by=by, now=now, pupil=pupil_id)


@audit.atomic()
def note_unknown_name(
    meeting: Meeting, *, by: StaffMember, name: str, press: Press | None = None
) -> Meeting:
    """Note a name at the door that is nobody's who was invited (P10)."""
    now = clock.now()
    if not name.strip():
        raise NotAllowed("Write down the name as Teams shows it.")
    meeting = change.lock(meeting)
    if presses.is_repeated(meeting, press, by=by):
        return meeting
    change.move(meeting, policy.Action.RUN, by=by, now=now)
    change.enter(
        meeting,
        policy.EntryKind.UNKNOWN_NAME,
        actor=by.actor,
        now=now,
        reason=name.strip(),
        kept=presses.trace(meeting, press, now=now),
    )
    return done(meeting, "unknown_name", by=by, now=now)


@audit.atomic()
def agree_name(meeting: Meeting, *, by: StaffMember, pupil_id: int, name: str) -> Meeting:
    """Keep under which name Teams shows a pupil, as host and pupil agreed it (E55).

    It stands on the admit list beside the pupil's own name. An empty one takes it back.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    facts = change.move(meeting, policy.Action.CONFIRM, by=by, now=now)
    _place(facts, pupil_id)
    change.enter(
        meeting,
        policy.EntryKind.NAMED,
        actor=by.actor,
        now=now,
        pupil_id=pupil_id,
        reason=name.strip(),
    )
    change.record(meeting, "agree_name", actor=by.actor, now=now, pupil=pupil_id)
    return meeting


@audit.atomic()
def wait_for_others(meeting: Meeting, *, by: StaffMember, press: Press | None = None) -> Meeting:
    """Note that only one pupil has turned up, and that the adults wait together for others (E56).

    Raises NotAllowed with one adult, when more have come, or when the time to wait is over.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    if presses.is_repeated(meeting, press, by=by):
        return meeting
    facts = change.move(meeting, policy.Action.RUN, by=by, now=now)
    policy.check_waiting(facts, now, wait=selectors.wait_for_others())
    one = policy.only_one(facts)
    change.enter(
        meeting,
        policy.EntryKind.WAITING,
        actor=by.actor,
        now=now,
        pupil_id=one.pupil_id if one else None,
        kept=presses.trace(meeting, press, now=now),
    )
    return done(meeting, "wait_for_others", by=by, now=now)


def done(
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
