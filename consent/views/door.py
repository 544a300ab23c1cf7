"""What stands before every family page: a live link, and a request that no other site sent."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent import selectors
from consent.forms import WishForm
from consent.selectors import Opened
from consent.services import PupilAlone
from consent.services.asking import Actor
from schoolsafe.lib import clock, languages
from schoolsafe.lib.origin import is_foreign

FamilyView = Callable[[HttpRequest, str, Opened], HttpResponse]


def family_page(view: FamilyView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Open the link and let the view answer; every dead link gets the same page.

    No cookie is needed, so there is no CSRF token: the unguessable link is the proof, and a POST
    that another site started is refused.
    """

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        if is_foreign(request):
            return render(request, "consent/foreign.html", status=403)
        opened = selectors.opened(token, clock.now())
        if opened is None:
            return dead(request)
        with languages.spoken(request, opened.language):
            return view(request, token, opened)

    return guarded


def dead(request: HttpRequest) -> HttpResponse:
    """Show the one page for unknown, expired, revoked and damaged links.

    404 and not 410: "gone" would tell a stranger that the link once was somebody's.
    """
    return render(request, "consent/dead.html", {"form": WishForm()}, status=404)


def answerer(opened: Opened) -> Actor:
    """Return under whose name a change by this link is written down."""
    return opened.request.guardian or PupilAlone(opened.request.pupil_id)
