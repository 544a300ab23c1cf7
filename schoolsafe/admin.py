"""Accounts and second factors in the records: whoever keeps them, their person is told at once."""

from typing import Any

from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from school import services
from school.admin import AccountsAdmin, roles_behind, viewer_of
from school.models import StaffMember
from school.roles import opens_concerns
from schoolsafe import accounts
from schoolsafe.lib.rules import NotAllowed


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """The address of an account, and whether it is open."""

    def clean_is_active(self) -> bool:
        """Refuse to close the account of the only designated lead: a school always has one."""
        is_open: bool = self.cleaned_data["is_active"]
        staff = StaffMember.objects.filter(user=self.instance.pk).first()
        if staff is not None and self.initial["is_active"] and not is_open:
            try:
                services.check_led_without(staff)
            except NotAllowed as refusal:
                raise ValidationError(str(refusal)) from refusal
        return is_open


@admin.register(get_user_model())
class UserAdmin(AccountsAdmin):
    form = AccountForm
    history_verb = "account.read"
    fields = ["email", "is_active", "last_login", "signed_in"]
    readonly_fields = ["last_login", "signed_in"]
    list_display = ["email", "is_active", "last_login"]
    list_filter = ["is_active"]
    search_fields = ["email"]

    def account_id(self, obj: Any) -> int:
        return int(obj.pk)

    @admin.display(description="signed in")
    def signed_in(self, obj: Any) -> str:
        """Lead to where somebody is signed out everywhere; an intranet does that itself."""
        staff = StaffMember.objects.filter(user=obj).first()
        if staff is None or not settings.OWN_SIGN_IN:
            return "-"
        page = reverse("account_everywhere", args=[staff.pk])
        return format_html('<a href="{}">Where, and sign out everywhere</a>', page)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep the account as it is now, and tell its person at the old address and the new one."""
        super().save_model(request, obj, form, change)
        by = viewer_of(request).staff_id
        if "email" in form.changed_data:
            accounts.tell_of_new_address(obj, old=str(form.initial["email"]), by=by)
            self._tell(obj, "moved", by=by)
        if "is_active" in form.changed_data:
            accounts.tell_of_change(obj, "opened_again", by=by)
            _shut_out(request, obj)
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


@admin.register(Authenticator)
class AuthenticatorAdmin(AccountsAdmin):
    """Second factors: never what is in them; taken off when somebody has lost theirs."""

    fields = readonly_fields = list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ["type"]
    keeps_history = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Take it off with the codes that belong to it, and tell its person."""
        super().delete_model(request, obj)
        delete_dangling_recovery_codes(obj.user)
        _shut_out(request, obj.user)
        accounts.tell_of_change(obj.user, "factor_taken_off", by=viewer_of(request).staff_id)


def _shut_out(request: HttpRequest, user: User) -> None:
    """End every session of an account that was closed or lost its second factor: none comes back later."""
    asked: Any = request
    for staff in StaffMember.objects.filter(user=user):
        services.shut_out(staff, by=asked.staff)
