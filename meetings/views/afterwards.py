from typing import Any

from meetings import pages, policy, selectors
from meetings.models import Incident
from meetings.pages import Head
from meetings.views.loading import Seen
from school.access import StaffRequest
from school.roles import may_review_incidents
from school.selectors import school


def afterwards(request: StaffRequest, here: Seen, head: Head) -> dict[str, Any]:
    """Return what the page of a call tells once it is over: how it was closed, its reports, what is left."""
    is_over = policy.takes_reports(here.facts.status, ends_at=here.facts.ends_at, now=here.now)
    search = selectors.report_search(here.meeting) if is_over else None
    closing = selectors.closing_of(here.meeting)
    incidents = _incidents(request, here)
    reports = here.meeting.attendance_reports.count()
    if closing is not None and closing.took_place:
        head = pages.with_what_is_left(
            head,
            here.meeting,
            here.actions,
            incidents=incidents,
            has_report=bool(reports),
            is_looked_for=school().reports_within_days is not None,
        )
    return {
        "head": head,
        "closing": closing,
        "left_early": closing.leavers(but=here.facts.kept_from) if closing else [],
        "incidents": incidents,
        "reports": reports,
        "takes_reports": is_over,
        "search": search,
        "search_line": pages.search_line(search) if search else "",
    }


def _incidents(request: StaffRequest, here: Seen) -> list[Incident]:
    """Return what about a call reached the team, for the team and for those who run the call.

    Who is kept from a pupil of the call could tell from it what the report says of that pupil (E30).
    """
    runs_it = policy.Action.REPORT in here.actions and not here.facts.kept_from
    if not runs_it and not may_review_incidents(request.viewer):
        return []
    return list(here.meeting.incidents.all())
