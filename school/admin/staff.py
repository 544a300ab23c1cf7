"""Staff, their accounts and roles."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from audit.coded import InWords
from audit.readonly import ReadOnlyAdmin, ReadOnlyTabularInline
from school import kin, roles
from school.admin.kept import KeptAdmin, viewer_of
from school.claims import Kind
from school.models import (
    RoleClaim,
    RoleHeld,
    StaffMember,
)
from school.roles import Role
from school.services.locks import lock_row
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

ROLES = {role.value: role.words for role in Role}
KINDS = {kind.value: kind.words for kind in Kind}


class RolesOf(ReadOnlyTabularInline):
    model = RoleHeld
    fields: ClassVar[Any] = (
        InWords("role", ROLES),
        "starts_on",
        "ends_on",
        "ended_at",
        "from_microsoft",
    )
    readonly_fields = fields

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_enter_records(viewer_of(request))


class StaffForm(forms.ModelForm):  # type: ignore[type-arg]
    """A member of staff, who reports to nobody below them."""

    def clean_line_manager(self) -> StaffMember | None:
        """Refuse a ring: two who report to each other would stand outside each other's concerns."""
        manager: StaffMember | None = self.cleaned_data["line_manager"]
        if manager is None:
            return None
        ties = StaffMember.objects.exclude(line_manager=None).values_list("pk", "line_manager")
        managers = {pk: above for pk, above in ties if above is not None}
        if manager.pk == self.instance.pk or self.instance.pk in kin.above(manager.pk, managers):
            raise ValidationError(f"{manager} reports to {self.instance}, or is the same person.")
        return manager


@admin.register(StaffMember)
class StaffMemberAdmin(KeptAdmin):
    """The staff, for looking; IT notes under which id Microsoft knows somebody, and nothing else.

    Who reports to whom decides who reads concerns (E1): the lead and the headteacher keep it, and
    nobody keeps their own. At which number somebody is rung they keep as well (E89).
    """

    form = StaffForm
    history_verb = "staff.read"
    keeps_removed = False

    list_display = ["name", "telephone", "is_eligible_for_calls"]
    search_fields = ["name"]
    inlines = [RolesOf]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = [field.name for field in StaffMember._meta.fields if not field.primary_key]
        # Once somebody has tied it, it opens an account: then only the page that tied it changes it.
        is_tied = obj is not None and obj.entra_tied_at is not None
        kept = {"entra_id"} if self.may_keep(request, obj) and not is_tied else set()
        if self._may_keep_line(request, obj):
            kept.add("line_manager")
        # Whom staff are told to ring is not IT's to say: a number of their own would stand there.
        if roles.may_manage_rota(viewer_of(request)):
            kept.add("telephone")
        return [name for name in fields if name not in kept]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write what was filled in, and let a tie to Microsoft that came or went meanwhile be as it is.

        Raises NotAllowed where the id would change under a tie: another account would open this one.
        """
        now = lock_row(StaffMember, obj.pk, no_key=False)
        if now.entra_tied_at is not None and now.entra_id != obj.entra_id:
            raise NotAllowed("This account has just been tied to a Microsoft account. Look again.")
        for name in ("entra_tenant", "entra_tied_at", "entra_tied_by", "entra_groups_unknown_at"):
            setattr(obj, name, getattr(now, name))
        super().save_model(request, obj, form, change)

    def _may_keep_line(self, request: HttpRequest, obj: Any) -> bool:
        viewer = viewer_of(request)
        is_own = obj is None or obj.pk == viewer.staff_id
        return roles.may_manage_rota(viewer) and not is_own


def roles_behind(user_id: int) -> frozenset[Role]:
    """Return the roles that the person behind an account holds, or will."""
    rows = RoleHeld.objects.not_over(on=clock.today()).filter(staff__user=user_id)
    return frozenset(map(Role, rows.values_list("role", flat=True)))


class AccountsAdmin(KeptAdmin):
    """What belongs to an account: IT keeps most, the safeguarding team its own."""

    keeps_removed = False

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_manage_accounts(viewer_of(request))

    def may_keep(self, request: HttpRequest, obj: Any = None) -> bool:
        held = frozenset() if obj is None else roles_behind(self.account_id(obj))
        return roles.may_manage_account_of(viewer_of(request), held)

    def account_id(self, obj: Any) -> int:
        return int(obj.user_id)


@admin.register(RoleHeld)
class RoleHeldAdmin(ReadOnlyAdmin):
    """Roles, for looking: they are given and ended on their own page, where two people are asked."""

    keeps_history = True
    list_display = ["staff", "role", "starts_on", "ends_on", "ended_at", "from_microsoft"]
    list_filter = ["role", "from_microsoft"]
    search_fields = ["staff__name"]
    list_select_related = ["staff"]
    coded = {"role": ROLES}

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_manage_accounts(viewer_of(request))


@admin.register(RoleClaim)
class RoleClaimAdmin(ReadOnlyAdmin):
    """Which group of Microsoft gives which role, for looking: it is said on a page of its own."""

    keeps_history = keeps_removed = True
    list_display = ["note", "kind", "value", "role", "written_at", "written_by"]
    list_filter = ["role"]
    list_select_related = ["written_by"]
    coded = {"role": ROLES, "kind": KINDS}

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_manage_accounts(viewer_of(request))
