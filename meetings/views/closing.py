from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from meetings import pages, policy, selectors, services
from meetings.forms import ClosingForm, SettleForm
from meetings.models import Incident, Meeting
from meetings.views.concern import concern_address
from meetings.views.loading import for_those_who, meeting_for, scope_form, sent
from school.access import StaffRequest, capable, staff_page
from school.roles import may_review_incidents
from school.selectors import school
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

STILL_THERE = (
    "Stay in the call until it is empty: choose the three dots and 'End meeting' once more. The "
    "safeguarding team has been told."
)


@require_POST
@staff_page
def end(request: StaffRequest, pk: int) -> HttpResponse:
    services.end(meeting_for(request, pk), by=request.staff)
    return redirect("meetings:close", pk=pk)


@require_POST
@staff_page
def end_with_one(request: StaffRequest, pk: int) -> HttpResponse:
    services.end_with_one(meeting_for(request, pk), by=request.staff)
    return redirect("meetings:close", pk=pk)


@require_POST
@staff_page
def looked(request: StaffRequest, pk: int, found: str) -> HttpResponse:
    """Note the second look into a call that was ended (E65)."""
    changes = {"empty": services.look_empty, "somebody": services.find_somebody}
    if found not in changes:
        raise Http404
    changes[found](meeting_for(request, pk), by=request.staff)
    if found == "somebody":
        messages.warning(request, STILL_THERE)
    return redirect("meetings:live", pk=pk)


@require_POST
@staff_page
def destroyed(request: StaffRequest, pk: int) -> HttpResponse:
    try:
        services.destroy_recording(meeting_for(request, pk), by=request.staff)
    except NotAllowed as reason:
        messages.error(request, str(reason))
    return redirect("meetings:detail", pk=pk)


@staff_page
def close(request: StaffRequest, pk: int) -> HttpResponse:
    here = for_those_who(request, pk, policy.Action.CLOSE)
    entries = selectors.register(here.meeting, but=here.facts.kept_from)
    left = pages.left_early(here.facts, entries)
    form = ClosingForm(
        sent(request),
        is_planned_recorded=here.facts.is_recorded,
        keep_until=clock.local(here.now).date() + timedelta(days=school().keep_recordings_days),
        pupils=pages.leavers(here.facts, left),
        left=left,
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.close(here.meeting, by=request.staff, how=form.how())
        except NotAllowed as reason:
            form.add_error(None, str(reason))
        else:
            return _after_closing(request, here.meeting, form)
    context = {
        "meeting": here.meeting,
        "here": here,
        "form": form,
        "may": here.actions,
        "late": pages.late_head(here.meeting, here.now),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "meetings/close.html", context, status=status)


def _after_closing(request: StaffRequest, meeting: Meeting, form: ClosingForm) -> HttpResponse:
    """Thank, or lead on to what must be done now (P13, P14)."""
    how = form.how()
    if how.hung_up:
        messages.warning(
            request,
            "Pupils may still be in the call. Join it again now from Outlook, choose the three "
            "dots and 'End meeting'. The safeguarding team has been told.",
        )
    if how.was_recorded and not meeting.is_recorded:
        messages.warning(
            request,
            "Families had agreed to a call that is not recorded. The safeguarding team has been "
            "told. Show the recording to nobody and leave it where it is until they have spoken "
            "with you.",
        )
    elif not how.hung_up:
        messages.success(request, "The call is closed.")
    address = concern_address(meeting) if how.was_troubling else ""
    return redirect(address) if address else redirect("meetings:detail", pk=meeting.pk)


@staff_page
def cancel(request: StaffRequest, pk: int) -> HttpResponse:
    here = for_those_who(request, pk, policy.Action.CANCEL)
    scope = scope_form(request, here.meeting)
    if request.method == "POST":
        call_off = services.cancel_later if scope and scope.is_for_later else services.cancel
        call_off(here.meeting, by=request.staff)
        messages.success(request, "The call is cancelled, and everybody who was asked is told.")
        return redirect("meetings:detail", pk=pk)
    return render(
        request, "meetings/cancel.html", {"meeting": here.meeting, "here": here, "scope": scope}
    )


@require_GET
@staff_page
@capable(may_review_incidents)
def incidents(request: StaffRequest) -> HttpResponse:
    return _incidents(request)


def _incidents(
    request: StaffRequest, refused: SettleForm | None = None, pk: int = 0
) -> HttpResponse:
    rows = Incident.objects.select_related("meeting", "settled_by")
    context = {
        "open": [
            (one, concern_address(one.meeting, at=one.meeting.starts_at))
            for one in rows.filter(settled_at__isnull=True)[:100]
        ],
        "settled": rows.filter(settled_at__isnull=False)[:25],
        "form": SettleForm(),
        "refused": refused,
        "refused_pk": pk,
    }
    return render(request, "meetings/incidents.html", context, status=422 if refused else 200)


@require_POST
@staff_page
@capable(may_review_incidents)
def settle(request: StaffRequest, pk: int) -> HttpResponse:
    incident = get_object_or_404(Incident, pk=pk)
    form = SettleForm(request.POST)
    if incident.settled_at is not None:
        messages.error(request, "Somebody has settled this already. Nothing was added.")
        return redirect("meetings:incidents")
    if form.is_valid():
        try:
            services.settle(
                incident,
                by=request.staff,
                note=form.cleaned_data["note"],
                seconds_seen=form.cleaned_data["seconds_seen"],
            )
        except NotAllowed as reason:
            form.add_error("note", str(reason))
        else:
            messages.success(request, "Settled.")
            return redirect("meetings:incidents")
    return _incidents(request, refused=form, pk=pk)
