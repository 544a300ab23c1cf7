"""Pages on which people set up a second factor of their own, see its codes, or take it off."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from audit import services as audit
from school.access import ONWARD
from schoolsafe.accounts import end_others, hold_account
from schoolsafe.first_factors import note_first_factor


class SetUpApp(ActivateTOTPView):  # type: ignore[misc]  # allauth is untyped
    """Setting up the app proves the second factor: no second code is asked for at once."""

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        """Add the secret in groups of four, as somebody types it; every app reads past the blanks."""
        context = super().get_context_data(**given)
        secret = str(context["form"].secret)
        fours = (secret[at : at + 4] for at in range(0, len(secret), 4))
        return {**context, "secret_in_fours": " ".join(fours)}

    def form_valid(self, form: Any) -> HttpResponse:
        """Switch it on and remember that this session has shown it; the second of two clicks does nothing."""
        with _watched(self.request):
            if is_mfa_enabled(self.request.user, [Authenticator.Type.TOTP]):
                return redirect("mfa_index")
            return _shown(self.request, super().form_valid(form), Authenticator.Type.TOTP)


class ShowCodes(ViewRecoveryCodesView):  # type: ignore[misc]  # allauth is untyped
    """The codes lead on to where their person wanted to go before a second factor was asked for."""

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        """Add where that is."""
        there = self.request.session.get(ONWARD) or reverse("schoolsafe_home")
        return {**super().get_context_data(**given), "onward": there}


class AddKey(AddWebAuthnView):  # type: ignore[misc]  # allauth is untyped
    """Adding a key proves the second factor as well."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Add it and remember that this session has shown it."""
        with _watched(self.request):
            return _shown(self.request, super().form_valid(form), Authenticator.Type.WEBAUTHN)


class StopApp(DeactivateTOTPView):  # type: ignore[misc]  # allauth is untyped
    """Taking the app off signs its person out everywhere else."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Take it off, and end the others; the second of two clicks does nothing."""
        with audit.atomic():
            hold_account(self.request)
            if not Authenticator.objects.filter(pk=self.authenticator.pk).exists():
                return redirect("mfa_index")
            end_others(self.request, self.request.user)
            answer: HttpResponse = super().form_valid(form)
        return answer


class RemoveKey(RemoveWebAuthnView):  # type: ignore[misc]  # allauth is untyped
    """Removing a key signs its person out everywhere else."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Remove it, and end the others."""
        with audit.atomic():
            hold_account(self.request)
            end_others(self.request, self.request.user)
            answer: HttpResponse = super().form_valid(form)
        return answer


@contextmanager
def _watched(request: HttpRequest) -> Iterator[None]:
    """Sign its person out elsewhere in the same transaction; note when it is their first second factor."""
    user: Any = request.user
    with audit.atomic():
        hold_account(request)
        is_first = not is_mfa_enabled(user)
        yield
        end_others(request, user)
        if is_first:
            note_first_factor(user)


def _shown(request: HttpRequest, response: HttpResponse, kind: str) -> HttpResponse:
    """Record the newest second factor of this kind as shown in this session."""
    newest = Authenticator.objects.filter(user=request.user, type=kind).order_by("-pk")[0]
    post_authentication(request, newest, reauthenticated=True)
    return response
