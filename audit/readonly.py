"""The admin as a place for looking: nothing in it adds, changes or removes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from audit import exporting, services
from audit.coded import InWords, InWordsFilter
from audit.paging import UpTo
from schoolsafe.lib import clock, spreadsheet
from schoolsafe.lib.history import Told

if TYPE_CHECKING:
    # Only the type checker knows these as generic.
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, models.Model]
else:
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline


# What Django's own filters put behind the name of a field.
LOOKS = frozenset({"", "__exact", "__id__exact", "__isnull", "__isempty", "__gte", "__lt"})
DATES = frozenset({"__year", "__month", "__day", "__gte", "__lt"})


class NoQuestions(ModelAdmin):
    """A register that answers no question in its address but those of its own filters.

    Django takes any field of the model there, and any field that points to it. Whoever may open the list
    of accounts could read a password's hash letter by letter, and the list of staff would tell who
    logged a concern (E8).
    """

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Allow what the filters beside the list and the line of dates above it ask for."""
        filters = self.get_list_filter(request) if request else self.list_filter
        asked = {name + look for name in map(_asked_by, filters) for look in LOOKS}
        return lookup in asked | {f"{self.date_hierarchy}{look}" for look in DATES}

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """Allow no row to be found by the rows that point to it."""
        return False

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Find a row by its name as we write it, and by no other: what was seen is written down under that.

        Django takes 01 for 1 as well; the look would stand in the audit of a record that is none.
        """
        row = super().get_object(request, object_id, from_field)
        return row if row is not None and str(row.pk) == object_id else None

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Show one row, with the way to what happened to it."""
        context["history_url"] = "../history/" if context.get("original") is not None else ""
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what was changed of a row, as the site of the records tells it: Django's own history is empty.

        Raises Http404 where there is none, or none for this person.
        """
        row = self.get_object(request, unquote(object_id))
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        site: Any = self.admin_site
        answer: HttpResponse = site.history_page(
            request, self, row, self.seen_object(request, unquote(object_id))
        )
        return answer

    def shown_fields(self, request: HttpRequest, row: Any) -> frozenset[str]:
        """Return the fields of a row that this person sees on its page."""
        shown = flatten_fieldsets(self.get_fieldsets(request, row))
        return frozenset(getattr(one, "field", one) for one in shown)

    def seen_object(self, request: HttpRequest, object_id: str) -> str:
        """Return the name under which the audit knows the row at an address."""
        return f"{self.model._meta.label_lower}:{object_id}"


def _asked_by(given: Any) -> str:
    """Return the name under which a filter asks."""
    if isinstance(given, str):
        return given
    if isinstance(given, tuple):
        return str(given[0])
    return str(given.parameter_name)


class ReadOnlyAdmin(NoQuestions):
    """A register that may be looked at by those whom `may_look` lets in, and by nobody else.

    With a `read_verb`, each look at the list and at one row is itself recorded. What a field of
    `coded` keeps is told in words: those that are given, or its own written out. What the list shows
    can be taken as a file, which is recorded always, but for the columns of `stays_here`.

    What stood in a row before is told by its history: where `keeps_history`, the changes that were kept of
    it, with whoever is on it by `beside` (what that is called, and what kind of record it is);
    elsewhere why there are none. Where `keeps_removed`, what was removed can be seen as well. A `history_verb` records a look at it where a look at the row is not recorded.
    """

    read_verb = ""
    history_verb = ""
    keeps_history = False
    keeps_removed = False
    beside: Mapping[str, tuple[str, str]] = {}
    unchanging = "What stands here is never written over. What happens later is added, each step with its own time."
    coded: Mapping[str, Mapping[str, str]] = {}
    stays_here: Sequence[str] = ()
    actions = None
    show_full_result_count = False
    paginator = UpTo
    change_list_template = "admin/register.html"

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
        meta = self.model._meta
        register = f"{meta.app_label}_{meta.model_name}"
        title = str(meta.verbose_name_plural)
        own = {
            "title": title[:1].upper() + title[1:],
            "register": register,
            "export_url": reverse(f"admin:{register}_export"),
        }
        if self.keeps_removed:
            own["removed_url"] = reverse(f"admin:{register}_removed")
        response = super().changelist_view(request, {**own, **(extra_context or {})})
        self._record_look(request, response, self.model._meta.label_lower, verb=self.read_verb)
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show one row with the way to its page, and record that it was seen."""
        response = super().changeform_view(request, object_id, form_url, extra_context)
        shown = getattr(response, "context_data", None)
        if shown is not None and shown.get("original") is not None:
            shown["page_url"] = self.page_of(shown["original"])
        if object_id is not None:
            record = self.seen_object(request, object_id)
            self._record_look(request, response, record, verb=self.read_verb)
        return response

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what was changed of a row, and record that it was seen."""
        response = super().history_view(request, object_id, extra_context)
        record = self.seen_object(request, unquote(object_id))
        self._record_look(request, response, record, verb=self.history_verb or self.read_verb)
        return response

    def told_besides(self, request: HttpRequest, row: Any) -> Iterable[Told]:
        """Return what other rows keep of the changes of a row, with both values; most keep none."""
        return ()

    def page_of(self, row: Any) -> str:
        """Return the address of the page on which people work with what a row tells of, or nothing."""
        return ""

    def get_urls(self) -> list[Any]:
        """Add the way to take a list as a file, and to what was removed from it."""
        take = require_POST(self.admin_site.admin_view(self.export_view))
        meta = self.model._meta
        stem = f"{meta.app_label}_{meta.model_name}"
        own = [path("export/", take, name=f"{stem}_export")]
        if self.keeps_removed:
            look = require_safe(self.admin_site.admin_view(self.removed_view))
            own.append(path("removed/", look, name=f"{stem}_removed"))
        return [*own, *super().get_urls()]

    def removed_view(self, request: HttpRequest) -> HttpResponse:
        """Show what the removed rows of this register said last. Raises PermissionDenied for others."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        site: Any = self.admin_site
        answer: HttpResponse = site.removed_page(request, self)
        return answer

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """Give what the list shows with the same filters, and record that it was taken.

        Raises PermissionDenied for whoever may not look; more rows than are given at once lead back.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        meta = self.model._meta
        here = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        try:
            shown = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return redirect(here)
        rows = list(shown.queryset[: exporting.MOST + 1])
        if len(rows) > exporting.MOST:
            words = (
                f"More than {exporting.MOST:,} rows: narrow them down first, by a date for example."
            )
            messages.error(request, words)
            return redirect(f"{here}?{request.GET.urlencode()}")
        return self._as_file(request, shown, rows)

    def _as_file(self, request: HttpRequest, shown: ChangeList, rows: list[Any]) -> HttpResponse:
        """Return rows as a file, and record who took how many by which filters."""
        columns = [name for name in shown.list_display if name not in self.stays_here]
        table = [exporting.headings(self, columns), *exporting.lines(self, columns, rows)]
        with services.atomic():
            services.record(
                at=clock.now(),
                actor=f"staff:{request.viewer.staff_id}",  # type: ignore[attr-defined]
                verb="records.export",
                object=self.model._meta.label_lower,
                rows=len(rows),
                filters=sorted(request.GET),
            )
        answer = HttpResponse(spreadsheet.written(table), content_type="text/csv; charset=utf-8")
        name = f"{self.model._meta.model_name}-{clock.local(clock.now()):%Y-%m-%d}.csv"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def _record_look(
        self, request: HttpRequest, response: HttpResponse, reference: str, *, verb: str
    ) -> None:
        """Write down that somebody saw this; a page that was refused showed nothing."""
        if not verb or response.status_code != 200:
            return
        with services.atomic():
            services.record(
                at=clock.now(),
                actor=f"staff:{request.viewer.staff_id}",  # type: ignore[attr-defined]
                verb=verb,
                object=reference,
            )


class NamedRows(ChangeList):
    """A list whose rows lead to addresses that tell nothing of their neighbours."""

    def url_for_result(self, result: Any) -> str:
        """Return the address of a row by its name."""
        register: Any = self.model_admin
        meta = register.opts
        view = f"{register.admin_site.name}:{meta.app_label}_{meta.model_name}_change"
        return reverse(view, args=[register.name_of(result)])


class UnnumberedAdmin(ReadOnlyAdmin):
    """A register in which some rows are not for everybody: no number tells of them by a gap (E8).

    Rows have no page of their own, unless a register gives each a random name for its address
    (`NamedAdmin`).
    """

    list_display_links: Any = None

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Find no row by its number. Raises Http404."""
        raise Http404


class NamedAdmin(UnnumberedAdmin):
    """A register whose rows are found by a random name, and by nothing else.

    `name_of` returns it, and `named` those of some rows that have it: one or none.
    """

    list_display_links: Any = ()
    name_of: Callable[[Any], str]
    named: Callable[[Any, str], Any]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list whose addresses have no numbers."""
        return NamedRows

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Find a row that this person may see by its name, and by nothing else.

        Raises Http404 where there is none.
        """
        return get_object_or_404(self.named(self.get_queryset(request), object_id))


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
