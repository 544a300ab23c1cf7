"""What is filled in where a role is given, proposed or ended, and where somebody is looked for."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout
from django import forms

from school.models import RoleHeld
from school.roles import OPENS_CONCERNS, Role
from schoolsafe.lib import clock

DAY = {"invalid": "Write a day, like 15/9/2026."}


def day_field(label: str, **options: Any) -> forms.DateField:
    """Return a field for one day."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    errors = {"required": "Choose the day."} | DAY
    return forms.DateField(label=label, widget=widget, error_messages=errors, **options)


class StaffingForm(forms.Form):
    """A form whose first sending may show what it brings; `seen` says that it was shown."""

    cards: tuple[str, ...] = ()
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def helper(self) -> FormHelper:
        """Lay the fields out in their order, choices as cards."""
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        helper.layout = Layout(
            *[
                Field(name, wrapper_class="answers") if name in self.cards else Field(name)
                for name in self.fields
                if name != "seen"
            ]
        )
        return helper


class FindForm(forms.Form):
    """Whose roles, by a name or by a role."""

    q = forms.CharField(required=False, max_length=80)
    role = forms.TypedChoiceField(
        required=False,
        coerce=Role,
        choices=[("", "Every role"), *((r.value, r.words) for r in Role)],
    )


class GiveForm(StaffingForm):
    """A role for somebody else, from a day, until a day."""

    role = forms.TypedChoiceField(
        label="Role",
        coerce=Role,
        error_messages={
            "required": "Choose the role.",
            "invalid_choice": "This role is not yours to give or to propose. Choose another.",
        },
    )
    starts_on = day_field("From")
    ends_on = day_field(
        "Until", required=False, help_text="The last day. Leave it empty where no end is known."
    )
    reason = forms.CharField(
        label="Why?",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Only for a role that opens concerns. Whoever approves it reads this. It is kept encrypted.",
    )

    def __init__(self, *args: Any, offered: Sequence[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(role.value, _with_note(role)) for role in offered]
        self.fields["role"].choices = [("", "Choose one"), *choices]  # type: ignore[attr-defined]

    def clean_starts_on(self) -> date:
        """Refuse a day that is over."""
        day: date = self.cleaned_data["starts_on"]
        if day < clock.today():
            raise forms.ValidationError("It cannot begin before today.")
        return day

    def clean(self) -> dict[str, Any]:
        """Ask for the reason where a second person decides."""
        said: dict[str, Any] = super().clean() or {}
        starts_on, ends_on = said.get("starts_on"), said.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", "It would end before it begins.")
        if said.get("role") in OPENS_CONCERNS and not said.get("reason", "").strip():
            self.add_error("reason", "Write down why: a second person decides by it.")
        return said


class EndForm(StaffingForm):
    """When a role ends: at once, or with a day."""

    cards = ("when",)

    when = forms.ChoiceField(
        label="When does it end?",
        widget=forms.RadioSelect,
        choices=[("at_once", "At once"), ("day", "With a day")],
        error_messages={"required": "Choose when it ends."},
    )
    ends_on = day_field("The last day", required=False)

    def __init__(self, *args: Any, held: RoleHeld, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held = held

    def clean(self) -> dict[str, Any]:
        """Ask for the day where it ends with one, and refuse one that cannot be."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("when") != "day" or "ends_on" in self.errors:
            return said
        fault = self._fault(said.get("ends_on"))
        if fault:
            self.add_error("ends_on", fault)
        return said

    def _fault(self, day: date | None) -> str:
        if day is None:
            return "Choose the last day."
        if day < clock.today() and self.held.staff.user.is_active:
            return "It cannot end before today. To take it off now, end it at once."
        if self.held.starts_on is not None and day < self.held.starts_on:
            return "It would end before it begins. To take it back, end it at once."
        return ""

    @property
    def last_day(self) -> date | None:
        """Return the last day; None where it ends at once."""
        day: date | None = self.cleaned_data["ends_on"]
        return day if self.cleaned_data["when"] == "day" else None


def _with_note(role: Role) -> str:
    return f"{role.words} (a second person approves it)" if role in OPENS_CONCERNS else role.words
