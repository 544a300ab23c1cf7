"""What the school has said of the headings of its own files, for looking."""

from django.contrib import admin
from django.http import HttpRequest

from school import roles
from school.admin.kept import LookAdmin, viewer_of
from school.models import HeadingMapping


@admin.register(HeadingMapping)
class HeadingMappingAdmin(LookAdmin):
    """For looking: what headings mean is said on the pages of imports."""

    list_display = ["title", "source", "changed_at", "changed_by"]
    list_select_related = ["changed_by"]

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_import_people(viewer_of(request))
