"""What every family page is made of: the plan as it stands, and the way back to it."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render

from consent import selectors
from consent.selectors import Opened
from schoolsafe.lib import clock

UNREADABLE = 422
CONFLICT = 409


def ask_again(token: str) -> HttpResponseRedirect:
    """Lead back to the link's own page, which always shows how things stand."""
    response = redirect("consent:ask", token=token)
    response.status_code = 303
    return response


def pupil_of(opened: Opened) -> str:
    """Return the child's name as a family page may show it."""
    name: str = selectors.shown_to(opened.request)["pupil"]
    return name


def show(
    request: HttpRequest,
    token: str,
    opened: Opened,
    name: str,
    extra: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """Render a family page with the plan as it stands."""
    asked = opened.request.question.asked
    context = {
        "token": token,
        "shown": selectors.shown_to(opened.request),
        "starts_at": clock.local(asked.starts_at),
        "ends_at": clock.local(asked.ends_at),
        "is_hidden": opened.request.pupil.is_address_confidential,
        "is_own": opened.request.guardian_id is None,
        "siblings": opened.siblings,
    }
    return render(request, f"consent/{name}.html", context | extra, status=status)
