"""Pages of the status of children."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from concerns import policy, selectors, services
from concerns.forms import EndStatusForm, SetStatusForm
from concerns.models import StatusFlag
from school import roles
from school.access import StaffRequest, capable, second_factor, staff_page
from school.models import Pupil
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@require_GET
@staff_page
@capable(roles.may_see_status)
@second_factor
@transaction.atomic
def statuses(request: StaffRequest) -> HttpResponse:
    """List the children with a status, to those who may know of it."""
    services.read_statuses(by=request.staff)
    return render(
        request,
        "concerns/statuses.html",
        {
            "children": selectors.flagged(request.viewer, on=clock.today()),
            "may_set": roles.may_set_status(request.viewer),
        },
    )


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def set_status(request: StaffRequest, pk: int) -> HttpResponse:
    """Set a status of a child."""
    if not roles.may_set_status(request.viewer):
        raise Http404
    pupil = get_object_or_404(Pupil, pk=pk)
    form = SetStatusForm(request.POST or None)
    return _write(
        request,
        pupil,
        form,
        lambda: services.set_status(
            pupil,
            by=request.staff,
            kind=policy.FlagKind(form.cleaned_data["kind"]),
            since=form.cleaned_data["since"],
            notes=form.cleaned_data["notes"],
        ),
        heading="Set a status",
        button="Set it",
    )


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def end_status(request: StaffRequest, pk: int) -> HttpResponse:
    """End a status of a child."""
    if not roles.may_set_status(request.viewer):
        raise Http404
    rows = StatusFlag.objects.visible_to(request.viewer).open().select_related("pupil")
    flag = get_object_or_404(rows, pk=pk)
    form = EndStatusForm(request.POST or None, flag=flag)
    return _write(
        request,
        flag.pupil,
        form,
        lambda: services.end_status(flag, by=request.staff, **form.cleaned_data),
        heading=f"End: {flag.get_kind_display()}",
        button="End it",
    )


def _write(
    request: StaffRequest,
    pupil: Pupil,
    form: forms.Form,
    do: Callable[[], object],
    *,
    heading: str,
    button: str,
) -> HttpResponse:
    """Show a short form about a child; do what it says once it is complete."""
    if request.method == "POST" and form.is_valid():
        try:
            do()
        except NotAllowed as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, "It is on the record.")
            return redirect("concerns:chronology", pupil.pk)
    status = 422 if form.is_bound and form.errors else 200
    context = {"pupil": pupil, "form": form, "heading": heading, "button": button}
    return render(request, "concerns/status.html", context, status=status)
