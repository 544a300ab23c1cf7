"""Pupils, guardians and what ties them, for looking."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from audit.coded import IsSetFilter
from audit.readonly import ReadOnlyTabularInline
from school import roles
from school.admin.kept import PeopleAdmin, viewer_of
from school.models import (
    Guardian,
    Guardianship,
    OwnConsent,
    Pupil,
)
from schoolsafe.lib.languages import BY_CODE


class GuardiansOf(ReadOnlyTabularInline):
    model = Guardianship
    fields = readonly_fields = (
        "guardian",
        "relationship",
        "counts_for_consent",
        "is_named_for_consent",
        "blocked_from",
        "blocked_until",
    )

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_review_people(viewer_of(request))


@admin.register(Pupil)
class PupilAdmin(PeopleAdmin):
    pupil = "pk"
    history_verb = "pupil.read"
    list_display = ["family_name", "given_name", "year_group", "consent_mode", "left_on"]
    list_display_links = ["family_name", "given_name"]
    list_filter = ["year_group", "consent_mode", ("left_on", IsSetFilter)]
    search_fields = ["family_name", "given_name"]
    inlines = [GuardiansOf]

    def page_of(self, row: Pupil) -> str:
        return reverse("consent:pupil", args=[row.pk])


class PupilsOf(GuardiansOf):
    fields = readonly_fields = (
        "pupil",
        "relationship",
        "counts_for_consent",
        "is_named_for_consent",
        "blocked_from",
        "blocked_until",
    )


@admin.register(Guardian)
class GuardianAdmin(PeopleAdmin):
    pupil = "pupils"
    history_verb = "guardian.read"
    list_display = ["name", "email", "telephone", "language"]
    coded = {"language": {code: one.english for code, one in BY_CODE.items()}}
    search_fields = ["name", "=email"]
    # Where families are reached leaves by no list: one who may not be written to would be in it (E30).
    stays_here = ("email", "telephone")
    inlines = [PupilsOf]

    def page_of(self, row: Guardian) -> str:
        return reverse("consent:guardian", args=[row.pk])


@admin.register(Guardianship)
class GuardianshipAdmin(PeopleAdmin):
    read_verb = "guardianship.read"
    list_display = ["guardian", "pupil", "relationship", "counts_for_consent", "blocked_from"]
    list_filter = [
        "counts_for_consent",
        "has_parental_responsibility",
        "awaits_confirmation",
        ("blocked_from", IsSetFilter),
    ]
    list_select_related = ["guardian", "pupil"]
    search_fields = ["guardian__name", "pupil__family_name"]

    def page_of(self, row: Guardianship) -> str:
        return reverse("consent:guardian", args=[row.guardian_id])


@admin.register(OwnConsent)
class OwnConsentAdmin(PeopleAdmin):
    keeps_history = False
    read_verb = "own_consent.read"
    list_display = ["pupil", "begins_on", "until", "asked_by", "approved_by", "ended_at"]
    list_select_related = ["pupil", "asked_by", "approved_by"]
    search_fields = ["pupil__family_name"]
    date_hierarchy = "begins_on"

    def page_of(self, row: OwnConsent) -> str:
        return reverse("consent:pupil", args=[row.pupil_id])
