from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from meetings import policy, services
from meetings.forms import CoverForm
from meetings.views.loading import for_action, sent
from meetings.views.pressing import press
from school.access import StaffRequest, staff_page
from school.models import StaffMember
from schoolsafe.lib.rules import NotAllowed


def _seated(pk: int, staff_id: int) -> StaffMember:
    """Return an adult of this call."""
    return get_object_or_404(StaffMember, pk=staff_id, seats__meeting=pk)


@require_POST
@staff_page
def drop_out(request: StaffRequest, pk: int, staff_id: int) -> HttpResponse:
    who = _seated(pk, staff_id)
    return press(
        request, pk, lambda m, made: services.drop_out(m, by=request.staff, staff=who, press=made)
    )


@require_POST
@staff_page
def come_back(request: StaffRequest, pk: int, staff_id: int) -> HttpResponse:
    who = _seated(pk, staff_id)
    return press(
        request, pk, lambda m, made: services.come_back(m, by=request.staff, staff=who, press=made)
    )


@require_POST
@staff_page
def call_reserve(request: StaffRequest, pk: int, staff_id: int) -> HttpResponse:
    who = _seated(pk, staff_id)
    return press(
        request,
        pk,
        lambda m, made: services.call_reserve(m, by=request.staff, staff=who, press=made),
    )


@staff_page
def cover(request: StaffRequest, pk: int) -> HttpResponse:
    """Name somebody at short notice; the page says first what that costs (E75)."""
    here = for_action(request, pk, policy.Action.COVER)
    form = CoverForm(sent(request), meeting=here.meeting)
    if request.method == "POST" and form.is_valid():
        try:
            services.bring_cover(here.meeting, by=request.staff, staff=form.cleaned_data["staff"])
        except NotAllowed as reason:
            form.add_error("staff", str(reason))
        else:
            return redirect("meetings:live", pk=pk)
    context = {"meeting": here.meeting, "form": form, "here": here}
    status = 422 if request.method == "POST" else 200
    return render(request, "meetings/cover.html", context, status=status)
