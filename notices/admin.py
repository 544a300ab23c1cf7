from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from audit.coded import InWords
from audit.readonly import NamedAdmin, ReadOnlyAdmin, UnnumberedAdmin
from notices import kinds, selectors
from notices.models import Delivery, Heartbeat, Ladder, Notice, Provider
from notices.policy import Fate, Outcome
from school import roles
from school.admin import viewer_of


def _may(request: HttpRequest, capability: str) -> bool:
    viewer = getattr(request, "viewer", None)
    return viewer is not None and bool(getattr(roles, capability)(viewer))


class _ForOffice(UnnumberedAdmin):
    """Messages about concerns stand in none of these."""

    def may_look(self, request: HttpRequest) -> bool:
        return _may(request, "may_see_recipients")


class _ForIT(ReadOnlyAdmin):
    unchanging = "The machine notes this of itself, over and over, and keeps nothing of what it noted before."

    def may_look(self, request: HttpRequest) -> bool:
        return _may(request, "may_see_outbox")


@admin.register(Notice)
class NoticeAdmin(_ForOffice, NamedAdmin):
    """What was due to whom. The text is on the outbox page; sensitive kinds stand nowhere."""

    list_display = ("due_at", "kind", "state", "why", "failures")
    list_filter = ("state", "kind")
    ordering = ("-due_at",)
    date_hierarchy = "due_at"
    exclude = ("id", "letter", "message_id", "key")
    coded = {
        "kind": {},
        "state": {},
        "channel": {"email": "E-mail", "sms": "Text message"},
        "fate": {fate.value: fate.words for fate in Fate},
    }

    def column(self, field: str) -> InWords:
        """Tell a kind as its room has named it."""
        if field == "kind":
            return InWords("kind", {kind.name: kind.words for kind in kinds.kinds()})
        return super().column(field)

    def name_of(self, row: Notice) -> str:
        return row.name

    def page_of(self, row: Notice) -> str:
        return reverse("notices:letter", args=[row.name])

    def named(self, rows: QuerySet[Notice], name: str) -> QuerySet[Notice]:
        return rows.filter(pk__in=selectors.shown().named(name))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        return selectors.shown_to(viewer_of(request)).defer("letter")


@admin.register(Delivery)
class DeliveryAdmin(_ForOffice):
    list_display = ("at", "notice", "turn", "outcome", "answer")
    list_filter = ("outcome",)
    list_select_related = ("notice",)
    date_hierarchy = "at"
    coded = {"outcome": {outcome.value: outcome.words for outcome in Outcome}}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return (
            super().get_queryset(request).filter(notice__in=selectors.shown_to(viewer_of(request)))
        )


@admin.register(Ladder)
class LadderAdmin(_ForOffice):
    list_display = ("kind", "about", "step", "due_at", "ended_at")
    list_filter = ("kind",)
    coded = {"kind": {}}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ladder]:
        shown = [kind.name for kind in kinds.ladder_kinds() if not kind.sensitive]
        return super().get_queryset(request).filter(kind__in=shown)


@admin.register(Heartbeat)
class HeartbeatAdmin(_ForIT):
    list_display = ("name", "at")


@admin.register(Provider)
class ProviderAdmin(_ForIT):
    list_display = ("name", "faults", "fault", "fault_since", "paused_until")
    # How many messages have left grows when a concern is logged.
    exclude = ("tokens", "filled_at", "counted_on", "counted")
