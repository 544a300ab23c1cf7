"""Staff, their accounts and roles."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from audit.coded import InWords
from audit.readonly import ReadOnlyTabularInline
from school import roles
from school.admin.kept import KeptAdmin, viewer_of
from school.models import (
    RoleHeld,
    StaffMember,
)
from school.roles import Role, Viewer

# Where a role's own word, written out, would not tell.
ROLES = {
    Role.SAFEGUARDING.value: "Deputy lead of the safeguarding team",
    Role.DSL.value: "Designated safeguarding lead",
    Role.CHAIR.value: "Chair of governors",
    Role.OFFICE.value: "School office",
    Role.IT.value: "IT",
}


class RolesOf(ReadOnlyTabularInline):
    model = RoleHeld
    fields: ClassVar[Any] = (InWords("role", ROLES), "starts_on", "ends_on")
    readonly_fields = fields

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_enter_records(viewer_of(request))


@admin.register(StaffMember)
class StaffMemberAdmin(KeptAdmin):
    """The staff, for looking; IT notes under which id Microsoft knows somebody, and nothing else."""

    list_display = ["name", "telephone", "is_eligible_for_calls"]
    search_fields = ["name"]
    inlines = [RolesOf]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = [field.name for field in StaffMember._meta.fields if not field.primary_key]
        return [name for name in fields if name != "entra_id" or not self.may_keep(request, obj)]


def roles_behind(user_id: int) -> frozenset[Role]:
    """Return the roles of the person behind an account."""
    held = RoleHeld.objects.filter(staff__user=user_id).values_list("role", flat=True)
    return frozenset(map(Role, held))


class AccountsAdmin(KeptAdmin):
    """What belongs to an account: IT keeps most, the safeguarding team its own."""

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_manage_accounts(viewer_of(request))

    def may_keep(self, request: HttpRequest, obj: Any = None) -> bool:
        held = frozenset() if obj is None else roles_behind(self.account_id(obj))
        return roles.may_manage_account_of(viewer_of(request), held)

    def account_id(self, obj: Any) -> int:
        return int(obj.user_id)


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A role for somebody else, within what the asker may give."""

    viewer: Viewer

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        staff, role = cleaned.get("staff"), cleaned.get("role")
        if staff is not None and staff.pk == self.viewer.staff_id:
            raise ValidationError("Nobody changes their own roles. Ask the headteacher.")
        if role and not roles.may_manage_account_of(self.viewer, frozenset({Role(role)})):
            raise ValidationError("Only the designated lead or the headteacher gives this role.")
        return cleaned


class RoleHeldAdmin(AccountsAdmin):
    """Roles; registered where letters can be written: the leaders hear of some of them."""

    form = RoleForm
    list_display = ["staff", "role", "starts_on", "ends_on"]
    list_filter = ["role"]
    coded = {"role": ROLES}

    def account_id(self, obj: Any) -> int:
        return int(obj.staff.user_id)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the roles in words."""
        if db_field.name == "role":
            said = self.column("role").said
            kwargs["choices"] = [("", "Choose one"), *((role.value, said(role)) for role in Role)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def may_keep(self, request: HttpRequest, obj: Any = None) -> bool:
        own = obj is not None and obj.staff_id == viewer_of(request).staff_id
        return not own and super().may_keep(request, obj)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        return type("RoleForm", (form,), {"viewer": viewer_of(request)})
