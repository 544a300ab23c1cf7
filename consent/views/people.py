"""Who is asked for one pupil, and where: seen and changed by the office and the safeguarding team."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from consent import pages, selectors, services
from consent.forms import AddressForm, AskedForm, ConfirmForm
from consent.views.pages import UNREADABLE
from school import policy
from school import selectors as school
from school.access import StaffRequest, capable, staff_page
from school.models import Guardian, Guardianship, Pupil
from school.roles import may_choose_who_is_asked
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@staff_page
@capable(may_choose_who_is_asked)
def pupil(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Pupil, pk=pk)
    ties = school.ties_of(found.pk, clock.today())
    free = [one.tie for one in ties if not one.is_blocked]
    form = AskedForm(
        request.POST if request.method == "POST" else None,
        pupil=found,
        ties=free,
        school_mode=school.school().consent_mode,
    )
    if form.is_bound and form.is_valid():
        kept = [one.tie.pk for one in ties if one.is_blocked and one.tie.counts_for_consent]
        try:
            services.choose_who_is_asked(found, by=request.staff, **_chosen(form, kept))
        except NotAllowed as refused:
            form.add_error("named" if "named" in form.fields else "mode", str(refused))
        else:
            messages.success(request, "Who is asked is changed. Who is new is asked now.")
            return redirect("consent:pupil", pk=pk)
    services.look_at_pupil(found, by=request.staff)
    context = {
        "pupil": found,
        "form": form,
        "ties": ties,
        "is_adult": policy.is_adult(found.born_on, on=clock.today()),
    }
    status = UNREADABLE if form.is_bound else 200
    return render(request, "consent/pupil.html", context, status=status)


def _chosen(form: AskedForm, kept: list[int]) -> dict[str, Any]:
    """Return what was chosen; a blocked guardian's tie is left as it is."""
    said = form.cleaned_data
    named = said.get("named")
    return {
        "mode": said["mode"],
        "counting": [*(int(pk) for pk in said.get("counting", [])), *kept],
        "named": int(named) if named else None,
    }


@staff_page
@capable(may_choose_who_is_asked)
def guardian(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Guardian, pk=pk)
    is_sent = request.method == "POST"
    facts = {"email": found.email, "language": found.language}
    form = AddressForm(request.POST if is_sent else None, initial=facts)
    if form.is_bound and form.is_valid():
        services.correct_address(found, by=request.staff, email=form.cleaned_data["email"])
        services.change_language(found, by=request.staff, language=form.cleaned_data["language"])
        messages.success(request, _kept(form))
        return redirect("consent:guardian", pk=pk)
    return _guardian_page(request, found, form, ConfirmForm(initial={"email": found.email}))


def _kept(form: AddressForm) -> str:
    if "email" not in form.changed_data:
        return "It is kept."
    return "The new address is kept. The old one is told of it."


@require_POST
@staff_page
@capable(may_choose_who_is_asked)
def confirm_address(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Guardian, pk=pk)
    form = ConfirmForm(request.POST)
    if form.is_valid():
        try:
            services.confirm_address(found, by=request.staff, **form.cleaned_data)
        except NotAllowed as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The address is confirmed, with your name.")
            return redirect("consent:guardian", pk=pk)
    facts = {"email": found.email, "language": found.language}
    return _guardian_page(request, found, AddressForm(initial=facts), form)


def _guardian_page(
    request: StaffRequest, found: Guardian, form: AddressForm, confirm: ConfirmForm
) -> HttpResponse:
    """Show how a guardian is written to, and whether the address is settled."""
    services.look_at_guardian(found, by=request.staff)
    ties = Guardianship.objects.filter(guardian=found).select_related("pupil")
    is_bad = form.is_bound or confirm.is_bound
    context = {
        "guardian": found,
        "dial": pages.dial(found.telephone),
        "ties": ties.order_by("pupil__family_name", "pupil__given_name"),
        "today": clock.today(),
        "form": form,
        "confirm": confirm,
        "is_in_doubt": bool(found.email and selectors.in_doubt(found, clock.now())),
        "unsettled_until": school.unsettled_until(found, clock.now()) if found.email else None,
    }
    return render(request, "consent/guardian.html", context, status=UNREADABLE if is_bad else 200)
