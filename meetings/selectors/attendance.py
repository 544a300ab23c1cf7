"""What the attendance reports of a call tell, held against the call as it was."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from meetings import attendance, policy
from meetings.models import (
    AttendanceReport,
    Meeting,
    Participant,
    Presence,
    Recognition,
)
from meetings.selectors.expected import numbers, plan_of, pupil_key, staff_key
from school.selectors import orders_about
from schoolsafe.lib import clock


@dataclass(frozen=True, kw_only=True)
class Told:
    """All that is known of who was on a call, and what was wrong.

    `recognitions` are by attendee the newest that anybody said. `reports` are all that were brought,
    `counting` the numbers of those that count.
    """

    plan: attendance.Plan
    findings: attendance.Findings
    reports: Sequence[AttendanceReport]
    counting: Collection[int]
    recognitions: Mapping[str, Recognition]
    report: attendance.Report
    addresses: Mapping[str, str]

    def is_waiting(self, now: datetime) -> bool:
        """Tell whether somebody may still be named before the worst is taken for true."""
        return bool(self.open_names) and self._is_within_a_day(now)

    def awaits_closing(self, now: datetime) -> bool:
        """Tell whether the host may still say that it was recorded: the report is here before them."""
        return self.plan.recording_made is None and self._is_within_a_day(now)

    def _is_within_a_day(self, now: datetime) -> bool:
        return any(one.names_due_at is not None and one.names_due_at > now for one in self.reports)

    @property
    def open_names(self) -> tuple[attendance.Person, ...]:
        """Return those of whom nobody has said who they are, nor that nobody knows them."""
        return tuple(
            person
            for person in self.findings.unknown
            if any(key not in self.recognitions for key in person.attendees)
        )


def names_overdue(now: datetime) -> list[int]:
    """Return a report of each call whose names nobody has told in time."""
    due = AttendanceReport.objects.filter(names_due_at__lte=now).order_by("meeting", "pk")
    first: dict[int, int] = {}
    for pk, meeting_id in due.values_list("pk", "meeting_id"):
        first.setdefault(meeting_id, pk)
    return list(first.values())


def kept_from(told: Told, facts: policy.Facts, staff_id: int, now: datetime) -> frozenset[str]:
    """Return the pupils of whom the reports tell a person nothing, by their keys (E30, E42).

    An order keeps them away, today or on the day of the call, or the pupil does.
    """
    pupil_ids = numbers((one.key for one in told.plan.pupils), "pupil-")
    today = clock.local(now).date()
    kept = orders_about(pupil_ids, seen_by=staff_id, on=today).kept_from
    own = (seat.barred_from for seat in facts.seats if seat.staff_id == staff_id)
    return frozenset(pupil_key(pk) for pk in kept.union(*own))


def told(meeting: Meeting) -> Told | None:
    """Return what the reports of a call tell; nothing where none was brought.

    In a fixed number of queries, however many people and reports there are.
    """
    reports = list(
        AttendanceReport.objects.filter(meeting=meeting).select_related("brought_by__user")
    )
    if not reports:
        return None
    counting = policy.counting(_brought(report) for report in reports)
    counted = [report for report in reports if report.pk in counting]
    people = list(
        Participant.objects.filter(report__in=counting).order_by("report__started_at", "pk")
    )
    recognitions = {
        row.key: row
        for row in Recognition.objects.filter(meeting=meeting).select_related(
            "recognised_by__user", "staff__user", "pupil"
        )
    }
    report = _united(counted, people)
    plan = plan_of(
        meeting,
        consented={pk for one in counted for pk in one.consented},
        confirmed=_confirmed(people, recognitions),
        reported=report.meeting_id,
    )
    strangers = [key for key, row in recognitions.items() if not (row.staff_id or row.pupil_id)]
    found = attendance.reconcile(report, plan)
    return Told(
        plan=plan,
        findings=replace(found, findings=policy.as_said(found.findings, frozenset(strangers))),
        reports=reports,
        counting=counting,
        recognitions=recognitions,
        report=report,
        addresses={person.key: person.address for person in people if person.address},
    )


def _brought(report: AttendanceReport) -> policy.Brought:
    return policy.Brought(
        pk=report.pk,
        started_at=report.started_at,
        ended_at=report.ended_at,
        is_from_graph=report.source == AttendanceReport.GRAPH,
        has_intervals=report.has_intervals,
        is_partial=report.is_partial,
        brought_at=report.brought_at,
    )


def _confirmed(
    people: Iterable[Participant], recognitions: Mapping[str, Recognition]
) -> dict[str, str]:
    """Return who each entry is, as was known by account or address or as a person has said."""
    found: dict[str, str] = {}
    rows: list[Participant | Recognition] = [*people, *recognitions.values()]
    for row in rows:
        if row.staff_id is not None:
            found[row.key] = staff_key(row.staff_id)
        elif row.pupil_id is not None:
            found[row.key] = pupil_key(row.pupil_id)
        elif isinstance(row, Recognition):
            found.pop(row.key, None)
    return found


def _united(
    reports: Sequence[AttendanceReport], people: Iterable[Participant]
) -> attendance.Report:
    """Return several reports of one call as one: who stands in two of them is one entry.

    Addresses are left out: who was known by one is known by now, and nobody becomes a colleague on the
    call by being given an address afterwards.
    """
    intervals = _intervals([report.pk for report in reports])
    entries: dict[str, attendance.Attendee] = {}
    for person in people:
        before = entries.get(person.key)
        spent = intervals[person.pk]
        entries[person.key] = attendance.Attendee(
            key=person.key,
            name=person.name,
            flags=frozenset(attendance.Flag(one) for one in person.flags.split()),
            intervals=tuple(sorted((*(before.intervals if before else ()), *spent))),
        )
    newest = reports[-1]
    named = [report.meeting_reference for report in reports if report.meeting_reference]
    return attendance.Report(
        title=newest.title,
        meeting_id=named[-1] if named else "",
        started=min(report.started_at for report in reports).astimezone(UTC),
        ended=max(report.ended_at for report in reports).astimezone(UTC),
        attendees=tuple(entries.values()),
        has_intervals=all(report.has_intervals for report in reports),
        is_partial=any(report.is_partial for report in reports),
        layout=attendance.Layout(newest.layout),
        language=newest.language,
    )


def _intervals(report_ids: Sequence[int]) -> dict[int, list[attendance.Interval]]:
    """Return by entry from when until when it was on the call."""
    found: dict[int, list[attendance.Interval]] = defaultdict(list)
    rows = Presence.objects.filter(participant__report__in=report_ids).order_by("joined_at", "pk")
    for pk, joined_at, left_at in rows.values_list("participant_id", "joined_at", "left_at"):
        found[pk].append(attendance.Interval(joined_at.astimezone(UTC), left_at.astimezone(UTC)))
    return found
