from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from meetings import pages, selectors
from meetings.pages.calendar import WEEKDAYS, Span, View, day_in_calendar, span_of, weeks
from school.access import StaffRequest, staff_page
from school.roles import may_plan_meetings, may_see_all_meetings
from schoolsafe.lib import clock

OWN = "own"


def is_own(request: StaffRequest) -> bool:
    """Tell whether only one's own calls are asked for."""
    return request.GET.get("whose") == OWN


@require_GET
@staff_page
def calendar(request: StaffRequest) -> HttpResponse:
    now = clock.now()
    today = clock.local(now).date()
    view = View.WEEK if request.GET.get("view") == View.WEEK.value else View.MONTH
    span = span_of(view, day_in_calendar(request.GET.get("on", ""), today))
    calls = selectors.calls_between(request.viewer, span.first, span.last, is_own=is_own(request))
    school = selectors.school_days(span.first, span.last)
    shown = weeks(span, pages.rows(calls, now), school, now)
    context = {
        "span": span,
        "weekdays": WEEKDAYS,
        "weeks": shown,
        "terms": school.named,
        "days": [day for week in shown for day in week if day.is_within or day.calls],
        "has_calls": any(day.calls for week in shown for day in week if day.is_within),
        "before": _address(request, span.before),
        "after": _address(request, span.after),
        "today": _address(request, span_of(view, today)),
        "may_plan": may_plan_meetings(request.viewer),
        "tabs": tabs(request, here=view.value, span=span),
        "whose": whose(request),
    }
    return render(request, "meetings/calendar.html", context)


def tabs(request: StaffRequest, *, here: str, span: Span | None = None) -> list[dict[str, object]]:
    """Return the three ways to look at calls, and which of them this is."""
    day = span.on if span else clock.today()
    kept = {"whose": OWN} if is_own(request) else {}
    listed = reverse("meetings:list") + (f"?{urlencode(kept)}" if kept else "")
    return [
        {
            "label": "Month",
            "url": _address(request, span_of(View.MONTH, day)),
            "is_here": here == View.MONTH.value,
        },
        {
            "label": "Week",
            "url": _address(request, span_of(View.WEEK, day)),
            "is_here": here == View.WEEK.value,
        },
        {"label": "List", "url": listed, "is_here": here == "list"},
    ]


def whose(request: StaffRequest) -> list[dict[str, object]]:
    """Return the choice between all calls and one's own, for those who see more than their own."""
    if not may_see_all_meetings(request.viewer):
        return []
    query = request.GET.copy()
    query.pop("whose", None)
    query.pop("before", None)
    every = f"?{query.urlencode()}"
    query["whose"] = OWN
    return [
        {"label": "All calls", "url": every, "is_here": not is_own(request)},
        {"label": "My own", "url": f"?{query.urlencode()}", "is_here": is_own(request)},
    ]


def _address(request: StaffRequest, span: Span) -> str:
    """Return the address of a page of the calendar: a view and a day, nothing personal."""
    query = {"view": span.view.value, "on": span.on.isoformat()}
    if is_own(request):
        query["whose"] = OWN
    return f"{reverse('meetings:calendar')}?{urlencode(query)}"
