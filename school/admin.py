"""People for looking; the calendar, the rota, classes and roles for keeping in order."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join

from audit import services as audit
from audit.coded import InWords
from audit.readonly import ReadOnlyAdmin, ReadOnlyTabularInline
from school import roles, selectors, services
from school.models import (
    Absence,
    ClosedDay,
    DutySlot,
    Guardian,
    Guardianship,
    LanguageApproval,
    OwnConsent,
    Pupil,
    RoleHeld,
    School,
    StaffMember,
    TeachingGroup,
    Term,
    YearLead,
)
from school.roles import Role, Viewer
from schoolsafe.lib import clock, languages
from schoolsafe.lib.languages import BY_CODE, TRANSLATED


def viewer_of(request: HttpRequest) -> Viewer:
    """Return whoever asks, as the rules see them."""
    asked: Any = request
    viewer: Viewer = asked.viewer
    return viewer


# Where a role's own word, written out, would not tell.
ROLES = {
    Role.SAFEGUARDING.value: "Deputy lead of the safeguarding team",
    Role.DSL.value: "Designated safeguarding lead",
    Role.CHAIR.value: "Chair of governors",
    Role.OFFICE.value: "School office",
    Role.IT.value: "IT",
}


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


@admin.register(School)
class SchoolAdmin(KeptAdmin):
    list_display = ["name", "office_telephone", "office_email"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_keep(request) and not School.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Term)
class TermAdmin(KeptAdmin):
    list_display = ["name", "starts_on", "ends_on"]


@admin.register(ClosedDay)
class ClosedDayAdmin(KeptAdmin):
    list_display = ["day", "reason"]


@admin.register(TeachingGroup)
class TeachingGroupAdmin(KeptAdmin):
    list_display = ["name", "year_group"]
    search_fields = ["name"]
    filter_horizontal = ["pupils", "staff"]

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_review_people(viewer_of(request))

    def may_keep(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_look(request)


@admin.register(YearLead)
class YearLeadAdmin(RotaAdmin):
    """Who leads which year: told when a pupil of it was sent out of a call (P11)."""

    list_display = ["staff", "year_group"]
    list_filter = ["year_group"]
    list_select_related = ["staff"]


@admin.register(DutySlot)
class DutySlotAdmin(RotaAdmin):
    list_display = ["staff", "weekday", "starts_at", "ends_at"]
    list_filter = ["weekday"]


@admin.register(Absence)
class AbsenceAdmin(RotaAdmin):
    list_display = ["staff", "starts_at", "ends_at", "reason"]


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
    list_display = ["family_name", "given_name", "year_group", "consent_mode", "left_on"]
    list_display_links = ["family_name", "given_name"]
    list_filter = ["year_group", "consent_mode"]
    search_fields = ["family_name", "given_name"]
    inlines = [GuardiansOf]


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
    list_display = ["name", "email", "telephone", "language"]
    coded = {"language": {code: one.english for code, one in BY_CODE.items()}}
    search_fields = ["name", "=email"]
    inlines = [PupilsOf]


@admin.register(Guardianship)
class GuardianshipAdmin(PeopleAdmin):
    read_verb = "guardianship.read"
    list_display = ["guardian", "pupil", "relationship", "counts_for_consent", "blocked_from"]
    list_filter = ["counts_for_consent", "has_parental_responsibility"]
    list_select_related = ["guardian", "pupil"]
    search_fields = ["guardian__name", "pupil__family_name"]


@admin.register(OwnConsent)
class OwnConsentAdmin(PeopleAdmin):
    read_verb = "own_consent.read"
    list_display = ["pupil", "begins_on", "until", "asked_by", "approved_by", "ended_at"]
    list_select_related = ["pupil", "asked_by", "approved_by"]
    search_fields = ["pupil__family_name"]


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


class RolesOf(ReadOnlyTabularInline):
    model = RoleHeld
    fields: ClassVar[Any] = (InWords("role", ROLES), "starts_on", "ends_on")
    readonly_fields = fields

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_enter_records(viewer_of(request))


@admin.register(StaffMember)
class StaffMemberAdmin(KeptAdmin):
    """The staff, for looking; IT notes under which id Microsoft knows somebody, and nothing else."""

    list_display = ["name", "telephone", "is_eligible_for_calls"]
    search_fields = ["name"]
    inlines = [RolesOf]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = [field.name for field in StaffMember._meta.fields if not field.primary_key]
        return [name for name in fields if name != "entra_id" or not self.may_keep(request, obj)]


def roles_behind(user_id: int) -> frozenset[Role]:
    """Return the roles of the person behind an account."""
    held = RoleHeld.objects.filter(staff__user=user_id).values_list("role", flat=True)
    return frozenset(map(Role, held))


class AccountsAdmin(KeptAdmin):
    """What belongs to an account: IT keeps most, the safeguarding team its own."""

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_manage_accounts(viewer_of(request))

    def may_keep(self, request: HttpRequest, obj: Any = None) -> bool:
        held = frozenset() if obj is None else roles_behind(self.account_id(obj))
        return roles.may_manage_account_of(viewer_of(request), held)

    def account_id(self, obj: Any) -> int:
        return int(obj.user_id)


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A role for somebody else, within what the asker may give."""

    viewer: Viewer

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        staff, role = cleaned.get("staff"), cleaned.get("role")
        if staff is not None and staff.pk == self.viewer.staff_id:
            raise ValidationError("Nobody changes their own roles. Ask the headteacher.")
        if role and not roles.may_manage_account_of(self.viewer, frozenset({Role(role)})):
            raise ValidationError("Only the designated lead or the headteacher gives this role.")
        return cleaned


class RoleHeldAdmin(AccountsAdmin):
    """Roles; registered where letters can be written: the leaders hear of some of them."""

    form = RoleForm
    list_display = ["staff", "role", "starts_on", "ends_on"]
    list_filter = ["role"]
    coded = {"role": ROLES}

    def account_id(self, obj: Any) -> int:
        return int(obj.staff.user_id)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the roles in words."""
        if db_field.name == "role":
            said = self.column("role").said
            kwargs["choices"] = [("", "Choose one"), *((role.value, said(role)) for role in Role)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def may_keep(self, request: HttpRequest, obj: Any = None) -> bool:
        own = obj is not None and obj.staff_id == viewer_of(request).staff_id
        return not own and super().may_keep(request, obj)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        return type("RoleForm", (form,), {"viewer": viewer_of(request)})
