"""What becomes of a sign-in at Microsoft: the account that was tied to it, or none at all."""

import functools
import logging
from typing import Any
from uuid import UUID

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from audit import services as audit
from school import selectors, services
from schoolsafe.entra.provider import EntraProvider, chosen
from schoolsafe.entra.tokens import TokenRefused
from schoolsafe.lib import clock

log = logging.getLogger(__name__)

SILENT = "Microsoft does not answer as it should just now, so nobody can be signed in that way."
REFUSED = "What Microsoft sent does not belong to this school, or is not valid any more."
BROKEN_OFF = "Signing in was broken off, or took too long, or was begun in another window."


class EntraAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """One provider, named by settings; nobody gets an account by coming from there."""

    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> EntraProvider:
        """Return the school's tenant, whatever is asked for."""
        return EntraProvider(request)

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """Know no provider from the database: settings alone say who signs people in."""
        return []

    def get_requests_session(self) -> requests.Session:
        """Return what speaks to Microsoft: briefly, and without being led elsewhere."""
        session = requests.Session()
        session.max_redirects = 0
        call: Any = functools.partial(session.request, timeout=chosen().patience)
        session.request = call  # type: ignore[method-assign]  # as allauth does it
        return session

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Refuse: nobody makes their own account."""
        return False

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Refuse once more, should anything ever lead here."""
        raise LookupError("No account is made of a sign-in at Microsoft.")

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        """Refuse: an address says nothing of who somebody is."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let the account that was tied be signed in; tell everybody else what to do."""
        told = sociallogin.account.extra_data
        object_id = UUID(told["object_id"])
        staff = selectors.tied_to(tenant=UUID(chosen().tenant), object_id=object_id)
        if staff is not None:
            sociallogin.user = staff.user
            return
        services.note_untied_sign_in(
            by=services.MICROSOFT,
            object_id=object_id,
            name=told["name"],
            user_name=told["user_name"],
        )
        page = render(request, "entra/untied.html", {"user_name": told["user_name"]}, status=403)
        raise ImmediateHttpResponse(page)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: EntraProvider,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Say what went wrong in the words of the school, on a page of ours."""
        page = broken_off(request) if exception is None else not_signed_in(request, exception)
        raise ImmediateHttpResponse(page)


def broken_off(request: HttpRequest) -> HttpResponse:
    """Say that a sign-in came to no end, and lead to a new one."""
    return _said(request, BROKEN_OFF, status=400)


def not_signed_in(request: HttpRequest, fault: Exception) -> HttpResponse:
    """Say why nobody was signed in; a token that was refused stands in the audit."""
    if isinstance(fault, TokenRefused):
        note_refused(fault.reason)
        return _said(request, REFUSED, status=403)
    log.warning("sign-in at Microsoft failed: %s", type(fault).__name__)
    return _said(request, SILENT, status=503)


@audit.atomic()
def note_refused(reason: str) -> None:
    """Write down that a token was refused, and why; not whose it said it was."""
    audit.record(
        at=clock.now(),
        actor=services.MICROSOFT.actor,
        verb="account.token_refused",
        object="school.staffmember:0",
        reason=reason,
    )


def _said(request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
    return render(request, "entra/not_signed_in.html", {"sentence": sentence}, status=status)
