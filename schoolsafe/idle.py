"""Locks a browser in which nobody has done anything for a while: a machine in a staff room is nobody's own."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_GET, require_http_methods

from meetings.selectors import runs_now
from school import idle, services, unsent
from schoolsafe.lib import clock, fullness
from schoolsafe.lib.origin import leads_here
from schoolsafe.middleware import NOBODY, Answer, is_family_page

log = logging.getLogger(__name__)

# What pages and browsers ask for by themselves: it does not tell that anybody is there.
NO_ACTS = frozenset({"meetings:register", "meetings:teams", "account_idle", "csp_report", "health"})
# What shows who is there, or lets somebody else sign in: a locked browser opens these alone.
UNLOCKS = frozenset(
    {
        "account_idle",
        "account_logout",
        "account_reauthenticate",
        "account_unlock",
        "entra_callback",
        "entra_start",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
    }
)
# Where people sign in: what this browser's session has proved must not be added to what they prove.
WAYS_IN = frozenset({"account_login", "mfa_authenticate", "mfa_login_webauthn"})
RUNS_A_CALL = "/live/"
UNAUTHORISED = 401


class IdleMiddleware:
    """Shuts out whoever sits before a browser in which nobody has done anything for a while.

    The session stays: its own person shows who they are and goes on where they were. Everything
    else finds nobody signed in.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; who is there is asked once it is known for which page."""
        asked: Any = request
        asked.locked_out = None
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Note that somebody does something, or lock."""
        asked: Any = request
        if not is_watched(request) or not asked.staff:
            return None
        now, match = clock.now(), resolve(request.path_info)
        if not _is_locked(request, now):
            _note(request, match, now)
            return None
        if _runs_a_call(request, match, now):
            return None
        asked.locked_out = asked.staff
        if match.view_name in UNLOCKS:
            return None
        if match.view_name in WAYS_IN:
            return to_unlock(request.GET.get("next", ""))
        return _shut(request, view)


def to_unlock(there: str) -> HttpResponse:
    """Lead to where a locked browser's person shows who they are."""
    return redirect_to_login(there, login_url=reverse("account_unlock"))


def is_watched(request: HttpRequest) -> bool:
    """Tell whether somebody is signed in here, by our own sign-in; families' pages have no session."""
    if not settings.OWN_SIGN_IN or is_family_page(request):
        return False
    session = getattr(request, "session", None)
    return session is not None and session.session_key is not None and SESSION_KEY in session


def _shut(request: HttpRequest, view: Callable[..., Any]) -> HttpResponse | None:
    """Let nobody be signed in for this request, and keep what was sent for whom the browser is locked."""
    asked: Any = request
    person = asked.locked_out
    asked.user, asked.staff, asked.viewer = AnonymousUser(), None, NOBODY
    asked.has_second_factor = False
    if request.headers.get("HX-Request") or request.headers.get("Sec-Fetch-Mode") == "cors":
        # A script asks: what was typed still stands on its page.
        return None if hasattr(view, "keeps_what_was_typed") else HttpResponse(status=UNAUTHORISED)
    if hasattr(view, "keeps_what_was_typed") or not unsent.keep(request, person):
        return None
    return redirect_to_login(reverse("unsent"))


def _note(request: HttpRequest, match: ResolverMatch, now: datetime) -> None:
    """Note that somebody does something; where there is no room for it, they read on all the same."""
    session: Any = request.session
    is_act = match.view_name not in NO_ACTS or request.method == "POST"
    if not is_act or not idle.is_to_be_told(session.acted_at, now):
        return
    try:
        services.note_act(session.session_key, at=now)
    except DatabaseError as fault:
        if not fullness.is_full(fault):
            raise
        log.warning("that somebody is there cannot be noted: no room")
    else:
        session.acted_at = now


def _last_act(request: HttpRequest) -> datetime:
    """Return when somebody last did something here, or showed once more who they are."""
    session: Any = request.session
    acted_at: datetime = session.acted_at
    records = get_authentication_records(request, request.user)
    shown = [datetime.fromtimestamp(float(one["at"]), tz=UTC) for one in records]
    return max([acted_at, *shown])


def _is_locked(request: HttpRequest, now: datetime) -> bool:
    return idle.is_locked(_last_act(request), now, after=settings.IDLE_LOCK)


def _runs_a_call(request: HttpRequest, match: ResolverMatch, now: datetime) -> bool:
    """Tell whether this is the page of a call that runs, and this person runs it.

    A teacher who teaches does nothing here for half an hour, and a child at the door needs them.
    """
    if match.app_names != ["meetings"] or RUNS_A_CALL not in match.route:
        return False
    asked: Any = request
    return runs_now(asked.staff.pk, int(match.kwargs["pk"]), now)


# --- What pages ask -------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def state(request: HttpRequest) -> HttpResponse:
    """Tell the script of a page how long it may stay open, and to whom; a POST says that they are there."""
    asked: Any = request
    if not is_watched(request) or not asked.staff:
        return JsonResponse({"left": 0, "whose": "", "token": get_token(request)})
    spared = _is_spared(request, request.GET.get("at", ""))
    left = None if spared else _left(request)
    return JsonResponse({"left": left, "whose": whose(request), "token": get_token(request)})


def _is_spared(request: HttpRequest, at: str) -> bool:
    """Tell whether a page is that of a call which this person runs now."""
    try:
        match = resolve(at)
    except Resolver404:
        return False
    return _runs_a_call(request, match, clock.now())


def _left(request: HttpRequest) -> float:
    """Return for how many seconds this browser stays open if nobody does anything."""
    return idle.left(_last_act(request), clock.now(), after=settings.IDLE_LOCK).total_seconds()


def whose(request: HttpRequest) -> str:
    """Return what stands for the person of a session on its pages, and names nobody."""
    asked: Any = request
    return salted_hmac("schoolsafe.idle", str(asked.user.pk), algorithm="sha256").hexdigest()[:16]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return what a page needs so that it is locked in time; nothing where it never is."""
    if not is_watched(request):
        return {}
    return {
        "left": int(_left(request)),
        "warn": int(idle.WARN_BEFORE.total_seconds()),
        "whose": whose(request),
        "minutes": int(settings.IDLE_LOCK.total_seconds() // 60),
    }


@require_GET
def unlock(request: HttpRequest) -> HttpResponse:
    """Lead whom a browser is locked for to the way in which they show who they are, and then back."""
    asked: Any = request
    there = request.GET.get("next", "")
    there = there if leads_here(request, there) else reverse("schoolsafe_home")
    if not asked.locked_out:
        return redirect(there)
    flows = get_reauthentication_flows(asked.user)
    if not flows:
        return render(request, "account/unlock.html", {"next": there})
    names = {"reauthenticate": "account_reauthenticate"}
    page = reverse(names.get(flows[0]["id"], flows[0]["id"]))
    return redirect_to_login(there, login_url=page)
