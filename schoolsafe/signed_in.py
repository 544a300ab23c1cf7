"""Where somebody is signed in, and what they sent from a browser that was locked."""

import json
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import resolve, reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from school import selectors, services
from school.access import (
    StaffRequest,
    by_password_alone,
    capable,
    reporting_page,
    second_factor,
    staff_page,
    to_factor,
)
from school.models import StaffMember, Unsent
from school.roles import may_manage_account_of, may_manage_accounts
from school.unsent import in_sentences
from schoolsafe import accounts
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


# --- Where somebody is signed in ------------------------------------------------------------------
@require_GET
@staff_page
def sessions(request: StaffRequest) -> HttpResponse:
    """Show this person in which browsers they are signed in."""
    return render(request, "account/sessions.html", {"browsers": _browsers(request)})


@require_POST
@staff_page
def end(request: StaffRequest, name: str) -> HttpResponse:
    """Sign this person out of one of their browsers; one that has gone is signed out already."""
    for one in _browsers(request):
        if one.name == name:
            services.end_session(one.session, by=request.staff)
    messages.success(request, "Signed out there.")
    return redirect("account_sessions")


@require_POST
@staff_page
def end_others(request: StaffRequest) -> HttpResponse:
    """Sign this person out everywhere but here."""
    _browsers(request)
    key = str(request.session.session_key)
    services.end_other_sessions(request.staff, by=request.staff, but=key)
    messages.success(request, "You are signed in here alone now.")
    return redirect("account_sessions")


def _browsers(request: StaffRequest) -> list[selectors.SignedIn]:
    """Return where this person is signed in; the sessions of an intranet are its own."""
    _check_own()
    key = str(request.session.session_key)
    return selectors.signed_in(request.user.pk, this=key, now=clock.now())


def _check_own() -> None:
    if not settings.OWN_SIGN_IN:
        raise Http404


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_manage_accounts)
@second_factor
def everywhere(request: StaffRequest, pk: int) -> HttpResponse:
    """Sign somebody out everywhere: their machine was lost, or somebody else sits at it."""
    _check_own()
    person = get_object_or_404(StaffMember.objects.select_related("user"), pk=pk)
    if not may_manage_account_of(request.viewer, person.roles_now_or_later()):
        raise NotAllowed("Only the designated lead or the headteacher keeps this account.")
    if request.method == "POST":
        accounts.sign_out_everywhere(person, by=request.staff)
        messages.success(request, f"{person} is signed out everywhere, and has been told.")
        return redirect("account_everywhere", person.pk)
    count = selectors.sessions_of(person.user_id, now=clock.now()).count()
    return render(request, "account/everywhere.html", {"person": person, "count": count})


# --- What was not sent ----------------------------------------------------------------------------
@require_GET
@reporting_page
def unsent(request: StaffRequest) -> HttpResponse:
    """Show what this person sent from a locked browser: they send it now, or throw it away."""
    rows = selectors.unsent_of(request.staff.pk, now=clock.now())
    shown = [(row, typed := json.loads(row.typed), in_sentences(typed)) for row in rows]
    return render(request, "school/unsent.html", {"rows": shown})


@require_POST
@reporting_page
def send(request: StaffRequest, pk: int) -> HttpResponse:
    """Send on what was kept, as this form brings it, to where it was to go; and keep it no longer."""
    row = _own(request, pk)
    if by_password_alone(request) and not _opens_by_password(row.address):
        return to_factor(request, reverse("unsent"))
    services.let_go(row, by=request.staff)
    # The browser sends the same form again: the page it is for looks at it as at any other.
    return HttpResponse(status=307, headers={"Location": row.address})


@require_POST
@reporting_page
def throw_away(request: StaffRequest, pk: int) -> HttpResponse:
    """Destroy what was kept."""
    services.let_go(_own(request, pk), by=request.staff)
    messages.success(request, "Thrown away. Nothing of it was sent.")
    return redirect("unsent")


def _opens_by_password(address: str) -> bool:
    """Tell whether the page for which something was kept takes it from whoever has shown a password alone."""
    view: Any = resolve(urlsplit(address).path).func
    return bool(getattr(view, "opens_by_password", False))


def _own(request: StaffRequest, pk: int) -> Unsent:
    return get_object_or_404(selectors.unsent_of(request.staff.pk, now=clock.now()), pk=pk)
