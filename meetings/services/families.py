"""What passes between a meeting and the families who are asked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import F

from audit import services as audit
from consent import services as consent
from consent.models import Question
from consent.services import Asked
from meetings import policy
from meetings.models import Meeting, Seat
from meetings.services import calendars, change, sharing
from notices import services as notices
from notices.kinds import Draft
from school.models import StaffMember
from school.selectors import school
from school.services import SWEEP
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


def asked_of(meeting: Meeting) -> Asked:
    """Return what families are told about a meeting, in the words they will see."""
    return asked_of_all([meeting])[meeting.pk]


def asked_of_all(meetings: Sequence[Meeting]) -> dict[int, Asked]:
    """Return what families are told about several meetings, in one query."""
    seats = Seat.objects.filter(meeting__in=[meeting.pk for meeting in meetings])
    staff: dict[int, list[StaffMember]] = defaultdict(list)
    reserves: dict[int, list[StaffMember]] = defaultdict(list)
    for seat in seats.select_related("staff"):
        group = reserves if seat.role == policy.SeatRole.RESERVE.value else staff
        group[seat.meeting_id].append(seat.staff)
    return {
        meeting.pk: Asked(
            title=meeting.title,
            purpose=meeting.purpose.name,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            staff=tuple(person.name for person in staff[meeting.pk]),
            staff_ids=tuple(str(person.pk) for person in staff[meeting.pk]),
            reserves=tuple(person.name for person in reserves[meeting.pk]),
            reserve_ids=tuple(str(person.pk) for person in reserves[meeting.pk]),
            is_recorded=meeting.is_recorded,
            kind=f"meetings.purpose:{meeting.purpose_id}",
        )
        for meeting in meetings
    }


@audit.atomic()
def ask(meeting: Meeting, *, by: StaffMember) -> Meeting:
    """Ask the guardians of every pupil on the call; those asked before are not asked again (P5).

    Raises NotAllowed when the call may not be asked about, or not with or without its recording.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    facts = change.move(meeting, policy.Action.ASK, by=by, now=now)
    settle_recording([meeting], {meeting.pk: facts}, now=now)
    pupils = meeting.places.filter(taken_off_at__isnull=True).values_list("pupil_id", flat=True)
    consent.hold(pupils)
    meeting.question = consent.ask(
        by=by,
        about=meeting.about,
        asked=asked_of(meeting),
        pupil_ids=list(pupils),
        closes_at=meeting.starts_at,
    )
    meeting.save(update_fields=["question", "is_never_recorded"])
    change.record(meeting, "ask", actor=by.actor, now=now)
    return meeting


def settle_recording(
    meetings: Sequence[Meeting], facts: Mapping[int, policy.Facts], *, now: datetime
) -> None:
    """Settle, for the drafts among these, what families are told of a recording (P2, P3).

    What the school says of recording now goes with each of them from here on; the caller saves it.
    Raises NotAllowed, with the day, when the school or the purpose does not allow what was planned.
    """
    drafts = [one for one in meetings if facts[one.pk].status is policy.Status.DRAFT]
    for meeting in drafts:
        for found in policy.assess_asking(facts[meeting.pk], now).blocking:
            day = clock.in_words(meeting.starts_at)
            raise NotAllowed(f"{day}: {found.words} {found.mend}")
    records_none = bool(drafts) and not school().records_calls
    for meeting in drafts:
        meeting.is_never_recorded = records_none


def on_answer_coming(question_ids: Sequence[int]) -> bool:
    """Take the meetings' locks before consent/ takes any of its own: everybody locks in one order.

    Tell whether each question has a meeting, and so a lock.
    """
    return len(change.lock_asked(question_ids)) == len(set(question_ids))


def on_answers_changed(
    question: Question, *, pupil_ids: Sequence[int], now: datetime, is_astray: bool = False
) -> None:
    """Look at the meeting again when a family's answer changed, inside the same transaction (E38).

    A pupil whose consent is gone finds the door shut at once, because the door asks; the adults
    are told when links were already out. A join link that lies in the wrong mailbox dies for good,
    whatever is answered later: who else agreed gets a new one (E26).
    """
    shared = {policy.Status.SHARED.value, policy.Status.OPEN.value}
    meeting = next((one for one in change.lock_asked([question.pk]) if one.status in shared), None)
    if meeting is None:
        return
    meeting = change.lock(meeting)
    if is_astray:
        places = meeting.places.filter(pupil__in=pupil_ids)
        places.update(link_version=F("link_version") + 1)
    # Before others get their first ones: those stand in the outbox then, and have brought nothing yet.
    sharing.send_dropped_links(meeting, pupil_ids, now=now)
    sharing.look_again(meeting, actor=SWEEP.actor, now=now)
    calendars.take_out(meeting, pupil_ids, now=now)
    notices.queue(
        [
            Draft(
                kind="meeting_answers_changed",
                key=f"meeting_answers_changed:{meeting.pk}:{staff_id}:{now.timestamp():.6f}",
                due_at=now,
                about=meeting.about,
                staff_id=staff_id,
            )
            for staff_id in meeting.seats.values_list("staff_id", flat=True)
        ],
        now=now,
    )
