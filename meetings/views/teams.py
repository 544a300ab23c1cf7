from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from meetings import pages, services
from meetings.views.loading import meeting_for, seen
from school.access import StaffRequest, staff_page


@require_GET
@staff_page
def panel(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what goes on at Microsoft; when nothing does any more the page is loaded anew."""
    here = seen(request, pk)
    context = pages.teams_context(here.meeting, here.actions, here.facts, here.now)
    response = render(request, "meetings/_teams.html", {"meeting": here.meeting, **context})
    if not context["teams"].is_under_way:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@staff_page
def create(request: StaffRequest, pk: int) -> HttpResponse:
    services.create_in_teams(meeting_for(request, pk), by=request.staff)
    messages.success(
        request, "The call is being made in Outlook and Teams. You need not wait for it here."
    )
    return _back(pk)


@require_POST
@staff_page
def create_all(request: StaffRequest, pk: int) -> HttpResponse:
    meeting = meeting_for(request, pk)
    if meeting.series is None:
        services.create_in_teams(meeting, by=request.staff)
    else:
        count = len(services.create_all_in_teams(meeting.series, by=request.staff))
        calls = "1 date is" if count == 1 else f"{count} dates are"
        messages.success(
            request, f"{calls} being made in Outlook and Teams. You need not wait for it here."
        )
    return redirect(f"{reverse('meetings:detail', args=[pk])}#series")


@require_POST
@staff_page
def check(request: StaffRequest, pk: int) -> HttpResponse:
    services.check_teams(meeting_for(request, pk), by=request.staff)
    if request.POST.get("from") == "live":
        return redirect("meetings:live", pk=pk)
    return _back(pk)


@require_POST
@staff_page
def set_right(request: StaffRequest, pk: int) -> HttpResponse:
    services.set_right(meeting_for(request, pk), by=request.staff)
    if request.POST.get("from") == "live":
        return redirect("meetings:live", pk=pk)
    return _back(pk)


@require_POST
@staff_page
def try_again(request: StaffRequest, pk: int) -> HttpResponse:
    services.try_again(meeting_for(request, pk), by=request.staff)
    return _back(pk)


@require_POST
@staff_page
def forgo(request: StaffRequest, pk: int) -> HttpResponse:
    services.forgo(meeting_for(request, pk), by=request.staff)
    messages.success(
        request, "What there is of it in Outlook is called off. Paste the link of another meeting."
    )
    return _back(pk)


def _back(pk: int) -> HttpResponse:
    return redirect(f"{reverse('meetings:detail', args=[pk])}#link")
