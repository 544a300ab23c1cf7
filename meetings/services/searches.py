"""Asking Teams what it reports of a call that is over, and taking it.

Microsoft is asked outside of any transaction. What it answers is taken by the same service as a file
that somebody brings, under the lock of the call; the same report is taken once, and one that was
taken stays, whatever comes later.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from audit import services as audit
from meetings import attendance, policy, selectors
from meetings.graph import Client, GraphFault
from meetings.models import Meeting, ReportSearch
from meetings.services import change, loans, wishes
from meetings.services.attendance import take_report
from school.models import StaffMember
from school.services import System
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

NOT_WHOLE = "Teams has a report that is not whole yet, or cannot be read. It is looked at again."
GOES_ON = "@odata.nextLink"


@dataclass(frozen=True, kw_only=True)
class Found:
    """What Teams has of a call: its reports, and whether every one of them could be read."""

    reports: tuple[attendance.Report, ...]
    is_whole: bool


def see_to_search(pk: int, *, by: System, now: datetime) -> bool:
    """Ask Teams for the reports of one call; tell whether Microsoft answered."""
    chosen = settings.GRAPH
    search = loans.take(ReportSearch.objects.due(now=now), pk, now=now) if chosen else None
    if chosen is None or search is None:
        return True
    meeting = Meeting.objects.get(pk=search.meeting_id)
    if not _takes(meeting, now):
        ReportSearch.objects.filter(pk=pk, turn=search.turn).update(due_at=None, leased_until=None)
        return True
    try:
        with Client(chosen) as graph:
            found = _ask(graph, search, meeting)
    except GraphFault as fault:
        _note(search, fault, now=now)
        return not fault.is_silence
    _keep(search, found, by=by, now=now)
    return True


def _takes(meeting: Meeting, now: datetime) -> bool:
    """Tell whether a call can have a whole report by now."""
    status = policy.Status(meeting.status)
    return policy.takes_reports(status, ends_at=meeting.ends_at, now=now)


def _ask(graph: Client, search: ReportSearch, meeting: Meeting) -> Found:
    """Return what Teams reports of this call; of other calls in the same meeting nothing is read (E68)."""
    who, online_id = search.organiser_entra_id, search.online_id
    call = selectors.span_of(meeting)
    others = selectors.spans_of_others(meeting, search.link_digest)
    reports, is_whole = [], True
    for one in graph.reports(who, online_id):
        if one.started_at is None:
            is_whole = False
            continue
        span = policy.Span(starts_at=one.started_at, ends_at=one.ended_at or one.started_at)
        if not policy.is_report_of(span, call, others):
            continue
        report = _read(graph.report(who, online_id, one.id)) if one.ended_at else None
        if report is None:
            is_whole = False
        else:
            reports.append(report)
    return Found(reports=tuple(reports), is_whole=is_whole)


def _read(said: dict[str, Any]) -> attendance.Report | None:
    """Return a report, or nothing where it is not whole: nobody missing in it must count as absent."""
    records = said.get("attendanceRecords")
    if not isinstance(records, list) or not records or any(GOES_ON in name for name in said):
        return None
    try:
        return attendance.from_graph(said, records)
    except attendance.ReportRefused:
        return None


@audit.atomic()
def _keep(search: ReportSearch, found: Found, *, by: System, now: datetime) -> None:
    """Take what was found, and say when Teams is asked next: whoever goes back makes another report."""
    meeting = change.lock(search.meeting)
    row = ReportSearch.objects.filter(pk=search.pk, turn=search.turn).first()
    if row is None or not _takes(meeting, now):
        ReportSearch.objects.filter(pk=search.pk, turn=search.turn).update(leased_until=None)
        return
    for report in found.reports:
        take_report(meeting, by=by, report=report, now=now)
    row.tried_at = row.answered_at = now
    row.tries, row.leased_until = 0, None
    row.fault = "" if found.is_whole else NOT_WHOLE
    row.due_at = wishes.search_due_at(row, meeting, now=now)
    row.save(update_fields=["tried_at", "answered_at", "tries", "fault", "leased_until", "due_at"])


@audit.atomic()
def _note(search: ReportSearch, fault: GraphFault, *, now: datetime) -> None:
    """Keep why Teams gave nothing, and when it is asked again; what was taken before stays."""
    meeting = change.lock(search.meeting)
    again = loans.again_after(fault, tries=search.tries, now=now)
    search.tried_at, search.due_at = now, again.at
    search.tries = again.tries if again.at else 0
    ReportSearch.objects.filter(pk=search.pk, turn=search.turn).update(
        tried_at=now,
        tries=search.tries,
        fault=fault.words[:300],
        due_at=again.at or wishes.search_due_at(search, meeting, now=now),
        leased_until=None,
    )
    if fault.is_silence and again.at:
        wishes.rest(until=again.at, now=now)


@audit.atomic()
def search_again(meeting: Meeting, *, by: StaffMember) -> None:
    """Wish that Teams be asked for its reports of a call now.

    Raises NotAllowed while Graph is off, when it is not known which meeting that is, before the end of
    the call, and for others than those who run it or the safeguarding team.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    change.move(meeting, policy.Action.REPORT, by=by, now=now)
    rows = ReportSearch.objects.filter(meeting=meeting)
    if settings.GRAPH is None or not rows or not _takes(meeting, now):
        raise NotAllowed("Teams cannot be asked for the report of this call: bring it yourself.")
    rows.update(due_at=now, tries=0)
    change.record(meeting, "search_report", actor=by.actor, now=now)
