"""What every request passes through: who is asking, how a refusal looks, what may be kept."""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth import logout
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import get_script_prefix, reverse
from django.utils.functional import SimpleLazyObject

from school.access import staff_behind
from school.models import StaffMember
from school.roles import Viewer
from schoolsafe.entra.sessions import has_lost_its_tie
from schoolsafe.lib import fullness, languages
from schoolsafe.lib.rules import NotAllowed

Answer = Callable[[HttpRequest], HttpResponse]
# The pages behind links in mail: no cookie, no session, and no trace of their address elsewhere.
FAMILY_FOLDERS = ("c/", "j/", "k/")
# Where browsers tell what the policy of a page has kept from running.
CSP_REPORTS = "reports/csp/"
NOBODY = Viewer(staff_id=0, roles=frozenset())


def home() -> str:
    """Return where the module is mounted; asked several times for every request."""
    return _mounted(settings.ROOT_URLCONF, get_script_prefix())


@cache
def _mounted(urlconf: str, _script_prefix: str) -> str:
    return reverse("schoolsafe_home", urlconf=urlconf)


def is_ours(request: HttpRequest) -> bool:
    """Tell whether a page is one of this module's, not of the intranet it may be mounted in."""
    return request.path.startswith(home())


def family_prefixes() -> tuple[str, ...]:
    """Return how the addresses in families' mail begin, wherever the module is mounted."""
    return tuple(home() + folder for folder in FAMILY_FOLDERS)


def is_family_page(request: HttpRequest) -> bool:
    """Tell whether a page belongs to a link in a family's mail."""
    return request.path.startswith(family_prefixes())


def has_second_factor(request: HttpRequest) -> bool:
    """Tell whether this session was opened, or confirmed, with a second factor."""
    user: Any = request.user
    return any(record["method"] == "mfa" for record in get_authentication_records(request, user))


def _has_session(request: HttpRequest) -> bool:
    """Tell whether somebody may have signed in at Microsoft; families' pages have no session."""
    if is_family_page(request) or not settings.OWN_SIGN_IN:
        return False
    session = getattr(request, "session", None)
    return session is not None and session.session_key is not None


def _is_not_here_today(request: HttpRequest) -> bool:
    """Tell whether supply staff are signed in outside their days: it ends at this page."""
    asked: Any = request
    if asked.staff or not request.user.is_authenticated:
        return False
    return StaffMember.objects.filter(user=request.user.pk, works_from__isnull=False).exists()


class StaffMiddleware:
    """Says who is asking, without a query until somebody wants to know."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Attach `staff`, `viewer` and `has_second_factor`."""
        asked: Any = request
        asked.staff = SimpleLazyObject(lambda: staff_behind(request.user))
        asked.viewer = SimpleLazyObject(lambda: asked.staff.viewer() if asked.staff else NOBODY)
        asked.has_second_factor = SimpleLazyObject(lambda: has_second_factor(request))
        if _has_session(request) and (
            has_lost_its_tie(request, asked.staff) or _is_not_here_today(request)
        ):
            logout(request)
            asked.staff, asked.viewer, asked.has_second_factor = None, NOBODY, False
        return self.get_response(request)


class NotAllowedMiddleware:
    """Shows a refusal as one page with the reason."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; refusals arrive in process_exception.

        Who opens an address that only takes a pressed button gets a page too, not a blank one.
        """
        response = self.get_response(request)
        is_refused = response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and is_ours(request)
        if not is_refused or response.content:
            return response
        page = render(request, "404.html", status=response.status_code)
        page.headers["Allow"] = response.headers["Allow"]
        return page

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """Answer a NotAllowed with its own sentence, and say where there was no room to save anything."""
        if isinstance(fault, DatabaseError | OSError) and fullness.is_full(fault):
            return render(request, "500.html", status=HTTPStatus.INSUFFICIENT_STORAGE)
        if not isinstance(fault, NotAllowed):
            return None
        return render(request, "school/not_allowed.html", {"sentence": str(fault)}, status=403)


class FamilyLanguageMiddleware:
    """Speaks the language of the browser, or the one chosen, on family pages: their faults too."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Write the page in the best language known; a live link knows a better one."""
        if not is_family_page(request):
            return self.get_response(request)
        with languages.spoken(request):
            return self.get_response(request)


def _told_of(response: Any) -> None:
    """Have browsers report what this page's policy keeps out; with what the page itself has said."""
    own = getattr(response, "_csp_update", None) or {}
    response._csp_update = own | {"report-uri": [home() + CSP_REPORTS]}


class PrivacyMiddleware:
    """Keeps pages out of every store on the way, and links out of the next site's log."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add what browsers and proxies must know about keeping this page."""
        response = self.get_response(request)
        if not is_ours(request):
            return response
        # Only the colour and the logo say so of themselves: there is nobody's word in them.
        if not getattr(response, "may_be_kept", False):
            response.headers["Cache-Control"] = "no-store"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        _told_of(response)
        if is_family_page(request):
            response.headers["Referrer-Policy"] = "no-referrer"
        return response
