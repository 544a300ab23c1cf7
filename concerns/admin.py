"""The Log of Concern in the admin: for looking, each row through the same eyes as the pages."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from audit.coded import InWords
from audit.readonly import NamedAdmin, ReadOnlyTabularInline
from concerns import policy
from concerns.models import Agency, BodyMark, Category, Concern, Entry, Involved, Outcome
from school import roles
from school.admin.kept import KeptAdmin


def may_look(request: HttpRequest) -> bool:
    """Let in who handles concerns, with a second factor; being a superuser is not a part in it."""
    viewer = getattr(request, "viewer", None)
    with_factor = bool(getattr(request, "has_second_factor", False))
    return viewer is not None and with_factor and policy.may_work_queue(viewer)


class InvolvedInline(ReadOnlyTabularInline):
    model = Involved
    fields = ("who", "kind", "part", "added_at")
    readonly_fields = fields

    def may_look(self, request: HttpRequest) -> bool:
        return may_look(request)


class BodyMarkInline(ReadOnlyTabularInline):
    model = BodyMark
    fields = ("number", "side", "region", "words")
    readonly_fields = fields

    def may_look(self, request: HttpRequest) -> bool:
        return may_look(request)


class EntryInline(ReadOnlyTabularInline):
    model = Entry
    fields: ClassVar[Any] = ("at", InWords("kind"), "by", "outcome", "text")
    readonly_fields = fields

    def may_look(self, request: HttpRequest) -> bool:
        return may_look(request)


@admin.register(Concern)
class ConcernAdmin(NamedAdmin):
    """Concerns, each at an address with its reference.

    A row's number would show by its gaps that there are others, and stands nowhere (E8).
    """

    read_verb = "concern.read"
    list_display = ["reference", "status", "urgency", "desk", "logged_at"]
    list_filter = ["status", "urgency"]
    coded = {
        "status": {},
        "urgency": {},
        "reported_urgency": {},
        "level": {},
        "happened": {"exact": "At this time", "about": "About this time", "unknown": "Not known"},
    }
    search_fields = ["reference"]
    date_hierarchy = "logged_at"
    inlines = [InvolvedInline, BodyMarkInline, EntryInline]
    view_on_site = False
    exclude = ["id"]

    def may_look(self, request: HttpRequest) -> bool:
        return may_look(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        if not may_look(request):
            return Concern.objects.none()
        return Concern.objects.visible_to(request.viewer).select_related("reporter")  # type: ignore[attr-defined]

    def name_of(self, row: Concern) -> str:
        return str(row.reference)

    def page_of(self, row: Concern) -> str:
        return row.get_absolute_url()

    def named(self, rows: QuerySet[Concern], name: str) -> QuerySet[Concern]:
        return rows.filter(reference=name)

    def seen_object(self, request: HttpRequest, object_id: str) -> str:
        """Return the name under which the audit knows the concern."""
        return str(self.get_object(request, object_id).object)


@admin.register(Category, Outcome, Agency)
class ListAdmin(KeptAdmin):
    """What the school may word for itself: nothing here says anything about a child."""

    keeps_removed = False
    list_display = ["name", "is_used"]

    def may_look(self, request: HttpRequest) -> bool:
        viewer = getattr(request, "viewer", None)
        return viewer is not None and viewer.holds(roles.Role.DSL, roles.Role.HEADTEACHER)

    def may_keep(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_look(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is taken away: `is_used` takes it off the form."""
        return False
