"""The admin as a place for looking: nothing in it adds, changes or removes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse

from audit import services
from audit.coded import InWords, InWordsFilter
from schoolsafe.lib import clock

if TYPE_CHECKING:
    # Only the type checker knows these as generic.
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, models.Model]
else:
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline


class ReadOnlyAdmin(ModelAdmin):
    """A register that may be looked at by those whom `may_look` lets in, and by nobody else.

    With a `read_verb`, each look at the list and at one row is itself recorded. What a field of
    `coded` keeps is told in words: those that are given, or its own written out.
    """

    read_verb = ""
    coded: Mapping[str, Mapping[str, str]] = {}
    actions = None
    show_full_result_count = False

    def may_look(self, request: HttpRequest) -> bool:
        """Tell whether this person may open the register; a room says who, and until then nobody."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let in whom `may_look` lets in."""
        return self.may_look(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the register to whom `may_look` lets in."""
        return self.may_look(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody removes."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show every field as text, but for those that a register leaves out.

        Django's own `exclude` is about what can be typed: it shows a read-only field all the same.
        """
        own = [field.name for field in self.model._meta.fields]
        fields = dict.fromkeys([*own, *map(str, super().get_readonly_fields(request, obj))])
        return [
            self.column(name) if name in self.coded else name
            for name in fields
            if name not in (self.exclude or ())
        ]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Leave out what is told in words, where nothing can be typed."""
        left_out = list(super().get_exclude(request, obj) or ())
        return left_out if self.has_change_permission(request, obj) else [*left_out, *self.coded]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Tell in words what is kept as a word of the code."""
        shown: Any = super().get_list_display(request)
        return [self.column(one) if one in self.coded else one for one in shown]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Offer such words to choose from."""
        offered = super().get_list_filter(request)
        return [(one, InWordsFilter) if one in self.coded else one for one in offered]

    def column(self, field: str) -> InWords:
        """Return the column that tells a field in words."""
        return InWords(field, self.coded[field])

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, and record that it was seen."""
        response = super().changelist_view(request, extra_context)
        self._record_look(request, response, self.model._meta.label_lower)
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show one row, and record that it was seen."""
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if object_id is not None:
            self._record_look(request, response, self.seen_object(request, object_id))
        return response

    def seen_object(self, request: HttpRequest, object_id: str) -> str:
        """Return the name under which the audit knows the row at an address."""
        return f"{self.model._meta.label_lower}:{object_id}"

    def _record_look(self, request: HttpRequest, response: HttpResponse, reference: str) -> None:
        """Write down that somebody saw this; a page that was refused showed nothing."""
        if not self.read_verb or response.status_code != 200:
            return
        with transaction.atomic():
            services.record(
                at=clock.now(),
                actor=f"staff:{request.viewer.staff_id}",  # type: ignore[attr-defined]
                verb=self.read_verb,
                object=reference,
            )


def roles_of(request: HttpRequest) -> frozenset[str]:
    """Return the roles of whoever asks; somebody unknown holds none."""
    viewer = getattr(request, "viewer", None)
    return frozenset(getattr(viewer, "roles", ()))


class ReadOnlyTabularInline(TabularInline):
    """Rows beside the one being looked at, for looking as well."""

    template = "admin/_looked_at.html"
    extra = 0
    can_delete = False
    show_change_link = False

    def may_look(self, request: HttpRequest) -> bool:
        """Tell whether this person may see these rows; a room says who, and until then nobody."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let in whom `may_look` lets in."""
        return self.may_look(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody removes."""
        return False
