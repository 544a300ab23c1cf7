"""What registers of people, and those that are kept in order, have in common."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from audit import services as audit
from audit.readonly import ReadOnlyAdmin
from school import roles, selectors
from school.roles import Viewer
from school.services import revisions
from school.services.locks import lock_row
from schoolsafe.lib import clock


def viewer_of(request: HttpRequest) -> Viewer:
    """Return whoever asks, as the rules see them."""
    asked: Any = request
    viewer: Viewer = asked.viewer
    return viewer


class PeopleAdmin(ReadOnlyAdmin):
    """People, for looking, by those who look them up in their work."""

    keeps_history = True
    # What leads from a row to the pupil that it is about.
    pupil = "pupil"

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_review_people(viewer_of(request))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave out a reader's own family: an order, or the pupil, may keep them away (E30, E42)."""
        kin = selectors.kin_of(viewer_of(request).staff_id)
        return super().get_queryset(request).exclude(**{f"{self.pupil}__in": kin})


class LookAdmin(ReadOnlyAdmin):
    """What is changed on a page of its own, and only looked at here."""

    keeps_history = True
    keeps_removed = True

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_enter_records(viewer_of(request))


class KeptAdmin(ReadOnlyAdmin):
    """Reference data that some may change.

    Each change is in the audit, by field and never by value; what stood there before is kept beside it, and
    of a row that is removed what it said last, where `keeps_removed`.
    """

    keeps_history = True
    keeps_removed = True

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_enter_records(viewer_of(request))

    def may_keep(self, request: HttpRequest, obj: Any = None) -> bool:
        return roles.may_manage_accounts(viewer_of(request))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_keep(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_keep(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_keep(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if self.may_keep(request, obj):
            return list(map(str, self.readonly_fields))
        return super().get_readonly_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write what was filled in, with what stood there before."""
        if change:
            stood = lock_row(self.model, obj.pk, no_key=False)
            several = {one.name for one in self.model._meta.many_to_many}
            form.stood = revisions.stands(stood, [one for one in form.fields if one not in several])
            form.were_in = {one: _numbers(stood, one) for one in form.fields if one in several}
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Write what belongs to a row, and keep what all of it was before."""
        super().save_related(request, form, formsets, change)
        if not change:
            return
        asked: Any = request
        changed = revisions.since(form.instance, form.stood)
        for name, were_in in form.were_in.items():
            are_in = _numbers(form.instance, name)
            changed |= revisions.members(name, gone=were_in - are_in, come=are_in - were_in)
        revisions.note(form.instance, changed, by=asked.staff)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        return sorted(form.changed_data)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._record(request, "add", [obj], message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._record(request, "change", [obj], message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        asked: Any = request
        for row in queryset if self.keeps_removed else ():
            revisions.note_gone(row, by=asked.staff)
        self._record(request, "delete", queryset, [])

    def _record(
        self, request: HttpRequest, verb: str, rows: Iterable[Model], fields: list[str]
    ) -> None:
        label = self.model._meta.label_lower
        audit.record_many(
            at=clock.now(),
            rows=[
                audit.Row(
                    actor=f"staff:{viewer_of(request).staff_id}",
                    verb=f"{label.split('.')[1]}.{verb}",
                    object=f"{label}:{row.pk}",
                    detail={"fields": fields},
                )
                for row in rows
            ],
        )


class RotaAdmin(KeptAdmin):
    """Who is on duty and who is away: kept by those who answer for it."""

    def may_keep(self, request: HttpRequest, obj: Any = None) -> bool:
        return roles.may_manage_rota(viewer_of(request))


def _numbers(row: Any, name: str) -> set[int]:
    """Return the numbers of the rows that belong to a row by this name."""
    return set(getattr(row, name).values_list("pk", flat=True))
