"""What is filled in where a pupil of 16 or 17 is to decide themselves (E42)."""

from datetime import date
from typing import Any

from django import forms

from consent.forms.staff import StaffForm
from school import deciding
from school.deciding import Ground
from school.policy import Own
from schoolsafe.lib import clock

DAY = {"invalid": "Write a day, like 15/9/2026."}


class OwnConsentForm(StaffForm):
    """Why a pupil decides themselves, and from when to when."""

    cards = ("ground",)

    ground = forms.ChoiceField(
        label="Why?",
        widget=forms.RadioSelect,
        choices=[(one.value, one.words) for one in Ground],
        error_messages={"required": "Choose why."},
    )
    reasons = forms.CharField(
        label="What is it based on?",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="In your words: what the pupil wants, who has spoken with them, where the papers are. "
        "Only the office, the safeguarding team and the headteacher read it. It is kept encrypted.",
        error_messages={"required": "Write down what it is based on."},
    )
    begins_on = forms.DateField(
        label="From",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Choose the first day."} | DAY,
    )
    until = forms.DateField(
        label="Until",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="The last day. Leave it empty for: until 18.",
        error_messages=DAY,
    )

    def __init__(self, *args: Any, own: Own, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = own

    def clean_begins_on(self) -> date:
        """Refuse a day that is over."""
        day: date = self.cleaned_data["begins_on"]
        if day < clock.today():
            raise forms.ValidationError("It cannot begin before today.")
        return day

    def clean(self) -> dict[str, Any]:
        """Say beside the field what the law leaves to the guardians, or to the pupil anyway."""
        said: dict[str, Any] = super().clean() or {}
        found = deciding.faults(
            self.own,
            begins_on=said.get("begins_on"),
            until=said.get("until"),
            on=clock.today(),
        )
        for name, words in found.items():
            if name not in self.errors:
                self.add_error(name, words)
        return said

    def proposal(self) -> dict[str, Any]:
        """Return what is proposed."""
        return self.cleaned_data | {"ground": Ground(self.cleaned_data["ground"])}
