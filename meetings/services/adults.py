"""Adults of a call who go, come back, are called in, or cover at short notice (E57, E58, E75)."""

from datetime import datetime

from audit import services as audit
from consent import services as consent
from meetings import policy, selectors
from meetings.models import Meeting, Seat
from meetings.services import change, presses
from meetings.services.families import asked_of
from meetings.services.presses import Press
from meetings.services.register import done
from notices import services as notices
from notices.kinds import Draft
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def drop_out(
    meeting: Meeting, *, by: StaffMember, staff: StaffMember, press: Press | None = None
) -> Meeting:
    """Note that an adult is not there; if that makes the call unsafe it is on hold at once (E57)."""
    now = clock.now()
    meeting = change.lock(meeting)
    change.move(meeting, policy.Action.CONFIRM, by=by, now=now)
    seat = _seat(meeting, staff)
    if seat.dropped_out_at is not None or presses.is_repeated(meeting, press, by=by):
        return meeting
    kept = presses.trace(meeting, press, now=now)
    presses.check_adult(meeting, policy.EntryKind.DROPPED_OUT, kept, staff.pk)
    seat.dropped_out_at = now
    seat.save(update_fields=["dropped_out_at"])
    _enter(meeting, policy.EntryKind.DROPPED_OUT, staff, by=by, now=now, kept=kept)
    return done(meeting, "drop_out", by=by, now=now, staff=staff.pk)


@audit.atomic()
def come_back(
    meeting: Meeting, *, by: StaffMember, staff: StaffMember, press: Press | None = None
) -> Meeting:
    """Note that an adult is back."""
    now = clock.now()
    meeting = change.lock(meeting)
    change.move(meeting, policy.Action.CONFIRM, by=by, now=now)
    seat = _seat(meeting, staff)
    if seat.dropped_out_at is None or presses.is_repeated(meeting, press, by=by):
        return meeting
    kept = presses.trace(meeting, press, now=now)
    presses.check_adult(meeting, policy.EntryKind.RETURNED, kept, staff.pk)
    seat.dropped_out_at = None
    seat.save(update_fields=["dropped_out_at"])
    _enter(meeting, policy.EntryKind.RETURNED, staff, by=by, now=now, kept=kept)
    return done(meeting, "come_back", by=by, now=now, staff=staff.pk)


@audit.atomic()
def call_reserve(
    meeting: Meeting, *, by: StaffMember, staff: StaffMember, press: Press | None = None
) -> Meeting:
    """Call the reserve to the call; they count once they have confirmed their checklist (E57).

    The reserve may do it themselves: when everybody else is gone nobody is left to call them (E58).
    Where families were not told of this reserve, their answers are void as with any other adult.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    facts = change.move(meeting, policy.Action.CALL, by=by, now=now)
    seat = _seat(meeting, staff)
    if seat.role != policy.SeatRole.RESERVE.value:
        raise NotAllowed("That person is not a reserve on this call.")
    policy.check_calling(facts, staff.pk)
    if seat.called_at is None:
        seat.called_at = now
        seat.save(update_fields=["called_at"])
        kept = presses.trace(meeting, press, now=now)
        _enter(meeting, policy.EntryKind.CALLED, staff, by=by, now=now, kept=kept)
        _summon(meeting, staff, by=by, now=now)
    return done(meeting, "call_reserve", by=by, now=now, staff=staff.pk)


@audit.atomic()
def bring_cover(meeting: Meeting, *, by: StaffMember, staff: StaffMember) -> Meeting:
    """Name somebody as cover at short notice; they count once they have confirmed (E75).

    Families agreed to named adults: they are told, and asked again, before their child comes in.
    Raises NotAllowed when that person may not count as an adult on this call.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    facts = change.move(meeting, policy.Action.COVER, by=by, now=now)
    policy.check_cover(facts, selectors.candidate(meeting, staff, now))
    Seat.objects.create(
        meeting=meeting, staff=staff, role=policy.SeatRole.RESERVE.value, called_at=now
    )
    _enter(meeting, policy.EntryKind.COVERED, staff, by=by, now=now, kept=presses.NO_TRACE)
    _summon(meeting, staff, by=by, now=now)
    return done(meeting, "bring_cover", by=by, now=now, staff=staff.pk)


def _summon(meeting: Meeting, staff: StaffMember, *, by: StaffMember, now: datetime) -> None:
    """Write to whoever is needed now, and tell families who had not been told of them."""
    draft = Draft(
        kind="meeting_reserve_called",
        key=f"meeting_reserve_called:{meeting.pk}:{staff.pk}",
        due_at=now,
        about=meeting.about,
        staff_id=staff.pk,
    )
    notices.queue([draft], now=now)
    _tell_of(staff, meeting, by=by)


def _tell_of(staff: StaffMember, meeting: Meeting, *, by: StaffMember) -> None:
    """Ask families anew where they were not told of somebody who now comes onto the call (P5).

    A question asked before reserves were named to families knows nothing of them.
    """
    question = meeting.question
    if question is not None and not question.asked.tells_of(str(staff.pk), staff.name):
        consent.reword(question, by=by, asked=asked_of(meeting))


def _enter(
    meeting: Meeting,
    kind: policy.EntryKind,
    staff: StaffMember,
    *,
    by: StaffMember,
    now: datetime,
    kept: presses.Trace,
) -> None:
    """Write one line about an adult into the register."""
    change.enter(meeting, kind, actor=by.actor, now=now, staff_id=staff.pk, kept=kept)


def _seat(meeting: Meeting, staff: StaffMember) -> Seat:
    """Return an adult's seat; raises NotAllowed when they have none."""
    seat = meeting.seats.filter(staff=staff).first()
    if seat is None:
        raise NotAllowed("That person is not on this call.")
    return seat
