"""Whose word stands for what families read in other languages."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join

from audit.readonly import ReadOnlyAdmin
from school import roles, services
from school.admin.kept import viewer_of
from school.models import (
    LanguageApproval,
)
from schoolsafe.lib import languages
from schoolsafe.lib.languages import BY_CODE, TRANSLATED


class ApprovalForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who read the texts of which language; only a language that has texts here can be named."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [
            (reverse("admin:school_languageapproval_texts", args=[code]), BY_CODE[code].english)
            for code in TRANSLATED
        ]
        links = format_html_join(", ", '<a href="{}">{}</a>', rows)
        self.fields["language"].help_text = format_html("The texts, to be read first: {}.", links)

    def clean_language(self) -> str:
        language = str(self.cleaned_data["language"])
        if not languages.texts(language):
            raise ValidationError("There is no translation into this language here.")
        return language


@admin.register(LanguageApproval)
class LanguageApprovalAdmin(ReadOnlyAdmin):
    """Whose word stands for the texts of a language: added to, never changed."""

    form = ApprovalForm
    list_display = ["language", "speaker", "approved_at", "recorded_by", "still_stands"]
    list_select_related = ["recorded_by"]

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_review_people(viewer_of(request))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return roles.may_approve_languages(viewer_of(request))

    def get_urls(self) -> Any:
        texts = self.admin_site.admin_view(self.texts)
        own = path("texts/<str:code>/", texts, name="school_languageapproval_texts")
        return [own, *super().get_urls()]

    def texts(self, request: HttpRequest, code: str) -> HttpResponse:
        """Show all that families read in a language beside its source, for a speaker to read."""
        if not self.may_look(request):
            raise PermissionDenied
        if code not in TRANSLATED:
            raise Http404
        language = BY_CODE[code]
        rows = [(_source(key), words) for key, words in languages.texts(code).items()]
        context = self.admin_site.each_context(request)
        context |= {"title": f"What families read in {language.english}", "language": language}
        return render(request, "admin/school/texts.html", context | {"texts": rows})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_fields(request, obj) if obj else ["language", "speaker"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return super().get_readonly_fields(request, obj) if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        asked: Any = request
        made = services.approve_language(by=asked.staff, language=obj.language, speaker=obj.speaker)
        obj.pk = made.pk

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Leave it to the service, which has written it down."""

    @admin.display(boolean=True, description="of the texts as they are")
    def still_stands(self, obj: LanguageApproval) -> bool:
        return obj.digest == languages.digest(obj.language)


def _source(key: Any) -> str:
    """Return the English of a text: where it counts something, the catalogue keeps the form beside."""
    words = str(key[0] if isinstance(key, tuple) else key)
    return words.rpartition("\x04")[2]
