"""Pages on which whoever handles a concern says whom it is about."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from concerns import services
from concerns.forms import NameForm, SettleForm
from concerns.views.work import visible, write
from school.access import StaffRequest, second_factor, staff_page


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def name_subject(request: StaffRequest, reference: str) -> HttpResponse:
    """Say whom a concern is about; whoever says so may not be able to read it afterwards."""
    concern = visible(request, reference)
    form = NameForm(request.POST or None, concern=concern)
    return write(
        request,
        concern,
        form,
        lambda: services.name_subject(
            concern, by=request.staff, person=form.person(), text=form.cleaned_data["text"]
        ),
        heading="Say whom this concern is about",
        button="Record who it is",
        # The list, not the concern: it may have moved out of this person's sight.
        back=reverse("concerns:list"),
        done="It is on the record. Those who must not read it no longer can.",
    )


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def settle(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    """Say whether words about an adult mean somebody on the staff."""
    concern = visible(request, reference)
    row = get_object_or_404(concern.involved.unsettled(), pk=pk)
    form = SettleForm(request.POST or None, row=row)
    return write(
        request,
        concern,
        form,
        lambda: services.settle(
            concern,
            by=request.staff,
            words=row,
            staff=form.person(),
            text=form.cleaned_data["text"],
        ),
        heading="Say who is meant",
        button="Record who it is",
        back=reverse("concerns:list"),
        done="It is on the record. Those who must not read it cannot.",
    )
