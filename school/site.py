"""The records: Django's admin, entered with a second factor and by role, never by a flag."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from school import keeping, rights, roles, services
from school.access import to_factor
from school.models import RoleClaim, SavedView
from school.roles import Viewer
from schoolsafe.lib.origin import leads_here
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
}
# The pages that run the school, which no register is: its address, what it is, and who may open it.
PAGES: tuple[tuple[str, str, Callable[[Viewer], bool]], ...] = (
    (
        "school:calendar",
        "The school calendar: terms, holidays, closed days",
        roles.may_enter_records,
    ),
    ("school:rota", "The rota: who is on duty, who is away", roles.may_see_rota),
    ("school_settings", "Settings: what the policy leaves to the school", roles.may_keep_policy),
    ("staffing:roles", "Roles: who holds which, given and ended", roles.may_see_roles),
    ("staffing:who_sees_what", "Who can see what", roles.may_see_roles),
    ("audit_reader", "Who did or saw what: the audit", roles.may_read_audit),
    ("audit_alarms", "Does the audit hold?", roles.may_read_audit),
    (
        "family_requests",
        "What families ask: to see their data, to put it right, to have it deleted",
        rights.may_answer_families,
    ),
    (
        "disposals",
        "What is due to go: calls, consent and letters whose time is up",
        keeping.may_see_keeping,
    ),
    (
        "processing",
        "Register of processing: what is kept, why, how long, and who may read it",
        roles.may_see_processing,
    ),
    ("entra_ties", "Microsoft accounts: who signs in with which", roles.may_manage_accounts),
    (
        "entra_claims",
        "Groups of Microsoft: which of them gives which role",
        roles.may_manage_accounts,
    ),
    (
        "consent:imports",
        "People from a file: pupils, families and classes as another system has them",
        roles.may_import_people,
    ),
    ("supply", "Supply staff: who is here for some days", roles.may_engage_supply),
)

# What is never kept of an address: the words somebody searched for, and on which page they were.
PASSING = frozenset({"q", "p", "e", "_facets", "all"})


def kept_of(query: str) -> str:
    """Return what a view keeps of an address: filters, dates and order."""
    kept = QueryDict(mutable=True)
    for name, values in QueryDict(query).lists():
        if name not in PASSING:
            kept.setlist(name, values)
    return kept.urlencode()


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
        there = request.GET.get("next", "")
        target = there if leads_here(request, there) else reverse("admin:index")
        if not asked.staff:
            return redirect_to_login(target)
        if not roles.may_enter_records(asked.viewer):
            raise NotAllowed("The records are for the safeguarding team, the office and IT.")
        if asked.has_second_factor:
            return redirect("admin:index")
        return to_factor(request, target)

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show the registers, and above them the pages that run the school, to whom they are open."""
        asked: Any = request
        pages = [
            (reverse(name), label)
            for name, label, capability in PAGES
            if capability(asked.viewer) and _is_on(name)
        ]
        return super().index(request, {"pages": pages, **(extra_context or {})})

    def get_urls(self) -> Any:
        """Leave out the address that tells whether a row exists, whoever asks and whatever it is."""
        kept = [one for one in super().get_urls() if getattr(one, "name", "") != "view_on_site"]
        return [
            path("r/<path:row>/", self.nowhere, name="view_on_site"),
            path("views/save/", self._pressed(self.save_view), name="save_view"),
            path("views/<row:pk>/drop/", self._pressed(self.drop_view), name="drop_view"),
            *kept,
        ]

    def _pressed(self, view: Any) -> Any:
        """Return a view that only a pressed button opens, to whoever may enter."""
        return require_POST(self.admin_view(view))

    def each_context(self, request: HttpRequest) -> Any:
        """Add the views that this person keeps; they are asked for where a page shows them."""
        asked: Any = request

        def views() -> list[tuple[SavedView, str]]:
            kept = asked.staff.saved_views.all() if asked.staff else ()
            return [(one, url) for one in kept if (url := self._address(asked, one.register))]

        return {**super().each_context(request), "saved_views": views}

    def _address(self, request: HttpRequest, register: str) -> str:
        """Return the address of a register that this person may look at, or nothing."""
        for model, found in self._registry.items():
            meta = model._meta
            if register == f"{meta.app_label}_{meta.model_name}":
                may = found.has_view_permission(request)
                return reverse(f"admin:{register}_changelist") if may else ""
        return ""

    def save_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the filters of a register under a name. Raises Http404 for one that may not be seen."""
        asked: Any = request
        register = request.POST.get("register", "")
        url = self._address(request, register)
        if not url:
            raise Http404
        query = kept_of(request.POST.get("query", ""))
        try:
            name = request.POST.get("name", "")
            services.save_view(by=asked.staff, register=register, name=name, query=query)
        except NotAllowed as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "The view is kept. It stands above this list and in Records.")
        return redirect(f"{url}?{query}")

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Forget a view of one's own."""
        asked: Any = request
        view = get_object_or_404(SavedView, pk=pk, staff=asked.staff)
        url = self._address(request, view.register) or reverse("admin:index")
        services.drop_view(view, by=asked.staff)
        messages.success(request, "The view is removed.")
        return redirect(url)

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


def _is_on(page: str) -> bool:
    """Tell whether a page is there: without Microsoft there are no ties, in an intranet no accounts of ours.

    What groups give stays in sight when Microsoft is switched off, as long as anything is left of it.
    """
    if page == "entra_claims":
        return settings.ENTRA is not None or RoleClaim.objects.exists()
    if page == "entra_ties":
        return settings.ENTRA is not None
    return page != "supply" or bool(settings.OWN_SIGN_IN)
