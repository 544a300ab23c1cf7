"""The way to Microsoft and back, and the page on which accounts are tied."""

from collections.abc import Iterable
from typing import Any

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from requests import RequestException

from school import selectors, services
from school.access import StaffRequest, capable, second_factor, staff_page
from school.models import RoleClaim, StaffMember
from school.roles import Viewer, may_manage_accounts, may_tie_account_of
from schoolsafe.entra import ties
from schoolsafe.entra.adapter import not_signed_in
from schoolsafe.entra.forms import ClaimForm, TieForm
from schoolsafe.entra.provider import PROVIDER_ID, EntraAdapter, EntraCallback, EntraProvider
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Send the browser to Microsoft. A link, for our own policy lets no form lead to another site."""
    _check_on()
    asked: Any = request
    if request.user.is_authenticated and not asked.locked_out:
        return redirect("schoolsafe_home")
    try:
        return EntraProvider(request).start(request)
    except (OAuth2Error, RequestException) as fault:
        return not_signed_in(request, fault)


@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Take what Microsoft says, and sign in whose account is tied to it."""
    _check_on()
    view = EntraCallback.adapter_view(EntraAdapter(request, PROVIDER_ID))
    try:
        answer: HttpResponse = view(request)
    except (OAuth2Error, RequestException) as fault:
        return not_signed_in(request, fault)
    return answer


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_manage_accounts)
@second_factor
def tie_list(request: StaffRequest) -> HttpResponse:
    """Show who came and is tied to nobody, and who is tied; tie somebody."""
    people = _may_be_tied(request.viewer, selectors.untied_staff())
    is_sent = request.method == "POST"
    form = TieForm(request.POST if is_sent else None, people=people)
    if is_sent and settings.ENTRA is None:
        raise NotAllowed("Signing in with Microsoft is off: nobody can be tied.")
    if is_sent and form.is_valid():
        staff = form.cleaned_data["staff"]
        try:
            ties.tie(staff, by=request.staff, object_id=form.cleaned_data["object_id"])
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{staff} can sign in with the Microsoft account now.")
            return redirect("entra_ties")
    context = {
        "form": form,
        "people": people,
        "came": selectors.untied_sign_ins(now=clock.now()),
        "tied": _with_rights(request.viewer),
        "is_on": settings.ENTRA is not None,
    }
    return render(request, "entra/ties.html", context)


@require_POST
@staff_page
@capable(may_manage_accounts)
@second_factor
def untie(request: StaffRequest, pk: int) -> HttpResponse:
    """Take somebody's tie off; what is open with it ends at its next page."""
    staff = get_object_or_404(selectors.tied_staff(), pk=pk)
    ties.untie(staff, by=request.staff)
    messages.success(
        request,
        f"No Microsoft account opens the account of {staff} any more, and roles that a group gave are gone. "
        "An authenticator app or a key that was set up here stays: look in the records whether it has to "
        "go too.",
    )
    return redirect("entra_ties")


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_manage_accounts)
@second_factor
def claim_list(request: StaffRequest) -> HttpResponse:
    """Show which group or app role gives which role; let another one give one."""
    is_sent = request.method == "POST"
    form = ClaimForm(request.POST if is_sent else None)
    if is_sent and settings.ENTRA is None:
        raise NotAllowed("Signing in with Microsoft is off: no group gives a role.")
    if is_sent and form.is_valid():
        said = form.cleaned_data
        try:
            row = services.map_claim(
                by=request.staff, claim=form.claim, role=said["role"], note=said["note"]
            )
        except NotAllowed as refusal:
            form.add_error("value", str(refusal))
        else:
            messages.success(request, f"From the next sign-in on it gives the role: {row.words}.")
            return redirect("entra_claims")
    rows = selectors.claim_rows()
    context = {
        "form": form,
        "rows": rows,
        "unknown": selectors.claims_unknown() if rows else [],
        "is_on": settings.ENTRA is not None,
    }
    return render(request, "entra/claims.html", context)


@require_POST
@staff_page
@capable(may_manage_accounts)
@second_factor
def remove_claim(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a group or an app role give nothing any more."""
    row = get_object_or_404(RoleClaim, pk=pk)
    count = services.unmap_claim(row, by=request.staff)
    lost = f" It was taken from {count} {'person' if count == 1 else 'people'}." if count else ""
    messages.success(request, f"It gives the role {row.words} no longer.{lost}")
    return redirect("entra_claims")


def _check_on() -> None:
    """Show nothing where it is off, or where an intranet signs people in."""
    if settings.ENTRA is None or not settings.OWN_SIGN_IN:
        raise Http404


def _may_be_tied(viewer: Viewer, people: Iterable[StaffMember]) -> list[StaffMember]:
    """Keep those whose tie is this viewer's to change."""
    return [person for person in people if _may_change(viewer, person)]


def _may_change(viewer: Viewer, person: StaffMember) -> bool:
    held = person.roles_now_or_later()
    return may_tie_account_of(viewer, held, staff_id=person.pk)


def _with_rights(viewer: Viewer) -> list[tuple[StaffMember, bool]]:
    """Return who is tied, each with whether this viewer may take it off."""
    return [(person, _may_change(viewer, person)) for person in selectors.tied_staff()]
