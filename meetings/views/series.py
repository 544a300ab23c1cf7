from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from meetings import selectors, services
from meetings.forms import SeriesForm, usual_titles
from meetings.views.boxes import new_box
from meetings.views.choosing import choosing, is_choosing, typed_so_far, with_presses
from meetings.views.loading import meeting_for, sent
from school import terms
from school.access import StaffRequest, capable, staff_page
from school.calendar import gaps
from school.roles import may_plan_meetings
from schoolsafe.lib import clock


@staff_page
@capable(may_plan_meetings)
def plan_series(request: StaffRequest) -> HttpResponse:
    calendar = terms.calendar()
    if request.method != "POST":
        form = SeriesForm.blank(request.staff, calendar=calendar)
        return _page(request, form, is_ready=False)
    form = SeriesForm(sent(request), host=request.staff, calendar=calendar)
    if is_choosing(request):
        form.data = with_presses(request, form)
        return _page(request, form, is_ready=False, typed=form.data)
    if not form.is_valid():
        return _page(request, form, is_ready=False)
    if "keep" not in request.POST or not form.is_previewed():
        return _page(request, form, is_ready=True, has_moved="keep" in request.POST)
    is_again = selectors.series_planned_with(form.plan_key, by=request.staff) is not None
    try:
        series = services.plan_series(by=request.staff, what=form.series(), key=form.plan_key)
    except services.PlanRefused as refused:
        form.refuse(refused)
        return _page(request, form, is_ready=True)
    meetings = list(series.meetings.order_by("starts_at", "pk"))
    first, calls = meetings[0], "1 call" if len(meetings) == 1 else f"{len(meetings)} calls"
    words = (
        "This series is planned already."
        if is_again
        else f"The series is planned: {calls}. Next: ask the families."
    )
    messages.success(request, words)
    return redirect("meetings:detail", pk=first.pk)


def _page(
    request: StaffRequest,
    form: SeriesForm,
    *,
    is_ready: bool,
    has_moved: bool = False,
    typed: QueryDict | None = None,
) -> HttpResponse:
    """Show the form with the verdict and, once it can be worked out, every day of the series.

    With `typed` somebody was looked for without a script: the page comes again as it was.
    """
    now = clock.now()
    is_bad = form.is_bound and bool(form.errors) and typed is None
    days = form.days() if is_ready else []
    context = choosing(form, typed or QueryDict(), now) | {
        "form": form
        if typed is None
        else SeriesForm(host=request.staff, calendar=form.calendar, initial=typed_so_far(form)),
        "titles": usual_titles(request.staff),
        "box": new_box(form, now),
        "days": days,
        "held": sum(one.is_held for one in days),
        "mark": form.mark() if is_ready else "",
        "gaps": gaps(form.calendar, on=days[-1].on) if days else [],
        "has_moved": has_moved,
    }
    return render(request, "meetings/plan_series.html", context, status=422 if is_bad else 200)


@require_POST
@staff_page
def ask_series(request: StaffRequest, pk: int) -> HttpResponse:
    meeting = meeting_for(request, pk)
    if meeting.series is None:
        asked = [services.ask(meeting, by=request.staff)]
    else:
        asked = services.ask_series(meeting.series, by=request.staff)
    # The letter about all of them leaves by the first.
    first = min((one.starts_at for one in asked), default=meeting.starts_at)
    later = selectors.asked_later(first, clock.now())
    when = f"will be asked on {clock.in_words(later)}" if later else "are being asked"
    messages.success(request, f"The families {when} about all dates, in one letter each.")
    return redirect("meetings:detail", pk=pk)
