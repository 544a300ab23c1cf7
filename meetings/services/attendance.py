"""What Teams reported of a call: brought, kept without its file, told to the team; names confirmed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db.models.functions import Lower

from audit import services as audit
from meetings import attendance, policy, selectors
from meetings.attendance import Attendee, FindingKind, Person, Report
from meetings.models import (
    AttendanceReport,
    Meeting,
    Participant,
    Presence,
    Recognition,
)
from meetings.services import change, incidents
from notices import services as notices
from notices.kinds import Draft
from school.models import Pupil, StaffMember
from school.services import System
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

BATCH = 500
TOO_EARLY = "Teams writes the report when everybody has left. Bring it when the call is over."
OTHERS = frozenset({FindingKind.OTHER_MEETING, FindingKind.OTHER_TIME})


class ReportDoubtful(NotAllowed):
    """A report that may be of another meeting: a person says that it is of this one."""


@dataclass(frozen=True, kw_only=True)
class Bringing:
    """What became of a report: its row, and whether it was new."""

    report: AttendanceReport
    is_new: bool


@audit.atomic()
def bring_report(
    meeting: Meeting, *, by: StaffMember, data: bytes, is_of_this_call: bool = False
) -> Bringing:
    """Take the file that somebody downloaded from Teams: what is in it is kept, the file is not.

    The same file twice is one report. Raises ReportRefused when it cannot be read for certain,
    ReportDoubtful when it may be of another meeting and nobody has said otherwise, NotAllowed when
    the call is not over or the person does not run it.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    facts = change.move(meeting, policy.Action.REPORT, by=by, now=now)
    _check_over(facts, now)
    day = clock.local(meeting.starts_at).date()
    report = attendance.read_report(data, day=day, tz=clock.zone())
    return _keep(
        meeting,
        report,
        digest=sha256(data).hexdigest(),
        by=by,
        facts=facts,
        now=now,
        is_certain=is_of_this_call,
    )


@audit.atomic()
def take_report(meeting: Meeting, *, by: System, report: Report, now: datetime) -> Bringing:
    """Take a report that Microsoft Graph gave for the meeting of this call; the same twice is one.

    The adults of the call are asked who came in under a typed name, where somebody did.
    """
    meeting = change.lock(meeting)
    facts = selectors.facts(meeting, now)
    _check_over(facts, now)
    return _keep(
        meeting,
        report,
        digest=attendance.digest_of(report),
        by=by,
        facts=facts,
        now=now,
        is_certain=True,
    )


def _check_over(facts: policy.Facts, now: datetime) -> None:
    """Refuse a report of a call that is not over: it would not be whole."""
    if not policy.takes_reports(facts.status, ends_at=facts.ends_at, now=now):
        raise NotAllowed(TOO_EARLY)


def _keep(
    meeting: Meeting,
    report: Report,
    *,
    digest: str,
    by: change.Actor,
    facts: policy.Facts,
    now: datetime,
    is_certain: bool,
) -> Bringing:
    """Keep a report with its people, tell the team what it shows, and write it down."""
    before = AttendanceReport.objects.filter(meeting=meeting, digest=digest).first()
    if before is not None:
        return Bringing(report=before, is_new=False)
    consented = sorted(place.pupil_id for place in facts.places if place.has_consent)
    plan = selectors.plan_of(
        meeting,
        consented=consented,
        confirmed={},
        uninvited=_uninvited(report.attendees),
        reported=report.meeting_id,
    )
    found = attendance.reconcile(report, plan)
    others = {one.kind for one in found.findings} & OTHERS
    if others and not is_certain:
        raise ReportDoubtful(_doubt(report, others))
    row = AttendanceReport.objects.create(
        meeting=meeting,
        source=AttendanceReport.UPLOAD if isinstance(by, StaffMember) else AttendanceReport.GRAPH,
        digest=digest,
        layout=report.layout.value,
        language=report.language,
        title=report.title,
        meeting_reference=report.meeting_id,
        started_at=report.started,
        ended_at=report.ended,
        has_intervals=report.has_intervals,
        is_partial=report.is_partial,
        consented=consented,
        brought_at=now,
        brought_by=by if isinstance(by, StaffMember) else None,
        names_due_at=now + policy.NAMES_WITHIN,
    )
    _keep_people(row, report.attendees, found.matched)
    told = look_at_reports(meeting, now=now)
    if told is not None and told.is_waiting(now) and isinstance(by, System):
        _ask_for_names(row, now=now)
    change.record(
        meeting,
        "report",
        actor=by.actor,
        now=now,
        report=row.pk,
        source=row.source,
        people=len(report.attendees),
    )
    return Bringing(report=row, is_new=True)


def _doubt(report: Report, others: Collection[FindingKind]) -> str:
    """Say why a report may be of another meeting: by the name that Teams has for it, or by its time."""
    what = "names another Teams meeting than that of this call: one"
    if FindingKind.OTHER_MEETING not in others:
        what = "is of a meeting"
    return (
        f"This report {what} from {clock.in_words(report.started)} until "
        f"{clock.time_in_words(report.ended)}, and may not be of this call."
    )


def _uninvited(attendees: Iterable[Attendee]) -> list[int]:
    """Return the pupils of the school whose own address stands in a report."""
    addresses = {one for entry in attendees for one in (entry.email, entry.user_id) if one}
    if not addresses:
        return []
    rows = Pupil.objects.exclude(email="").annotate(address=Lower("email"))
    return list(rows.filter(address__in=addresses).values_list("pk", flat=True))


def _keep_people(
    row: AttendanceReport, attendees: Iterable[Attendee], matched: Iterable[Person]
) -> None:
    """Keep who was on the call and when; of whom we know by address, no name a second time."""
    attendees = list(attendees)
    known = {key: person.key for person in matched for key in person.attendees}
    people = Participant.objects.bulk_create(
        [_participant(row, one, known.get(one.key, "")) for one in attendees], batch_size=BATCH
    )
    Presence.objects.bulk_create(
        [
            Presence(participant=person, joined_at=spent.start, left_at=spent.end)
            for person, one in zip(people, attendees, strict=True)
            for spent in one.intervals
        ],
        batch_size=BATCH,
    )


def _participant(row: AttendanceReport, entry: Attendee, known: str) -> Participant:
    kind, _, number = known.partition("-")
    return Participant(
        report=row,
        key=entry.key,
        staff_id=int(number) if kind == "staff" else None,
        pupil_id=int(number) if kind == "pupil" else None,
        name="" if known else entry.name,
        address="" if known else entry.email or entry.user_id,
        flags=" ".join(sorted(entry.flags)),
    )


@audit.atomic()
def recognise(
    meeting: Meeting,
    *,
    by: StaffMember,
    key: str,
    staff_id: int | None = None,
    pupil_id: int | None = None,
) -> Meeting:
    """Write down who an unnamed entry is: somebody of the call, or, with neither, nobody we know.

    What follows from it reaches the team at once. Raises NotAllowed for others than those who run the
    call or the safeguarding team, for an entry that needs no name, or a person who is not of the call:
    nor is a pupil, or an entry that is one, of whom they read nothing (E30).
    """
    now = clock.now()
    meeting = change.lock(meeting)
    facts = change.move(meeting, policy.Action.REPORT, by=by, now=now)
    told = selectors.told(meeting)
    kept = selectors.kept_from(told, facts, by.pk, now) if told else frozenset()
    if told is None or not _may_be_named(told, key, kept):
        raise NotAllowed("That is none of the names that are open.")
    _check_of_the_call(meeting, staff_id=staff_id, pupil_id=pupil_id, kept=kept)
    Recognition.objects.create(
        meeting=meeting,
        key=key,
        staff_id=staff_id,
        pupil_id=pupil_id,
        recognised_at=now,
        recognised_by=by,
    )
    look_at_reports(meeting, now=now)
    change.record(
        meeting, "recognise", actor=by.actor, now=now, key=key, staff=staff_id, pupil=pupil_id
    )
    return meeting


def _may_be_named(told: selectors.Told, key: str, kept: Collection[str]) -> bool:
    """Tell whether an entry is open, or was named by a person before: they may have erred."""
    before = told.recognitions.get(key)
    if before is not None:
        return before.pupil_id is None or selectors.pupil_key(before.pupil_id) not in kept
    return any(key in person.attendees for person in told.findings.unknown)


def _check_of_the_call(
    meeting: Meeting, *, staff_id: int | None, pupil_id: int | None, kept: Collection[str]
) -> None:
    """Refuse somebody who was not to be on the call, and two people at once."""
    if staff_id is not None and pupil_id is not None:
        raise NotAllowed("Choose one person.")
    if staff_id is not None and not meeting.seats.filter(staff=staff_id).exists():
        raise NotAllowed("That member of staff is not on this call.")
    if pupil_id is None:
        return
    is_kept = selectors.pupil_key(pupil_id) in kept
    if is_kept or not meeting.places.filter(pupil=pupil_id).exists():
        raise NotAllowed("That pupil is not on this call.")


@audit.atomic()
def presume_worst(report: AttendanceReport, *, by: System, now: datetime) -> None:
    """Take whoever nobody has named in time for the worst that they could be: the team hears of it."""
    meeting = change.lock(report.meeting)
    due = AttendanceReport.objects.filter(meeting=meeting, names_due_at__lte=now)
    if not due.exists():
        return
    look_at_reports(meeting, now=now)
    change.record(meeting, "presume_worst", actor=by.actor, now=now)


def _ask_for_names(row: AttendanceReport, *, now: datetime) -> None:
    """Ask the adults of a call who came in under a typed name: nobody has this report before them."""
    run = [policy.SeatRole.HOST.value, policy.SeatRole.CO_HOST.value]
    seats = row.meeting.seats.filter(role__in=run).values_list("staff_id", flat=True)
    notices.queue(
        [
            Draft(
                kind="meeting_names_wanted",
                key=f"meeting_names_wanted:{row.pk}:{staff_id}",
                due_at=now,
                about=row.meeting.about,
                staff_id=staff_id,
            )
            for staff_id in seats
        ],
        now=now,
    )


def look_at_reports(meeting: Meeting, *, now: datetime) -> selectors.Told | None:
    """Tell the safeguarding team what the reports of a call show by now (P1, P13).

    While somebody may still be named, only what is wrong whoever they are; while the host has not
    closed the call, nothing about its recording (P2). Part of a service that has locked the call.
    """
    told = selectors.told(meeting)
    if told is None:
        return None
    is_waiting, awaits_closing = told.is_waiting(now), told.awaits_closing(now)
    shown = policy.incidents_of_report(told.findings.findings, at_worst=not is_waiting)
    if awaits_closing:
        shown.pop(policy.IncidentKind.NOT_RECORDED, None)
    incidents.bring_shown(meeting, shown, now=now)
    if not is_waiting and not awaits_closing:
        AttendanceReport.objects.filter(meeting=meeting).update(names_due_at=None)
    return told


@audit.atomic()
def look_at_attendance(meeting: Meeting, *, by: StaffMember) -> None:
    """Write down that somebody has read who was on a call, and what was wrong.

    Raises NotAllowed when the person neither runs it nor answers for safeguarding.
    """
    now = clock.now()
    policy.check_person(policy.Action.REPORT, by.viewer(), selectors.facts(meeting, now))
    audit.record(at=now, actor=by.actor, verb="attendance.read", object=meeting.about)
