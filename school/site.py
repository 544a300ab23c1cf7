"""The records: Django's admin, entered with a second factor and by role, never by a flag."""

from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse

from school import roles
from schoolsafe.lib.rules import NotAllowed

# The parts of the records in the order and the words of the school.
PARTS = {
    "meetings": "Calls",
    "consent": "Consent",
    "concerns": "Log of Concern",
    "school": "School and people",
    "notices": "Messages",
    "auth": "Accounts",
    "mfa": "Second factors",
    "audit": "What happened",
}


class RecordsSite(AdminSite):
    """The admin as the school knows it."""

    site_header = "Records"
    site_title = "Records"
    index_title = "Look something up"
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take only registers that decide themselves who may look: others open to any superuser."""
        decides = getattr(admin_class, "has_view_permission", None)
        if decides is not None and decides is not ModelAdmin.has_view_permission:
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

    def get_urls(self) -> Any:
        """Leave out the address that tells whether a row exists, whoever asks and whatever it is."""
        kept = [one for one in super().get_urls() if getattr(one, "name", "") != "view_on_site"]
        return [path("r/<path:row>/", self.nowhere, name="view_on_site"), *kept]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Show nothing for a number that no row can have: SQLite cannot even look it up."""

        @wraps(view)
        def careful(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                return view(request, *args, **kwargs)
            except OverflowError as fault:
                raise Http404 from fault

        return super().admin_view(careful, cacheable)

    def nowhere(self, request: HttpRequest, row: str) -> HttpResponse:
        """Answer the same for every row, there or not."""
        raise Http404

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Name and order the parts as the school does; what nobody named comes last."""
        parts: list[Any] = super().get_app_list(request, app_label)
        for part in parts:
            part["name"] = PARTS.get(part["app_label"], part["name"])
        order = {label: place for place, label in enumerate(PARTS)}
        return sorted(parts, key=lambda part: order.get(part["app_label"], len(order)))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Leave by the one way out."""
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Change the password where everybody does."""
        return redirect("account_change_password")

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show the start page: there is no such page here."""
        return redirect("schoolsafe_home")
