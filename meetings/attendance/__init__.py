"""What really happened on a call: what Teams reports afterwards, held against what was planned (P1, P13).

A download or an answer of Microsoft Graph becomes a `Report`: who was in, and when. A `Plan` says who
was expected, from when until when, and what was promised. All times are aware, in UTC, and whole
seconds; an interval has its start and not its end. Nothing here stores anything, and nothing trusts a
name: a person counts as an adult or a pupil of the school by account or address, or because somebody
has confirmed it.
"""

from meetings.attendance.downloads import read_report
from meetings.attendance.findings import (
    Finding,
    FindingKind,
    Findings,
    MatchedBy,
    NotChecked,
    Person,
    Side,
)
from meetings.attendance.plans import Expected, ExpectedPupil, Plan
from meetings.attendance.reconciling import reconcile
from meetings.attendance.records import from_graph
from meetings.attendance.refusals import ReportRefusal, ReportRefused
from meetings.attendance.reports import (
    Attendee,
    Flag,
    Interval,
    Layout,
    Report,
    digest_of,
)

__all__ = [
    "Attendee",
    "Expected",
    "ExpectedPupil",
    "Finding",
    "FindingKind",
    "Findings",
    "Flag",
    "Interval",
    "Layout",
    "MatchedBy",
    "NotChecked",
    "Person",
    "Plan",
    "Report",
    "ReportRefusal",
    "ReportRefused",
    "Side",
    "digest_of",
    "from_graph",
    "read_report",
    "reconcile",
]
