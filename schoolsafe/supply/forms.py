"""Who comes as supply staff, and from when until when."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from school import supply
from school.models import StaffMember
from schoolsafe.lib import clock

CHECKED = (
    "I have seen proof of identity and the agency's, or our own, written word on the DBS check"
)


def a_day(label: str) -> forms.DateField:
    """Return a field for a day: today unless another is chosen."""
    return forms.DateField(
        label=label,
        initial=clock.today,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class DaysForm(forms.Form):
    """From when until when, both included, and whether somebody saw that they may be with children."""

    starts_on = a_day("First day")
    ends_on = a_day("Last day")
    is_checked = forms.BooleanField(
        label=CHECKED,
        required=False,
        help_text="Your name stands beside it. Without it they are no adult on a call with pupils.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean(self) -> dict[str, Any]:
        """Refuse days that cannot be, beside the day."""
        typed = super().clean() or {}
        first, last = typed.get("starts_on"), typed.get("ends_on")
        today = clock.today()
        if first and (fault := supply.first_day_fault(first, today=today)):
            self.add_error("starts_on", fault)
        elif first and last and (fault := supply.last_day_fault(first, last, today=today)):
            self.add_error("ends_on", fault)
        return typed


class SupplyForm(DaysForm):
    """Somebody who has not been here before."""

    name = forms.CharField(label="Name", max_length=StaffMember._meta.get_field("name").max_length)
    email = forms.EmailField(
        label="E-mail address",
        max_length=150,
        help_text="Their own, not the agency's: the way to the password goes there.",
    )
    telephone = forms.CharField(
        label="Telephone",
        max_length=StaffMember._meta.get_field("telephone").max_length,
        required=False,
    )
    field_order = ("name", "email", "telephone", "starts_on", "ends_on", "is_checked")


class UntilForm(forms.Form):
    """Until when somebody stays on."""

    ends_on = a_day("Last day")
