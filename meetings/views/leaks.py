from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from meetings import services
from meetings.views.loading import leak_form, seen
from school.access import StaffRequest, staff_page

SHUT = (
    "Every way in is shut, and no link that was out works any more. "
    "The adults of the call and the safeguarding team are told."
)
OWN = "That link no longer works. The family gets a new one, and the safeguarding team is told."
STALE = "Nothing was done: choose what leaked once more. Somebody may have reported it already."


@require_POST
@staff_page
def leaked(request: StaffRequest, pk: int) -> HttpResponse:
    here = seen(request, pk)
    form = leak_form(here, request.POST)
    if not form.is_valid():
        messages.error(request, STALE)
        return redirect("meetings:detail", pk=pk)
    pupil_id, version = form.said()
    if pupil_id is None:
        services.report_leak(here.meeting, by=request.staff, seen=version)
        messages.success(request, SHUT)
    else:
        services.report_own_leak(here.meeting, by=request.staff, pupil_id=pupil_id, seen=version)
        messages.success(request, OWN)
    return redirect("meetings:detail", pk=pk)
