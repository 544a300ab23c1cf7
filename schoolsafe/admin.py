"""Accounts and second factors in the records: whoever keeps them, their person is told at once."""

from typing import Any

from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.http import HttpRequest

from school.admin import AccountsAdmin, RoleHeldAdmin, roles_behind, viewer_of
from school.models import RoleHeld, StaffMember
from school.roles import Role, opens_concerns
from schoolsafe import accounts


@admin.register(get_user_model())
class UserAdmin(AccountsAdmin):
    fields = ["email", "is_active", "last_login"]
    readonly_fields = ["last_login"]
    list_display = ["email", "is_active", "last_login"]
    list_filter = ["is_active"]
    search_fields = ["email"]

    def account_id(self, obj: Any) -> int:
        return int(obj.pk)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep the account as it is now, and tell its person at the old address and the new one."""
        super().save_model(request, obj, form, change)
        by = viewer_of(request).staff_id
        if "email" in form.changed_data:
            accounts.tell_of_new_address(obj, old=str(form.initial["email"]), by=by)
            self._tell(obj, "moved", by=by)
        if "is_active" in form.changed_data:
            accounts.tell_of_change(obj, "opened_again", by=by)
            what = "opened" if obj.is_active else "closed"
            self._tell(obj, what, by=by)

    def _tell(self, user: User, what: str, *, by: int) -> None:
        """Tell the others who answer for concerns of an account that opens them."""
        if opens_concerns(roles_behind(user.pk)):
            accounts.tell_of_access(StaffMember.objects.filter(user=user), what, by=by)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(RoleHeld)
class RoleAdmin(RoleHeldAdmin):
    """Roles: of one that opens concerns, the others who answer for them hear at once."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self._tell(request, obj, "role_changed" if change else "role_given", form.initial)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        self._tell(request, obj, "role_taken", {})

    def _tell(self, request: HttpRequest, row: Any, what: str, before: dict[str, Any]) -> None:
        """Tell of a role that opens concerns; also of one that did until now, and whose it was."""
        held = {row.role, before.get("role", row.role)}
        if not opens_concerns(frozenset(map(Role, held))):
            return
        whose = StaffMember.objects.filter(pk__in={row.staff_id, before.get("staff", row.staff_id)})
        by = viewer_of(request).staff_id
        accounts.tell_of_access(whose, what, by=by, role=row.get_role_display())


@admin.register(Authenticator)
class AuthenticatorAdmin(AccountsAdmin):
    """Second factors: never what is in them; taken off when somebody has lost theirs."""

    fields = readonly_fields = list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ["type"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Take it off with the codes that belong to it, and tell its person."""
        super().delete_model(request, obj)
        delete_dangling_recovery_codes(obj.user)
        accounts.tell_of_change(obj.user, "factor_taken_off", by=viewer_of(request).staff_id)
