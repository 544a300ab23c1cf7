"""Who decides themselves before 18: proposed, approved and ended by those who say who is asked (E42)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from consent import services
from consent.forms import OwnConsentForm, SearchForm
from consent.views.pages import UNREADABLE
from school import deciding
from school import selectors as school
from school import services as people
from school.access import StaffRequest, capable, staff_page
from school.models import OwnConsent, Pupil
from school.roles import may_approve_own_consent, may_choose_who_is_asked, may_end_own_consent
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@staff_page
@capable(may_choose_who_is_asked)
def own_consents(request: StaffRequest) -> HttpResponse:
    # By POST: a child's name must stand in no address and no log.
    form = SearchForm(request.POST)
    search = form.cleaned_data["q"].strip() if form.is_valid() else ""
    today = clock.today()
    rows = school.open_own_consents(today)
    kin = school.kin_among(request.staff, [one.pupil_id for one in rows])
    context = {
        "form": form,
        "search": search,
        "found": school.pupils_near_deciding(search, today) if search else [],
        "rows": [(one, one.stage(on=today)) for one in rows if one.pupil_id not in kin],
    }
    return render(request, "consent/own_consents.html", context)


@staff_page
@capable(may_choose_who_is_asked)
def own_consent(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Pupil, pk=pk)
    is_sent = request.method == "POST"
    form = OwnConsentForm(
        request.POST if is_sent else None, own=found.own(), initial={"begins_on": clock.today()}
    )
    if form.is_valid():
        try:
            people.propose_own_consent(found, by=request.staff, **form.proposal())
        except NotAllowed as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "It is proposed. Nothing changes until it is approved.")
            return redirect("consent:own_consent", pk=pk)
    return _page(request, found, form, status=UNREADABLE if is_sent else 200)


def _page(
    request: StaffRequest,
    found: Pupil,
    form: OwnConsentForm,
    *,
    status: int = 200,
    refused: str = "",
) -> HttpResponse:
    """Show what is proposed or approved for a pupil, with what the person may do about it."""
    services.look_at_pupil(found, by=request.staff)
    today = clock.today()
    rows = [(one, one.stage(on=today)) for one in school.own_consents(found)]
    current = next((pair for pair in rows if pair[1] in deciding.CURRENT), None)
    context: dict[str, Any] = {
        "pupil": found,
        "form": form,
        "refused": refused,
        "current": current[0] if current else None,
        "stage": current[1] if current else None,
        "past": [pair for pair in rows if pair is not current],
        "fault": "" if current else deciding.fault_of_age(found.own(), on=today),
        "names": school.names_of_deciding(found, today),
        "refusal": school.own_address_fault(found),
    }
    if current:
        own, asker = current[0], current[0].asked_by.viewer()
        context |= {
            "may_approve": own.approved_at is None
            and may_approve_own_consent(request.viewer, asked_by=asker),
            "may_end": _may_end(request, own),
            "is_asked_by_lead": deciding.is_for_a_deputy(asker),
        }
    return render(request, "consent/own_consent.html", context, status=status)


def _may_end(request: StaffRequest, own: OwnConsent) -> bool:
    """Tell whether a person may end it; who proposed it may take the proposal back."""
    takes_back = own.approved_at is None and own.asked_by_id == request.staff.pk
    return takes_back or may_end_own_consent(request.viewer)


@require_POST
@staff_page
@capable(may_choose_who_is_asked)
def approve_own_consent(request: StaffRequest, pk: int) -> HttpResponse:
    own = get_object_or_404(OwnConsent.objects.select_related("pupil"), pk=pk)
    try:
        services.approve_own_consent(own, by=request.staff)
    except NotAllowed as refused:
        form = OwnConsentForm(None, own=own.pupil.own(), initial={"begins_on": clock.today()})
        return _page(request, own.pupil, form, status=UNREADABLE, refused=str(refused))
    messages.success(request, f"{own.pupil.given_name} decides themselves. No guardian is told.")
    return redirect("consent:own_consent", pk=own.pupil_id)


@staff_page
@capable(may_choose_who_is_asked)
def end_own_consent(request: StaffRequest, pk: int) -> HttpResponse:
    rows = OwnConsent.objects.select_related("pupil", "asked_by", "approved_by")
    own = get_object_or_404(rows, pk=pk)
    refused, status = "", 200
    if request.method == "POST":
        try:
            services.end_own_consent(own, by=request.staff)
        except NotAllowed as why:
            refused, status = str(why), UNREADABLE
        else:
            messages.success(
                request, "It has ended." if own.approved_at else "The proposal is let go."
            )
            return redirect("consent:own_consent", pk=own.pupil_id)
    services.look_at_pupil(own.pupil, by=request.staff)
    context = {
        "own": own,
        "pupil": own.pupil,
        "refused": refused,
        "may_end": _may_end(request, own),
        "names": school.names_of_deciding(own.pupil, clock.today()),
    }
    return render(request, "consent/end_own_consent.html", context, status=status)
