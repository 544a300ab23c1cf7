"""What every change of a meeting does: lock first, check, change, look again, record last."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from audit import services as audit
from meetings import policy, selectors
from meetings.models import Meeting, RegisterEntry, Series
from meetings.services import incidents, wishes
from meetings.services.presses import NO_TRACE, Trace
from notices import services as notices
from notices.kinds import Draft
from school import selectors as school
from school.models import StaffMember
from school.roles import SAFEGUARDING_TEAM
from school.services import System
from schoolsafe.lib import clock
from schoolsafe.lib.prepared import Prepared

Actor = StaffMember | System


def lock(meeting: Meeting) -> Meeting:
    """Lock the meeting's row: two changes that are safe alone must not meet unseen.

    `no_key`, because lines of the register and answers of families point to the row while the
    change is under way.
    """
    return _locked().get(pk=meeting.pk)


def _locked() -> QuerySet[Meeting]:
    rows = Meeting.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("purpose", "question", "series")


# Asked twice for every answer of a family, most of them to a call that is not shared yet: no more is
# read than what tells.
BY_QUESTION = Prepared(
    lambda question_ids: (
        Meeting.objects.select_for_update(of=("self",), no_key=True)
        .only("status")
        .filter(question__in=question_ids)
        .order_by("pk")
    )
)


def lock_asked(question_ids: Sequence[int]) -> list[Meeting]:
    """Lock the meetings that these questions are about: always the one planned first, first.

    Of each only its status is read.
    """
    return BY_QUESTION.rows(question_ids)


def lock_series(series: Series) -> list[Meeting]:
    """Lock every call of a series, the one planned first, first; and all as they stand."""
    return list(_locked().filter(series=series).order_by("pk"))


def lock_linked(meeting: Meeting) -> list[Meeting]:
    """Lock a call and the others that still have its Teams link, always in the same order."""
    digest = Meeting.objects.filter(pk=meeting.pk).exclude(link_digest="").values("link_digest")
    alive = [*policy.PLANNED, policy.Status.OPEN]
    same = Q(link_digest__in=digest, status__in=[status.value for status in alive])
    return list(_locked().filter(same | Q(pk=meeting.pk)).order_by("pk"))


def move(
    meeting: Meeting, action: policy.Action, *, by: StaffMember, now: datetime
) -> policy.Facts:
    """Check an action against the table of moves and take the step.

    The only place where a status changes. Returns the facts as that person may see them: what is
    refused is said without a name that they may not read (E30). Raises NotAllowed.
    """
    facts = selectors.seen_by(selectors.facts(meeting, now), by.pk, now)
    to = policy.next_status(action, by.viewer(), facts)
    if to.value != meeting.status:
        meeting.status = to.value
        meeting.save(update_fields=["status"])
    return facts


def renumber(meeting: Meeting) -> None:
    """Say that what stands in calendars has changed: the next entry takes the place of theirs (E40)."""
    meeting.calendar_number += 1


def enter(
    meeting: Meeting,
    kind: policy.EntryKind,
    *,
    actor: str,
    now: datetime,
    pupil_id: int | None = None,
    staff_id: int | None = None,
    reason: str = "",
    for_family: str = "",
    kept: Trace = NO_TRACE,
) -> RegisterEntry:
    """Write one line into the register."""
    return RegisterEntry.objects.create(
        meeting=meeting,
        kind=kind.value,
        pupil_id=pupil_id,
        staff_id=staff_id,
        reason=reason,
        for_family=for_family,
        press_key=kept.key,
        pressed_at=kept.pressed_at,
        at=now,
        actor=actor,
    )


def look_again(meeting: Meeting, *, actor: str, now: datetime) -> policy.Verdict:
    """Ask for the verdict after a change; when it turns, say so in the register and to the adults.

    The door needs no telling: it asks the same verdict at every press.
    """
    wishes.follow(meeting, now=now)
    # A reworded question may have looked already, in this very transaction.
    meeting.refresh_from_db(fields=["on_hold_since"])
    facts = selectors.facts(meeting, now)
    verdict = policy.assess(facts, now)
    for kind in policy.incidents_now(facts):
        incidents.bring([meeting], kind, now=now)
    past_sharing = meeting.status in {policy.Status.SHARED.value, policy.Status.OPEN.value}
    is_held = verdict.blocks and past_sharing
    if is_held != (meeting.on_hold_since is not None):
        _turn(meeting, is_held=is_held, actor=actor, now=now)
    if facts.is_live and not facts.adults:
        _call_for_help(meeting, facts, now=now)
    return verdict


def _turn(meeting: Meeting, *, is_held: bool, actor: str, now: datetime) -> None:
    """Write down that a call is on hold, or clear again, and tell the adults."""
    meeting.on_hold_since = now if is_held else None
    if not is_held:
        wake_links(meeting, now=now)
    meeting.save(update_fields=["on_hold_since"])
    entry = policy.EntryKind.ON_HOLD if is_held else policy.EntryKind.CLEAR_AGAIN
    enter(meeting, entry, actor=actor, now=now)
    tell_adults(meeting, "meeting_on_hold" if is_held else "meeting_clear_again", now=now)


def wake_links(meeting: Meeting, *, now: datetime) -> None:
    """Let the e-mails with families' own links that wait be asked about: what held them back may be gone."""
    notices.ask_about_again_now(
        [meeting.about], kinds=["meeting_join_link"], now=now, needed_by=meeting.starts_at
    )


def _call_for_help(meeting: Meeting, facts: policy.Facts, *, now: datetime) -> None:
    """Tell those in reserve and the safeguarding team that no adult is left on a call (E58).

    Once for each time that it is on hold. Nobody who may not meet its pupils is asked to go in.
    """
    met = {place.pupil_id for place in facts.places}
    reserves = [
        seat.staff_id
        for seat in facts.seats
        if seat.role is policy.SeatRole.RESERVE and not seat.barred_from & met
    ]
    team = school.holders(*SAFEGUARDING_TEAM, on=clock.local(now).date())
    since = meeting.on_hold_since or now
    notices.queue(
        [
            Draft(
                kind="meeting_no_adult",
                key=f"meeting_no_adult:{meeting.pk}:{since.timestamp():.6f}:{staff_id}",
                due_at=now,
                about=meeting.about,
                staff_id=staff_id,
            )
            for staff_id in dict.fromkeys([*reserves, *(person.pk for person in team)])
        ],
        now=now,
    )


def tell_adults(meeting: Meeting, kind: str, *, now: datetime, but_not: int = 0) -> None:
    """Queue a notice to everybody with a seat."""
    seats = meeting.seats.exclude(staff=but_not).values_list("staff_id", flat=True)
    notices.queue(
        [
            Draft(
                kind=kind,
                key=f"{kind}:{meeting.pk}:{staff_id}:{now.timestamp():.6f}",
                due_at=now,
                about=meeting.about,
                staff_id=staff_id,
            )
            for staff_id in seats
        ],
        now=now,
    )


def record(meeting: Meeting, verb: str, *, actor: str, now: datetime, **detail: object) -> None:
    """Write the audit entry of a change: last, when all locks are taken."""
    audit.record(at=now, actor=actor, verb=f"meeting.{verb}", object=meeting.about, **detail)
