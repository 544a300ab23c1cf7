"""Who is asking: the request as staff pages see it, and the three doors in front of them."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

from school.models import StaffMember
from school.roles import Viewer
from schoolsafe.lib.rules import NotAllowed

P = ParamSpec("P")


class StaffRequest(HttpRequest):
    """A request whose sender is known to be a working member of staff."""

    user: User
    staff: StaffMember
    viewer: Viewer
    has_second_factor: bool
    htmx: HtmxDetails


StaffView = Callable[Concatenate[StaffRequest, P], HttpResponse]
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def staff_behind(user: Any) -> StaffMember | None:
    """Return the working member of staff behind an account, with their roles; None for all others."""
    if not user.is_authenticated:
        return None
    return (
        StaffMember.objects.working()
        .filter(user=user.pk)
        .select_related("user")
        .prefetch_related("roles_held")
        .first()
    )


def staff_page(view: StaffView[P]) -> View[P]:
    """Let in working members of staff; others sign in first, or are told why they cannot.

    Raises NotAllowed when an account is signed in that belongs to nobody who works here.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        asked: Any = request
        if not asked.staff:
            raise NotAllowed("This account does not belong to anybody who works at the school.")
        return view(asked, *args, **kwargs)

    return guarded


def second_factor(view: StaffView[P]) -> StaffView[P]:
    """Let in only who has shown a second factor in this session; others are led to it."""

    @wraps(view)
    def guarded(request: StaffRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.has_second_factor:
            return view(request, *args, **kwargs)
        page = "mfa_reauthenticate" if is_mfa_enabled(request.user) else "mfa_activate_totp"
        return redirect(f"{reverse(page)}?{urlencode({'next': request.get_full_path()})}")

    return guarded


def own_factor_first(view: View[P]) -> View[P]:
    """Let nobody touch a person's second factors by a password alone, once there is one.

    A session that was opened before it was set up could otherwise add one of its own and read.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        asked: Any = request
        if is_mfa_enabled(asked.user) and not asked.has_second_factor:
            there = urlencode({"next": request.get_full_path()})
            return redirect(f"{reverse('mfa_reauthenticate')}?{there}")
        return view(request, *args, **kwargs)

    return guarded


def capable(capability: Callable[[Viewer], bool]) -> Callable[[StaffView[P]], StaffView[P]]:
    """Let in only people with a capability of `school.roles`; others are told so."""

    def decorate(view: StaffView[P]) -> StaffView[P]:
        @wraps(view)
        def guarded(request: StaffRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not capability(request.viewer):
                raise NotAllowed("Your part in the school does not include this page.")
            return view(request, *args, **kwargs)

        return guarded

    return decorate
