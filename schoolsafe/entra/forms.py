"""Which member of staff, and which Microsoft account."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from crispy_forms.helper import FormHelper
from django import forms

from school.claims import LONGEST, Claim, Kind, cleaned, fault_of, may_be_mapped
from school.models import RoleClaim, StaffMember
from school.roles import Role
from schoolsafe.lib.rows import names_a_row

if TYPE_CHECKING:
    # Only the type checker knows it as generic.
    StaffField = forms.ModelChoiceField[StaffMember]
else:
    StaffField = forms.ModelChoiceField


class OneOfStaff(StaffField):
    """One of the staff; a number that no row can have is no choice, whatever the database."""

    def to_python(self, value: Any) -> StaffMember | None:
        """Refuse it before it is looked up: SQLite takes no number beyond 64 bits."""
        if value not in self.empty_values and not names_a_row(value):
            raise forms.ValidationError(self.error_messages["invalid_choice"])
        return super().to_python(value)


class TieForm(forms.Form):
    """A member of staff who has no tie yet, and the object id of an account."""

    staff = OneOfStaff(
        label="Member of staff",
        queryset=StaffMember.objects.none(),
        empty_label="Choose somebody",
        error_messages={
            "required": "Choose whose account it is.",
            "invalid_choice": "This person is tied already, or is not yours to tie. Choose again.",
        },
    )
    object_id = forms.UUIDField(
        label="Object id",
        help_text="In Microsoft Entra, Users, the person's page: 36 characters with four hyphens.",
        error_messages={
            "required": "Paste the object id of the Microsoft account.",
            "invalid": "An object id looks like 8f6a4c1e-2b3d-4e5f-9a0b-1c2d3e4f5a6b.",
        },
    )

    def __init__(self, *args: Any, people: Iterable[StaffMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [person.pk for person in people]
        field = self.fields["staff"]
        field.queryset = StaffMember.objects.filter(pk__in=offered)  # type: ignore[attr-defined]
        self.helper = FormHelper()
        self.helper.form_tag = False


class ClaimForm(forms.Form):
    """A group or an app role of Microsoft Entra, and the role that it is to give."""

    kind = forms.TypedChoiceField(
        label="What it is",
        coerce=Kind,
        choices=[(one.value, one.words) for one in Kind],
        error_messages={"required": "Choose what it is.", "invalid_choice": "Choose what it is."},
    )
    value = forms.CharField(
        label="Object id of the group, or value of the app role",
        max_length=LONGEST,
        help_text="In Microsoft Entra, Groups, the group's page; or App registrations, App roles, Value.",
        error_messages={
            "required": "Paste the object id of the group, or the value of the app role."
        },
    )
    role = forms.TypedChoiceField(
        label="Role here",
        coerce=Role,
        choices=[
            ("", "Choose one"),
            *((role.value, role.words) for role in Role if may_be_mapped(role)),
        ],
        help_text="A role that opens concerns is not among them: two people give it, and no group.",
        error_messages={
            "required": "Choose the role.",
            "invalid_choice": "Choose a role of the list. One that opens concerns is given by two people, "
            "and by no group.",
        },
    )
    note = forms.CharField(
        label="Name of the group",
        required=False,
        max_length=RoleClaim._meta.get_field("note").max_length,
        help_text="For people to read: Microsoft tells us its id and not its name.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean(self) -> dict[str, Any]:
        """Say beside the field what can be no group or app role."""
        said: dict[str, Any] = super().clean() or {}
        if "kind" in said and "value" in said:
            fault = fault_of(self.claim)
            if fault:
                self.add_error("value", fault)
        return said

    @property
    def claim(self) -> Claim:
        """Return what was filled in, as it is kept."""
        kind: Kind = self.cleaned_data["kind"]
        return Claim(kind=kind, value=cleaned(kind, self.cleaned_data["value"]))
