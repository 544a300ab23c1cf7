"""The audit trail, for looking; looking at it is written into it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from audit import selectors
from audit.coded import in_words
from audit.models import Entry
from audit.readonly import NamedAdmin, roles_of

# Half a hash is as good a name, and short enough for the look at it to be recorded.
ADDRESS_LENGTH = 32
MAY_LOOK = frozenset({"dsl", "headteacher"})


@admin.register(Entry)
class EntryAdmin(NamedAdmin):
    read_verb = "audit.read"
    list_display = ["at", "who", "what", "object"]
    search_fields = ["=actor", "=verb", "=object"]
    search_help_text = "The exact actor, verb or object, such as staff:12 or meetings.meeting:7"
    ordering = ["-id"]
    # Numbers with a gap, and a link to an entry that is not in the list, tell of a hidden one (E8).
    exclude = ["id", "previous"]

    def may_look(self, request: HttpRequest) -> bool:
        return not MAY_LOOK.isdisjoint(roles_of(request))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        return selectors.visible_to(getattr(request, "viewer", None))

    def name_of(self, row: Entry) -> str:
        """Return the first half of an entry's hash."""
        return row.hash[:ADDRESS_LENGTH]

    def named(self, rows: QuerySet[Entry], name: str) -> QuerySet[Entry]:
        """Find an entry by the first half of its hash."""
        return rows.filter(hash__startswith=name) if len(name) == ADDRESS_LENGTH else rows.none()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list with the names of the people in it, asked for once."""
        response = super().changelist_view(request, extra_context)
        changes = (getattr(response, "context_data", None) or {}).get("cl")
        if changes is not None:
            names = selectors.names_of({entry.actor for entry in changes.result_list})
            for entry in changes.result_list:
                entry.name_of_actor = names.get(entry.actor, "")
        return response

    @admin.display(description="What happened", ordering="verb")
    def what(self, entry: Entry) -> str:
        """Return the verb in words; the entry itself shows it as it is looked for."""
        return in_words(entry.verb)

    @admin.display(description="Actor", ordering="actor")
    def who(self, entry: Entry) -> str:
        """Return the actor, with the name where there is one."""
        name = getattr(entry, "name_of_actor", "")
        return f"{name} ({entry.actor})" if name else entry.actor
