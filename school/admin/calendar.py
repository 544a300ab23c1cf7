"""The school itself, its calendar and its classes, for keeping in order."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from school import roles
from school.admin.kept import KeptAdmin, LookAdmin, viewer_of
from school.models import (
    ClosedDay,
    School,
    TeachingGroup,
    Term,
)
from school.selectors.revisions import settings_told
from school.selectors.settings import COLUMNS
from school.settings import SETTINGS
from schoolsafe.lib.history import Told


@admin.register(School)
class SchoolAdmin(KeptAdmin):
    keeps_removed = False
    list_display = ["name", "office_telephone", "office_email"]
    # What anybody may keep who keeps reference data; the rest is whom to ring, and the policy's own.
    of_everybody = ("name", "office_telephone", "office_email", "microsoft_tenant")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = super().get_readonly_fields(request, obj)
        if obj is None:
            return fields
        # What has a page of its own is changed there, with its reason and its history.
        own_page = [name for name in SETTINGS if name in COLUMNS and name not in fields]
        fields = [*fields, *own_page]
        if roles.may_keep_policy(viewer_of(request)):
            return fields
        policy = [one.name for one in School._meta.fields if one.editable and not one.primary_key]
        return [*fields, *(name for name in policy if name not in {*fields, *self.of_everybody})]

    def told_besides(self, request: HttpRequest, row: School) -> Iterable[Told]:
        """Return the changes of settings that this person sees: on the row, or on the page of settings."""
        may_see_all = roles.may_keep_policy(viewer_of(request))
        shown = self.shown_fields(request, row)
        return [told for name, told in settings_told(row) if may_see_all or name in shown]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_keep(request) and not School.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Term)
class TermAdmin(LookAdmin):
    """For looking: terms are changed on the page of the calendar."""

    list_display = ["name", "starts_on", "ends_on"]


@admin.register(ClosedDay)
class ClosedDayAdmin(LookAdmin):
    """For looking: closed days are changed on the page of the calendar."""

    list_display = ["day", "reason"]


@admin.register(TeachingGroup)
class TeachingGroupAdmin(KeptAdmin):
    list_display = ["name", "year_group"]
    search_fields = ["name"]
    filter_horizontal = ["pupils", "staff"]

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_review_people(viewer_of(request))

    def may_keep(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_look(request)
