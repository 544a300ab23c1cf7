"""The audit trail, for looking; looking at it is written into it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from audit import selectors
from audit.models import Entry
from audit.readonly import ReadOnlyAdmin, roles_of

MAY_LOOK = frozenset({"dsl", "headteacher"})


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    read_verb = "audit.read"
    list_display = ["at", "actor", "verb", "object"]
    search_fields = ["=actor", "=verb", "=object"]
    search_help_text = "The exact actor, verb or object, such as staff:12 or meetings.meeting:7"
    ordering = ["-id"]

    def may_look(self, request: HttpRequest) -> bool:
        return not MAY_LOOK.isdisjoint(roles_of(request))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        return selectors.visible_to(getattr(request, "viewer", None))
