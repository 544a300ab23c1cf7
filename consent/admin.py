from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from audit.coded import IsSetFilter
from audit.readonly import ReadOnlyAdmin
from consent.models import Answer, Question, Request, StandingConsent
from consent.selectors.rewordings import rewordings_told
from school.admin import viewer_of
from school.roles import may_review_meetings
from school.selectors import kin_of
from schoolsafe.lib.history import Told


class ReviewAdmin(ReadOnlyAdmin):
    """For the safeguarding team and the headteacher, to look through; a superuser is neither."""

    def may_look(self, request: HttpRequest) -> bool:
        viewer = getattr(request, "viewer", None)
        return viewer is not None and may_review_meetings(viewer)

    # What leads from a row to its pupil.
    pupil = "pupil_id"

    def page_of(self, row: Any) -> str:
        return reverse("consent:pupil", args=[attrgetter(self.pupil)(row)])

    def but_kin(self, request: HttpRequest, field: str) -> Any:
        """Leave out what a reader's own family said: it is nothing for them (E30, E35, E42)."""
        kin = kin_of(viewer_of(request).staff_id)
        return super().get_queryset(request).exclude(**{f"{field}__in": kin})


@admin.register(Question)
class QuestionAdmin(ReviewAdmin):
    keeps_history = True
    list_display = ["about", "version", "asked_at", "closes_at", "closed_at"]
    list_select_related = ["asked_by"]
    date_hierarchy = "closes_at"
    search_fields = ["asked_by__name"]

    def page_of(self, row: Any) -> str:
        """Return nothing: a question is about several pupils, and their pages show its answers."""
        return ""

    def told_besides(self, request: HttpRequest, row: Question) -> Iterable[Told]:
        return rewordings_told(row)


@admin.register(Request)
class RequestAdmin(ReviewAdmin):
    list_display = ["pupil", "guardian", "question", "asked_at", "ended_at", "failed_at"]
    list_select_related = ["pupil", "guardian", "question"]
    list_filter = [
        ("ended_at", IsSetFilter),
        ("failed_at", IsSetFilter),
    ]
    date_hierarchy = "asked_at"
    search_fields = ["pupil__family_name", "pupil__given_name", "guardian__name"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return self.but_kin(request, "pupil")


@admin.register(Answer)
class AnswerAdmin(ReviewAdmin):
    read_verb = "consent.read"
    list_display = ["request_of", "kind", "name", "channel", "is_by_someone_else", "at"]
    list_filter = ["kind", "channel", "is_by_someone_else"]
    coded = {
        "kind": {},
        "channel": {
            "link": "By link",
            "telephone": "By telephone",
            "paper": "On paper",
            "standing": "By a yes for the school year",
        },
    }
    list_select_related = ["request__pupil"]
    pupil = "request.pupil_id"
    date_hierarchy = "at"
    search_fields = ["request__pupil__family_name", "request__pupil__given_name", "name"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return self.but_kin(request, "request__pupil")

    @admin.display(description="pupil")
    def request_of(self, answer: Answer) -> str:
        return str(answer.request.pupil)


@admin.register(StandingConsent)
class StandingConsentAdmin(ReviewAdmin):
    read_verb = "consent.read"
    list_display = [
        "pupil",
        "guardian",
        "kind_name",
        "is_recorded",
        "until",
        "given_at",
        "ended_at",
    ]
    list_filter = ["kind_name", "is_recorded", ("ended_at", IsSetFilter)]
    list_select_related = ["pupil", "guardian"]
    date_hierarchy = "given_at"
    search_fields = ["pupil__family_name", "pupil__given_name", "guardian__name"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return self.but_kin(request, "pupil")
