"""The school itself, its calendar and its classes, for keeping in order."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from school import roles
from school.admin.kept import KeptAdmin, viewer_of
from school.models import (
    ClosedDay,
    School,
    TeachingGroup,
    Term,
)


@admin.register(School)
class SchoolAdmin(KeptAdmin):
    list_display = ["name", "office_telephone", "office_email"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_keep(request) and not School.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Term)
class TermAdmin(KeptAdmin):
    list_display = ["name", "starts_on", "ends_on"]


@admin.register(ClosedDay)
class ClosedDayAdmin(KeptAdmin):
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
