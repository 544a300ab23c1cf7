"""Planning a call: who, when, why, recorded or not, and the Teams link."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError

from audit import services as audit
from consent import services as consent
from meetings import policy, selectors
from meetings.models import Meeting, Place, Seat
from meetings.services import calendars, change, leaks, sharing
from meetings.services.families import asked_of
from meetings.services.plans import Plan, plan_of, rebased, told_of
from meetings.teams import parse_join_link
from notices import services as notices
from school.models import Pupil, StaffMember
from school.roles import may_plan_meetings
from school.selectors import school
from school.services import revisions
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

# What of a plan stands on the row of the call; who is on it stands beside it.
PLANNED = (
    "title",
    "purpose",
    "starts_at",
    "ends_at",
    "is_recorded",
    "recording_declined_because",
    "group",
)


class PlanRefused(NotAllowed):
    """The call as planned breaks the policy; carries the verdict with every mend."""

    def __init__(self, verdict: policy.Verdict) -> None:
        super().__init__(verdict.sentence)
        self.verdict = verdict


class LinkTaken(NotAllowed):
    """The Teams link cannot be had: another call has it at that time, or it has leaked."""


@audit.atomic()
def plan(*, by: StaffMember, what: Plan, key: UUID | None = None, link: str = "") -> Meeting:
    """Write down a new call with the planner as its host; the same key plans one call.

    Raises NotAllowed when the person may not plan, PlanRefused when the plan breaks the policy:
    nothing unsafe is ever stored (P1, P2, P3, P8). A Teams `link` is kept with the plan, or refused
    with it as `set_link` does.
    """
    now = clock.now()
    if not may_plan_meetings(by.viewer()):
        raise NotAllowed("Only members of staff can plan a call.")
    meeting, is_new = _begin(what, by=by, key=key, now=now)
    if not is_new:
        return meeting
    Seat.objects.create(meeting=meeting, staff=by, role=policy.SeatRole.HOST.value)
    _seat(meeting, what, host_id=by.pk)
    pupils = sorted({pupil.pk for pupil in what.pupils})
    Place.objects.bulk_create([Place(meeting=meeting, pupil_id=pk) for pk in pupils])
    _check(meeting, by=by, now=now)
    change.record(meeting, "plan", actor=by.actor, now=now)
    return set_link(meeting, by=by, text=link) if link else meeting


@audit.atomic()
def revise(meeting: Meeting, *, by: StaffMember, what: Plan, seen: Plan | None = None) -> Meeting:
    """Change a planned call; families who were asked are told, or asked again if it matters.

    With the plan that was `seen` only what differs from it is changed: what others have done since
    stays. Raises NotAllowed, Overtaken or PlanRefused, and then nothing has changed.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    change.move(meeting, policy.Action.REVISE, by=by, now=now)
    stood = plan_of(meeting)
    if seen is not None:
        what = rebased(what, seen=seen, now=stood)
    moved = (meeting.starts_at, meeting.ends_at) != (what.starts_at, what.ends_at)
    if moved or meeting.title != what.title:
        change.renumber(meeting)
    changed = revisions.changes(meeting, {name: getattr(what, name) for name in PLANNED})
    _write(meeting, what, scheduled_at=now if moved else meeting.scheduled_at)
    host = meeting.seats.get(role=policy.SeatRole.HOST.value)
    _reseat(meeting, what, host_id=host.staff_id)
    added, taken_off = _replace_places(meeting, what.pupils, now)
    _check(meeting, by=by, now=now)
    told = told_of(stood, what, host_id=host.staff_id)
    revisions.note(meeting, changed | told, by=by)
    if moved and meeting.status == policy.Status.SHARED.value:
        # Before consent/ writes its audit: the sweep locks a ladder first and the chain last, too.
        due_at = meeting.ends_at + policy.REMIND_AFTER[0]
        notices.move_ladder("meeting_closing", meeting.about, due_at=due_at)
        # Links that wait for the day before: it may be another day now.
        change.wake_links(meeting, now=now)
    if meeting.question is not None:
        consent.hold([pupil.pk for pupil in what.pupils])
        if taken_off:
            consent.release(meeting.question, by=by, pupil_ids=taken_off)
            calendars.take_out(meeting, taken_off, now=now)
        if added:
            consent.ask(
                by=by,
                about=meeting.about,
                asked=asked_of(meeting),
                pupil_ids=added,
                closes_at=meeting.starts_at,
            )
        consent.reword(meeting.question, by=by, asked=asked_of(meeting))
    sharing.look_again(meeting, actor=by.actor, now=now)
    change.record(meeting, "revise", actor=by.actor, now=now, moved=moved)
    return meeting


@audit.atomic()
def set_link(
    meeting: Meeting, *, by: StaffMember, text: str, old_one_ended: bool = False
) -> Meeting:
    """Keep the Teams link of a call, in its canonical form; after a leak it is the way out (E71).

    Raises LinkRefused with the reason when it is not a join link of the school's own Teams (P4),
    LinkTaken when another call at the same time has it or it has leaked, and NotAllowed where
    pupils may still be in the old Teams meeting of a call that runs.
    """
    now = clock.now()
    tenant = school().microsoft_tenant
    link = parse_join_link(text, tenant_id=str(tenant) if tenant else None)
    meeting = change.lock(meeting)
    is_new = meeting.link_leaked_at is not None
    change.move(meeting, policy.Action.RENEW if is_new else policy.Action.REVISE, by=by, now=now)
    if leaks.has_leaked(link):
        raise LinkTaken(leaks.LEAKED)
    if meeting.status == policy.Status.OPEN.value and not old_one_ended:
        raise NotAllowed(leaks.END_THE_OLD)
    leaks.keep_link(meeting, link, actor=by.actor, now=now)
    for finding in sharing.look_again(meeting, actor=by.actor, now=now).blocking:
        if finding.code == "link_twice_at_once":
            raise LinkTaken(f"{finding.words} {finding.mend}")
    change.record(meeting, "set_link", actor=by.actor, now=now, kind=link.kind.value)
    return meeting


def _begin(what: Plan, *, by: StaffMember, key: UUID | None, now: datetime) -> tuple[Meeting, bool]:
    """Write the row, or return the one that an earlier click wrote; the second word says which."""
    known = selectors.planned_with(key, by=by)
    if known is not None:
        return known, False
    try:
        with audit.atomic():
            meeting = Meeting.objects.create(
                title=what.title,
                purpose=what.purpose,
                starts_at=what.starts_at,
                ends_at=what.ends_at,
                scheduled_at=now,
                is_recorded=what.is_recorded,
                recording_declined_because=what.recording_declined_because,
                group=what.group,
                planned_by=by,
                plan_key=key,
            )
    except IntegrityError as fault:
        twin = selectors.planned_with(key, by=by)
        if twin is None:
            raise NotAllowed("Please open a new form: this one has been used.") from fault
        return twin, False
    return meeting, True


def _write(meeting: Meeting, what: Plan, *, scheduled_at: datetime) -> None:
    # Before the row changes: it says what families were told. Of a draft nobody has been.
    if meeting.status != policy.Status.DRAFT.value:
        meeting.is_never_recorded = selectors.is_never_recorded(
            meeting, is_recorded=what.is_recorded, purpose_id=what.purpose.pk
        )
    meeting.title = what.title
    meeting.purpose = what.purpose
    meeting.starts_at = what.starts_at
    meeting.ends_at = what.ends_at
    meeting.scheduled_at = scheduled_at
    meeting.is_recorded = what.is_recorded
    meeting.recording_declined_because = what.recording_declined_because
    meeting.group = what.group
    meeting.save()


def _seat(meeting: Meeting, what: Plan, *, host_id: int) -> None:
    """Give the other adults their seats; the host keeps theirs."""
    seats = [(person, policy.SeatRole.CO_HOST) for person in what.co_hosts]
    seats += [(person, policy.SeatRole.RESERVE) for person in what.reserves]
    seen = {host_id}
    for person, role in seats:
        if person.pk not in seen:
            seen.add(person.pk)
            Seat.objects.create(meeting=meeting, staff=person, role=role.value)


def _reseat(meeting: Meeting, what: Plan, *, host_id: int) -> None:
    """Replace the other adults, keeping the row (and its checks) of those who stay."""
    wanted = {person.pk: policy.SeatRole.RESERVE for person in what.reserves}
    wanted |= {person.pk: policy.SeatRole.CO_HOST for person in what.co_hosts}
    wanted.pop(host_id, None)
    for seat in meeting.seats.exclude(staff=host_id):
        role = wanted.pop(seat.staff_id, None)
        if role is None:
            seat.checks.all().delete()
            seat.delete()
        elif seat.role != role.value:
            seat.role = role.value
            seat.save(update_fields=["role"])
    Seat.objects.bulk_create(
        [Seat(meeting=meeting, staff_id=pk, role=role.value) for pk, role in wanted.items()]
    )


def _replace_places(
    meeting: Meeting, pupils: Sequence[Pupil], now: datetime
) -> tuple[list[int], list[int]]:
    """Make these the pupils of the call; return who came on and who was taken off.

    A pupil who comes back gets a new link version: an old link in a mailbox stays shut.
    """
    wanted = {pupil.pk for pupil in pupils}
    rows = {place.pupil_id: place for place in meeting.places.all()}
    standing = {pk for pk, place in rows.items() if place.taken_off_at is None}
    for pupil_id in standing - wanted:
        rows[pupil_id].taken_off_at = now
        rows[pupil_id].link_version += 1
        rows[pupil_id].save(update_fields=["taken_off_at", "link_version"])
    for pupil_id in (wanted - standing) & set(rows):
        rows[pupil_id].taken_off_at = None
        rows[pupil_id].save(update_fields=["taken_off_at"])
    Place.objects.bulk_create(
        [Place(meeting=meeting, pupil_id=pk) for pk in sorted(wanted - set(rows))]
    )
    return sorted(wanted - standing), sorted(standing - wanted)


def _check(meeting: Meeting, *, by: StaffMember, now: datetime) -> None:
    """Refuse a plan that breaks the policy, whatever the families will say."""
    facts = selectors.seen_by(selectors.facts(meeting, now), by.pk, now)
    verdict = policy.assess_plan(facts, now)
    if verdict.blocks:
        raise PlanRefused(verdict)
