"""Ending a call for everyone, closing it, calling it off, and settling what went wrong."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from audit import services as audit
from consent import services as consent
from meetings import policy, selectors
from meetings.models import Closing, Incident, Meeting
from meetings.services import attendance, change, incidents, looking, recordings, wishes
from notices import services as notices
from notices.kinds import Draft
from school.models import StaffMember
from school.roles import may_review_incidents
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed, Overtaken


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a call was ended, in the host's answers (P12, P13, P2)."""

    took_place: bool = True
    hung_up: bool = False
    was_recorded: bool = False
    recording_kept_at: str = ""
    destroy_by: date | None = None
    left_early: tuple[int, ...] = ()
    was_troubling: bool = False
    note: str = ""


@audit.atomic()
def end(meeting: Meeting, *, by: StaffMember) -> Meeting:
    """Shut the door for everyone: the call is being ended (P12). The closing form is still to come.

    Five minutes later the adults are asked to look whether it is still empty (E65).
    """
    now = clock.now()
    meeting = change.lock(meeting)
    change.move(meeting, policy.Action.END, by=by, now=now)
    return _end(meeting, by=by, now=now)


@audit.atomic()
def end_with_one(meeting: Meeting, *, by: StaffMember) -> Meeting:
    """End a call to which only one pupil came, and write that down (E56).

    Raises NotAllowed when that is not so.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    facts = change.move(meeting, policy.Action.END, by=by, now=now)
    policy.check_one_came(facts, now, wait=selectors.wait_for_others())
    one = policy.only_one(facts)
    change.enter(
        meeting,
        policy.EntryKind.ONE_CAME,
        actor=by.actor,
        now=now,
        pupil_id=one.pupil_id if one else None,
    )
    return _end(meeting, by=by, now=now)


def _end(meeting: Meeting, *, by: StaffMember, now: datetime) -> Meeting:
    """Write the end down; the status has moved already."""
    meeting.ended_at = now
    meeting.on_hold_since = None
    meeting.save(update_fields=["ended_at", "on_hold_since"])
    change.enter(meeting, policy.EntryKind.ENDED, actor=by.actor, now=now)
    looking.ask_for_a_look(meeting, now=now)
    wishes.follow(meeting, now=now)
    change.record(meeting, "end", actor=by.actor, now=now)
    return meeting


@audit.atomic()
def close(meeting: Meeting, *, by: StaffMember, how: Ending) -> Meeting:
    """Keep how the call was ended; what must not be becomes an incident at once (P2, P13).

    Raises NotAllowed when the call is still to come, or says it was recorded but not where.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    facts = change.move(meeting, policy.Action.CLOSE, by=by, now=now)
    _check(facts, how, now)
    was_running = facts.is_live
    closing = Closing.objects.create(
        meeting=meeting,
        took_place=how.took_place,
        hung_up=how.hung_up,
        was_recorded=how.was_recorded,
        recording_kept_at=how.recording_kept_at.strip(),
        destroy_by=how.destroy_by if how.was_recorded else None,
        was_troubling=how.was_troubling,
        note=how.note,
        closed_at=now,
        closed_by=by,
    )
    closing.left_early.set(_on_the_call(facts, how.left_early))
    meeting.ended_at = meeting.ended_at or now
    meeting.on_hold_since = None
    meeting.save(update_fields=["ended_at", "on_hold_since"])
    wishes.follow(meeting, now=now)
    notices.stop_ladder("meeting_closing", meeting.about, now=now)
    recordings.remind(closing, now=now)
    if was_running:
        looking.ask_for_a_look(meeting, now=now)
    if meeting.question is not None:
        consent.close(meeting.question, by=by)
    for kind in policy.incidents_of_closing(
        facts, hung_up=how.hung_up, was_recorded=how.was_recorded, took_place=how.took_place
    ):
        incidents.bring([meeting], kind, now=now)
    attendance.look_at_reports(meeting, now=now)
    change.record(meeting, "close", actor=by.actor, now=now, hung_up=how.hung_up)
    return meeting


@audit.atomic()
def cancel(meeting: Meeting, *, by: StaffMember) -> Meeting:
    """Call it off: every door shuts at once, and families who were asked are told."""
    [meeting] = cancel_all([meeting], by=by)
    return meeting


def cancel_all(meetings: Sequence[Meeting], *, by: StaffMember) -> list[Meeting]:
    """Call off several calls, and tell each family of all of them in one letter."""
    now = clock.now()
    meetings = [change.lock(meeting) for meeting in meetings]
    if len(meetings) > 1:
        notices.hold_letters([meeting.about for meeting in meetings])
    for meeting in meetings:
        change.move(meeting, policy.Action.CANCEL, by=by, now=now)
        meeting.on_hold_since = None
        change.renumber(meeting)
        meeting.save(update_fields=["on_hold_since", "calendar_number"])
        wishes.follow(meeting, now=now)
        notices.stop_ladder("meeting_closing", meeting.about, now=now)
        notices.drop(
            about=meeting.about, but_not=consent.WARNINGS, now=now, why="the call was cancelled"
        )
    notices.queue(_called_off_letters(meetings, now), now=now)
    for meeting in meetings:
        if meeting.question is not None:
            consent.close(meeting.question, by=by)
        change.tell_adults(meeting, "meeting_cancelled", now=now, but_not=by.pk)
        change.record(meeting, "cancel", actor=by.actor, now=now)
    return meetings


@audit.atomic()
def settle(
    incident: Incident, *, by: StaffMember, note: str, seconds_seen: int | None = None
) -> Incident:
    """Settle an incident, saying what was done; `seconds_seen` is how long it was on the page they read.

    Raises NotAllowed for others than the safeguarding team and the headteacher, for somebody who
    was on the call themselves, without words, or when it is settled already; Overtaken when a report
    that came meanwhile shows more.
    """
    now = clock.now()
    if not may_review_incidents(by.viewer()):
        raise NotAllowed("The safeguarding team settles incidents.")
    if not note.strip():
        raise NotAllowed("Write down what was done.")
    incident = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    if incident.settled_at is not None:
        raise NotAllowed("Somebody has settled this already.")
    if incident.meeting.seats.filter(staff=by).exists():
        raise NotAllowed("You were on this call: somebody else settles it.")
    if seconds_seen is not None and (incident.seconds or 0) > seconds_seen:
        raise Overtaken(
            "A report that came meanwhile shows more. Look at it again, then settle it."
        )
    incident.settled_at = now
    incident.settled_by = by
    incident.settled_note = note.strip()
    incident.save()
    notices.stop_ladder("meeting_incident", f"meetings.incident:{incident.pk}", now=now)
    audit.record(
        at=now, actor=by.actor, verb="incident.settle", object=f"meetings.incident:{incident.pk}"
    )
    return incident


def _called_off_letters(meetings: Sequence[Meeting], now: datetime) -> list[Draft]:
    """Return a letter to everybody who was asked, with the calls about which they were."""
    guardians: dict[int, dict[int, tuple[int, ...]]] = defaultdict(dict)
    pupils: dict[int, list[int]] = defaultdict(list)
    for meeting in meetings:
        if meeting.question_id is None:
            continue
        for guardian_id, pupil_ids in selectors.guardians_asked(meeting).items():
            guardians[guardian_id][meeting.pk] = pupil_ids
        for pupil_id in selectors.pupils_asked(meeting, now):
            pupils[pupil_id].append(meeting.pk)
    letters = [
        Draft(
            kind="meeting_called_off",
            key=f"meeting_called_off:{min(asked)}:g{guardian_id}",
            due_at=now,
            about=f"meetings.meeting:{min(asked)}",
            guardian_id=guardian_id,
            pupil_ids=tuple(dict.fromkeys(pk for ids in asked.values() for pk in ids)),
            detail={"meetings": sorted(asked)},
        )
        for guardian_id, asked in guardians.items()
    ]
    letters += [
        Draft(
            kind="meeting_called_off",
            key=f"meeting_called_off:{min(ids)}:p{pupil_id}",
            due_at=now,
            about=f"meetings.meeting:{min(ids)}",
            pupil_id=pupil_id,
            pupil_ids=(pupil_id,),
            detail={"meetings": sorted(ids)},
        )
        for pupil_id, ids in pupils.items()
    ]
    return letters


def _check(facts: policy.Facts, how: Ending, now: datetime) -> None:
    """Refuse a closing that cannot be true."""
    if now < facts.starts_at and facts.status is policy.Status.SHARED:
        raise NotAllowed("This call has not begun; cancel it if it will not take place.")
    if not how.took_place and policy.has_taken_place(facts):
        raise NotAllowed("The register shows that pupils were let in, so the call took place.")
    if how.was_recorded and not how.recording_kept_at.strip():
        raise NotAllowed("Write down where the recording is kept.")
    policy.check_destroy_by(
        was_recorded=how.was_recorded, destroy_by=how.destroy_by, today=clock.local(now).date()
    )


def _on_the_call(facts: policy.Facts, pupil_ids: Sequence[int]) -> list[int]:
    """Return those of these pupils who have a place on the call."""
    places = {place.pupil_id for place in facts.shown}
    return sorted(places & set(pupil_ids))
