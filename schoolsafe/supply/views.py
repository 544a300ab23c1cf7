"""The page on which the office lets supply staff in for some days."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from school import selectors, services
from school.access import StaffRequest, capable, second_factor, staff_page
from school.models import StaffMember
from school.roles import may_engage_supply
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from schoolsafe.supply import letters
from schoolsafe.supply.forms import DaysForm, SupplyForm, UntilForm


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_engage_supply)
@second_factor
def people(request: StaffRequest) -> HttpResponse:
    """Show who is here, expected and gone; let somebody new in."""
    _check_own()
    form = SupplyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            staff = letters.engage(by=request.staff, **form.cleaned_data)
        except NotAllowed as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, f"{staff} has an account, and a letter with the way in.")
            return redirect("supply")
    shown = selectors.supply_staff(on=clock.today())
    context = {
        "form": form,
        "here": [one for one in shown if one.is_here],
        "expected": [one for one in shown if one.is_expected],
        "gone": [one for one in shown if not one.is_here and not one.is_expected],
    }
    return render(request, "school/supply.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_engage_supply)
@second_factor
def again(request: StaffRequest, pk: int) -> HttpResponse:
    """Let somebody come again for other days."""
    person = _person(pk)
    form = DaysForm(request.POST if request.method == "POST" else None)
    return _changed(
        request, person, form, letters.come_again, "comes again", f"{person} comes again"
    )


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_engage_supply)
@second_factor
def extend(request: StaffRequest, pk: int) -> HttpResponse:
    """Let somebody who is here stay longer, or less long."""
    person = _person(pk)
    form = UntilForm(
        request.POST if request.method == "POST" else None,
        initial={"ends_on": person.works_until},
    )
    return _changed(
        request,
        person,
        form,
        letters.extend,
        "stays until then",
        f"Until when is {person} here?",
    )


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_engage_supply)
@second_factor
def end(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask whether a stay ends at once, and end it: whoever is on a call is out of it."""
    person = _person(pk)
    if request.method != "POST":
        return render(request, "school/supply_end.html", {"person": person})
    person = services.end_supply(person, by=request.staff)
    messages.success(request, f"The account of {person} opens nothing any more.")
    return redirect("supply")


def _changed(
    request: StaffRequest, person: StaffMember, form: Any, service: Any, done: str, title: str
) -> HttpResponse:
    """Ask for days, do it, and say so; a refusal stands beside the last day."""
    if request.method == "POST" and form.is_valid():
        try:
            service(person, by=request.staff, **form.cleaned_data)
        except NotAllowed as refusal:
            form.add_error("ends_on", str(refusal))
        else:
            messages.success(request, f"{person} {done}.")
            return redirect("supply")
    context = {"form": form, "person": person, "title": title}
    return render(request, "school/supply_days.html", context, status=422 if form.errors else 200)


def _person(pk: int) -> StaffMember:
    _check_own()
    supply = StaffMember.objects.filter(works_from__isnull=False).select_related("user")
    return get_object_or_404(supply, pk=pk)


def _check_own() -> None:
    """Show nothing where an intranet makes the accounts."""
    if not settings.OWN_SIGN_IN:
        raise Http404
