"""The ladders of this room: a call nobody closed, a recording nobody destroyed, an open incident."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat

from meetings import policy, services
from meetings.models import Closing, Incident, Meeting, Seat
from notices import kinds
from notices.kinds import Climb, Draft, LadderKind
from notices.models import Ladder
from school import selectors as school
from school.roles import SAFEGUARDING_TEAM, Role
from schoolsafe.lib import clock

UNCLOSED = (
    policy.Status.SHARED.value,
    policy.Status.OPEN.value,
    policy.Status.ENDED.value,
)
REPAIR_BATCH = 500


def _id(ladder: Ladder) -> int:
    return int(ladder.about.split(":")[1])


def climb_closing(ladders: Sequence[Ladder], now: datetime) -> list[Climb]:
    """Remind the adults of a call that is not closed; after an hour it is an incident (P12, P13)."""
    # Many come due together at the end of a lesson: no more is read than what tells.
    told = Meeting.objects.only("status", "ends_at")
    meetings = told.in_bulk([_id(ladder) for ladder in ladders])
    seats = _runners(meetings)
    known = set(
        Incident.objects.filter(
            meeting__in=meetings, kind=policy.IncidentKind.UNCLOSED.value
        ).values_list("meeting_id", flat=True)
    )
    climbs, escalated = [], []
    for ladder in ladders:
        meeting = meetings.get(_id(ladder))
        if meeting is None or meeting.status not in UNCLOSED:
            climbs.append(Climb(ladder_id=ladder.pk, drafts=(), next_due=None))
            continue
        rung = policy.closing_rung(
            ends_at=meeting.ends_at, now=now, has_incident=meeting.pk in known
        )
        if rung.escalates:
            escalated.append(meeting)
        climbs.append(
            Climb(
                ladder_id=ladder.pk,
                drafts=tuple(_reminder(ladder, pk, now) for pk in seats.get(meeting.pk, ())),
                next_due=rung.next_due,
                verb="meeting.escalate" if rung.escalates else "meeting.remind_to_close",
            )
        )
    services.raise_unclosed(escalated, now=now)
    return climbs


def _runners(meetings: Iterable[int]) -> dict[int, list[int]]:
    """Return host and co-hosts by meeting."""
    found: dict[int, list[int]] = {}
    rows = Seat.objects.filter(meeting__in=meetings).exclude(role=policy.SeatRole.RESERVE.value)
    for meeting_id, staff_id in rows.order_by("pk").values_list("meeting_id", "staff_id"):
        found.setdefault(meeting_id, []).append(staff_id)
    return found


def _reminder(ladder: Ladder, staff_id: int, now: datetime) -> Draft:
    return Draft(
        kind="meeting_unclosed",
        key=f"meeting_unclosed:{ladder.pk}:{ladder.step}:{staff_id}",
        due_at=now,
        about=ladder.about,
        staff_id=staff_id,
    )


def unladdered_closing(now: datetime) -> list[tuple[str, datetime]]:
    """Return calls that are out with the families and have no ladder to their closing."""
    rows = (
        Meeting.objects.filter(status__in=UNCLOSED)
        .annotate(ref=Concat(Value("meetings.meeting:"), Cast("pk", CharField())))
        .exclude(
            Exists(Ladder.objects.open().filter(kind="meeting_closing", about=OuterRef("ref")))
        )
        .order_by("pk")
        .values_list("ref", "ends_at")[:REPAIR_BATCH]
    )
    return [(ref, ends_at + policy.REMIND_AFTER[0]) for ref, ends_at in rows]


def climb_recordings(ladders: Sequence[Ladder], now: datetime) -> list[Climb]:
    """Remind whoever closed a call that its recording is due; a week later the team as well."""
    team = [person.pk for person in school.holders(*SAFEGUARDING_TEAM, on=clock.local(now).date())]
    rows = Closing.objects.filter(meeting__in=[_id(ladder) for ladder in ladders])
    closings = {closing.meeting_id: closing for closing in rows}
    climbs = []
    for ladder in ladders:
        closing = closings.get(_id(ladder))
        due_at = services.due_at(closing) if closing else None
        if closing is None or due_at is None:
            climbs.append(Climb(ladder_id=ladder.pk, drafts=(), next_due=None))
            continue
        rung = policy.recording_rung(due_at=due_at, now=now)
        told = [closing.closed_by_id, *(team if rung.escalates else [])]
        climbs.append(
            Climb(
                ladder_id=ladder.pk,
                drafts=tuple(_recording_note(ladder, pk, now) for pk in dict.fromkeys(told)),
                next_due=rung.next_due,
                verb="meeting.remind_of_recording",
            )
        )
    return climbs


def _recording_note(ladder: Ladder, staff_id: int, now: datetime) -> Draft:
    return Draft(
        kind="meeting_recording",
        key=f"meeting_recording:{ladder.pk}:{ladder.step}:{staff_id}",
        due_at=now,
        about=ladder.about,
        staff_id=staff_id,
    )


def unladdered_recordings(now: datetime) -> list[tuple[str, datetime]]:
    """Return recordings that are kept and have no ladder to their end."""
    rows = (
        Closing.objects.filter(destroy_by__isnull=False, destroyed_at__isnull=True)
        .annotate(ref=Concat(Value("meetings.meeting:"), Cast("meeting_id", CharField())))
        .exclude(
            Exists(Ladder.objects.open().filter(kind="meeting_recording", about=OuterRef("ref")))
        )
        .select_related("meeting")
        .order_by("pk")[:REPAIR_BATCH]
    )
    return [(row.meeting.about, services.due_at(row) or now) for row in rows]


def climb_incident(ladders: Sequence[Ladder], now: datetime) -> list[Climb]:
    """Tell the safeguarding team; a day later, and every day after, the headteacher too.

    Whoever was on the call is passed over: they do not settle their own.
    """
    today = clock.local(now).date()
    team = [person.pk for person in school.holders(*SAFEGUARDING_TEAM, on=today)]
    heads = [person.pk for person in school.holders(Role.HEADTEACHER, on=today)]
    incidents = Incident.objects.in_bulk([_id(ladder) for ladder in ladders])
    seats: dict[int, set[int]] = {}
    rows = Seat.objects.filter(meeting__in={x.meeting_id for x in incidents.values()})
    for meeting_id, staff_id in rows.values_list("meeting_id", "staff_id"):
        seats.setdefault(meeting_id, set()).add(staff_id)
    climbs = []
    for ladder in ladders:
        incident = incidents.get(_id(ladder))
        if incident is None or incident.settled_at is not None:
            climbs.append(Climb(ladder_id=ladder.pk, drafts=(), next_due=None))
            continue
        on_call = seats.get(incident.meeting_id, set())
        told = [pk for pk in team if pk not in on_call]
        if ladder.step or not told:
            told += [pk for pk in heads if pk not in on_call and pk not in told]
        climbs.append(
            Climb(
                ladder_id=ladder.pk,
                drafts=tuple(_incident_note(ladder, pk, now) for pk in told),
                next_due=now + policy.AGAIN_AFTER,
                verb="incident.tell",
                detail={"told": told},
            )
        )
    return climbs


def _incident_note(ladder: Ladder, staff_id: int, now: datetime) -> Draft:
    return Draft(
        kind="meeting_incident",
        key=f"meeting_incident:{ladder.pk}:{ladder.step}:{staff_id}",
        due_at=now,
        about=ladder.about,
        staff_id=staff_id,
    )


def unladdered_incidents(now: datetime) -> list[tuple[str, datetime]]:
    """Return incidents that nobody has settled and that have no ladder."""
    rows = (
        Incident.objects.filter(settled_at__isnull=True)
        .annotate(ref=Concat(Value("meetings.incident:"), Cast("pk", CharField())))
        .exclude(
            Exists(Ladder.objects.open().filter(kind="meeting_incident", about=OuterRef("ref")))
        )
        .order_by("pk")
        .values_list("ref", flat=True)[:REPAIR_BATCH]
    )
    return [(ref, now) for ref in rows]


kinds.register_ladder(
    LadderKind(name="meeting_closing", climb=climb_closing, unladdered=unladdered_closing)
)
kinds.register_ladder(
    LadderKind(name="meeting_recording", climb=climb_recordings, unladdered=unladdered_recordings)
)
kinds.register_ladder(
    LadderKind(name="meeting_incident", climb=climb_incident, unladdered=unladdered_incidents)
)
