from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from meetings import pages, policy, selectors, services
from meetings.attendance import ReportRefused
from meetings.forms import NOBODY, NameForm, ReportForm
from meetings.views.concern import concern_address
from meetings.views.loading import Seen, for_those_who, meeting_for, sent
from school.access import StaffRequest, staff_page
from school.roles import may_review_incidents
from schoolsafe.lib.rules import NotAllowed

KEPT = "The report is kept; the file is not."
ONCE = "This very report is here already. Nothing was added."
DOUBTFUL = "Bring the right one. If it is of this call, choose it again and say so below."


@require_http_methods(["GET", "POST"])
@staff_page
def attendance(request: StaffRequest, pk: int) -> HttpResponse:
    here = for_those_who(request, pk, policy.Action.REPORT)
    form = ReportForm(sent(request), request.FILES or None)
    if request.method == "POST" and form.is_valid() and _bring(request, here, form):
        return redirect("meetings:attendance", pk=pk)
    return _page(request, here, form)


def _bring(request: StaffRequest, here: Seen, form: ReportForm) -> bool:
    """Take the report that was chosen, or say beside the field why not."""
    try:
        brought = services.bring_report(
            here.meeting,
            by=request.staff,
            data=form.cleaned_data["report"],
            is_of_this_call=form.cleaned_data["is_of_this_call"],
        )
    except services.ReportDoubtful as doubt:
        form.ask()
        form.add_error("report", f"{doubt} {DOUBTFUL}")
    except (ReportRefused, NotAllowed) as refusal:
        form.add_error("report", str(refusal))
    else:
        messages.success(request, KEPT if brought.is_new else ONCE)
        return True
    return False


def _page(request: StaffRequest, here: Seen, form: ReportForm) -> HttpResponse:
    """Show who was on the call and what was wrong; whoever reads it is written down."""
    told = selectors.told(here.meeting)
    page = None
    if told is not None:
        services.look_at_attendance(here.meeting, by=request.staff)
        kept_from = selectors.kept_from(told, here.facts, request.staff.pk, here.now)
        page = pages.attendance_page(told, kept_from=kept_from, now=here.now)
    is_over = policy.takes_reports(here.facts.status, ends_at=here.facts.ends_at, now=here.now)
    search = selectors.report_search(here.meeting) if is_over else None
    context = {
        "meeting": here.meeting,
        "page": page,
        "search": search,
        "search_head": pages.search_head(search) if search else None,
        "search_line": pages.search_line(search) if search else "",
        "form": form,
        "takes_reports": is_over,
        "nobody": NOBODY,
        "concern_url": concern_address(here.meeting, at=page.began_at if page else None),
        "may_review": may_review_incidents(request.viewer),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "meetings/attendance.html", context, status=status)


@require_POST
@staff_page
def search(request: StaffRequest, pk: int) -> HttpResponse:
    services.search_again(meeting_for(request, pk), by=request.staff)
    messages.success(request, "Teams is being asked. You need not wait for it here.")
    return redirect("meetings:attendance", pk=pk)


@require_POST
@staff_page
def recognise(request: StaffRequest, pk: int) -> HttpResponse:
    meeting = meeting_for(request, pk)
    form = NameForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose who it was. Nothing was written down.")
        return redirect(f"{reverse('meetings:attendance', args=[pk])}#names")
    kind, number = form.cleaned_data["who"]
    services.recognise(
        meeting,
        by=request.staff,
        key=form.cleaned_data["key"],
        staff_id=number if kind == "staff" else None,
        pupil_id=number if kind == "pupil" else None,
    )
    messages.success(request, "Written down, with your name.")
    return redirect(f"{reverse('meetings:attendance', args=[pk])}#names")
