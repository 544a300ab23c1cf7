"""What registers of people, and those that are kept in order, have in common."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from audit import services as audit
from audit.readonly import ReadOnlyAdmin
from school import roles, selectors
from school.roles import Viewer
from schoolsafe.lib import clock


def viewer_of(request: HttpRequest) -> Viewer:
    """Return whoever asks, as the rules see them."""
    asked: Any = request
    viewer: Viewer = asked.viewer
    return viewer


class PeopleAdmin(ReadOnlyAdmin):
    """People, for looking, by those who look them up in their work."""

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

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_enter_records(viewer_of(request))


class KeptAdmin(ReadOnlyAdmin):
    """Reference data that some may change; each change is in the audit, by field and never by value."""

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

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        return sorted(form.changed_data)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._record(request, "add", [obj], message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._record(request, "change", [obj], message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
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
