"""Which member of staff, and which Microsoft account."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from crispy_forms.helper import FormHelper
from django import forms

from school.models import StaffMember
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
