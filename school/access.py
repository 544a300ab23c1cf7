"""Who is asking: the request as staff pages see it, and the doors in front of them."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

from school.models import StaffMember
from school.roles import Viewer, opens_concerns
from school.unsent import not_sent
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

P = ParamSpec("P")
# Under which name the session remembers where somebody wanted to go who first sets up a second factor.
ONWARD = "onward"


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


def reporting_page(view: StaffView[P]) -> View[P]:
    """Let in working members of staff; others sign in first, or are told why they cannot.

    A password is enough: whoever has seen something writes it down at once, with or without their
    telephone (P14). For pages that show nothing but what the person wrote; all others are a `staff_page`.

    Who has written something meanwhile gets it back: signing in would lose it (E19).

    Raises NotAllowed when an account is signed in that belongs to nobody who works here.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return not_sent(request) or redirect_to_login(request.get_full_path())
        asked: Any = request
        if not asked.staff:
            raise NotAllowed("This account does not belong to anybody who works at the school.")
        return view(asked, *args, **kwargs)

    marked: Any = guarded
    marked.opens_by_password = True
    return guarded


def by_password_alone(request: StaffRequest) -> bool:
    """Tell whether nothing but a password has shown who asks, where the sign-in is ours."""
    return settings.OWN_SIGN_IN and not request.has_second_factor


def staff_page(view: StaffView[P]) -> View[P]:
    """Let in as `reporting_page` does, and where the sign-in is ours only with a second factor shown.

    An intranet that mounts the module asks in its own way; there `second_factor` guards what needs more.
    """
    careful = second_factor(view)

    @wraps(view)
    def guarded(request: StaffRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        is_ours = settings.OWN_SIGN_IN
        return careful(request, *args, **kwargs) if is_ours else view(request, *args, **kwargs)

    checked: Any = reporting_page(guarded)
    checked.opens_by_password = False
    return cast(View[P], checked)


def second_factor(view: StaffView[P]) -> StaffView[P]:
    """Let in only who has shown a second factor in this session; others are led to it.

    Who has written something meanwhile gets it back, as where nobody is signed in (E19).
    """

    @wraps(view)
    def guarded(request: StaffRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.has_second_factor:
            return view(request, *args, **kwargs)
        # What only takes a pressed button cannot be led on to.
        is_page = request.method in {"GET", "HEAD"}
        there = request.get_full_path() if is_page else reverse("schoolsafe_home")
        return not_sent(request) or to_factor(request, there)

    return guarded


def to_factor(request: HttpRequest, there: str) -> HttpResponse:
    """Lead to where the second factor is shown, or set up; either leads on to an address of ours."""
    if is_mfa_enabled(request.user):
        return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': there})}")
    # Between the two stand the recovery codes, which know nothing of an address.
    request.session[ONWARD] = there
    return redirect("mfa_activate_totp")


def factor_where_it_opens_concerns(view: StaffView[P]) -> StaffView[P]:
    """Ask for the second factor of those to whom concerns lead, and of nobody else.

    With a password alone somebody could say that the safeguarding lead is away, and no alert would
    reach her; a teacher without a second factor still says from a phone that they are ill.
    """
    careful = second_factor(view)

    @wraps(view)
    def guarded(request: StaffRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        is_watched = opens_concerns(request.viewer.roles)
        return careful(request, *args, **kwargs) if is_watched else view(request, *args, **kwargs)

    return guarded


# Within this, whoever has no password to confirm counts as having shown who they are.
JUST_NOW = timedelta(minutes=5)


def has_just_signed_in(request: HttpRequest) -> bool:
    """Tell whether within the last minutes something has shown who it is."""
    return _is_just_now(get_authentication_records(request, request.user))


def has_just_shown_factor(request: HttpRequest) -> bool:
    """Tell whether within the last minutes a second factor has shown who it is: at a colleague's browser none does."""
    records: list[dict[str, Any]] = get_authentication_records(request, request.user)
    return _is_just_now([one for one in records if one["method"] == "mfa"])


def _is_just_now(records: list[dict[str, Any]]) -> bool:
    last = max((float(one["at"]) for one in records), default=0.0)
    return clock.now().timestamp() - last <= JUST_NOW.total_seconds()


def _came_from_elsewhere_a_while_ago(request: HttpRequest) -> bool:
    """Tell whether a provider opened this session, and nothing has shown for minutes who it is.

    Of somebody who has no password to confirm it with: others are asked for theirs.
    """
    user: Any = request.user
    # Whoever is not signed in is led to the sign-in by the page itself.
    if not user.is_authenticated or user.has_usable_password():
        return False
    records: list[dict[str, Any]] = get_authentication_records(request, user)
    came_from_elsewhere = any(one["method"] == "socialaccount" for one in records)
    return came_from_elsewhere and not has_just_signed_in(request)


def own_factor_first(view: View[P]) -> View[P]:
    """Let nobody touch a person's second factors by a password alone, once there is one.

    A session that was opened before it was set up could otherwise add one of its own and read. Nor does
    one count that was shown hours ago: whoever sits at a colleague's browser and knows the password
    could read the recovery codes, or put an app of their own in place of the colleague's.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        asked: Any = request
        if _came_from_elsewhere_a_while_ago(request):
            raise NotAllowed(
                "You have no password here to confirm that it is you. Sign out, sign in with Microsoft "
                "again, and come back here at once."
            )
        if is_mfa_enabled(asked.user) and not has_just_shown_factor(request):
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
