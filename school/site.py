"""The records: Django's admin, entered with a second factor and by role, never by a flag."""

from typing import Any
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from school import roles
from schoolsafe.lib.rules import NotAllowed


class RecordsSite(AdminSite):
    """The admin as the school knows it."""

    site_header = "Records"
    site_title = "Records"
    index_title = "Look something up"
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take only registers that say themselves who may look: others open to any superuser."""
        if hasattr(admin_class, "may_look"):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in working staff whose role has something to look up, with a second factor."""
        asked: Any = request
        return bool(
            asked.staff and roles.may_enter_records(asked.viewer) and asked.has_second_factor
        )

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead whoever may not enter yet to what is missing.

        Raises NotAllowed when nothing is missing but the role.
        """
        asked: Any = request
        target = request.GET.get("next") or reverse("admin:index")
        if not asked.staff:
            return redirect_to_login(target)
        if not roles.may_enter_records(asked.viewer):
            raise NotAllowed("The records are for the safeguarding team, the office and IT.")
        if asked.has_second_factor:
            return redirect("admin:index")
        page = "mfa_reauthenticate" if is_mfa_enabled(asked.user) else "mfa_activate_totp"
        return redirect(f"{reverse(page)}?{urlencode({'next': target})}")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Leave by the one way out."""
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Change the password where everybody does."""
        return redirect("account_change_password")

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the start page: there is no such page here."""
        return redirect("home")
