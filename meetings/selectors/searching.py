"""Which calls Teams is to be asked about for its attendance reports, and how that search stands."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from meetings import policy
from meetings.models import AttendanceReport, Meeting, ReportSearch
from meetings.selectors.teams import BATCH


def report_searches_due(now: datetime) -> list[int]:
    """Return the searches for which Microsoft is to be asked now, those that wait longest first."""
    if settings.GRAPH is None:
        return []
    due = ReportSearch.objects.due(now=now).order_by("due_at", "pk")
    return list(due.values_list("pk", flat=True)[:BATCH])


def span_of(meeting: Meeting) -> policy.Span:
    """Return from when until when a call was, as it was planned and run."""
    begins = [at for at in (meeting.starts_at, meeting.opened_at) if at]
    ends = [at for at in (meeting.ends_at, meeting.ended_at) if at]
    return policy.Span(starts_at=min(begins), ends_at=max(ends))


def spans_of_others(meeting: Meeting, link_digest: str) -> list[policy.Span]:
    """Return when the other calls are, or were, that have the same Teams meeting."""
    rows = Meeting.objects.filter(link_digest=link_digest).exclude(pk=meeting.pk)
    return [span_of(one) for one in rows.exclude(status=policy.Status.CANCELLED.value)]


@dataclass(frozen=True, kw_only=True)
class Search:
    """How the search for the reports of a call stands, as its pages tell it.

    `next_at` is when Teams is asked again, none when it is not; `fault` is why nothing came of it.
    """

    next_at: datetime | None
    tried_at: datetime | None
    fault: str
    has_found: bool

    @property
    def is_over(self) -> bool:
        """Tell whether Teams is not asked any more, and has given nothing."""
        return self.next_at is None and self.tried_at is not None and not self.has_found


def report_search(meeting: Meeting) -> Search | None:
    """Return how the search for the reports of a call stands; nothing where none is made."""
    if settings.GRAPH is None:
        return None
    rows = list(ReportSearch.objects.filter(meeting=meeting))
    if not rows:
        return None
    found = AttendanceReport.objects.filter(meeting=meeting, source=AttendanceReport.GRAPH)
    return Search(
        next_at=min((row.due_at for row in rows if row.due_at), default=None),
        tried_at=max((row.tried_at for row in rows if row.tried_at), default=None),
        fault=next((row.fault for row in reversed(rows) if row.fault), ""),
        has_found=found.exists(),
    )
