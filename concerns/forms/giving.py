"""The forms of giving: a concern to somebody else, and the tasks of a concern."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from concerns.forms.acts import ActForm, Here
from concerns.forms.fields import words
from school.models import StaffMember
from schoolsafe.lib import clock


def colleague(label: str, hint: str = "") -> "forms.ModelChoiceField[StaffMember]":
    """Return a field for one of the members of staff whom the form offers."""
    return forms.ModelChoiceField(
        label=label,
        help_text=hint,
        queryset=StaffMember.objects.none(),
        empty_label="Choose",
        error_messages={"invalid_choice": "Choose one of the people in the list."},
    )


def offer_colleagues(form: forms.Form, name: str, ids: Sequence[int]) -> None:
    """Offer these members of staff in a field, and nobody else."""
    staff = StaffMember.objects.filter(pk__in=ids).select_related("user")
    form.fields[name].queryset = staff  # type: ignore[attr-defined]


def day(label: str) -> forms.DateField:
    """Return a field for a day that is not over."""
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Write the day, such as 15/09/2026."},
    )


class HandOnForm(ActForm):
    """Who has it from now on."""

    to = colleague("Who has it from now on?", "Only those who may read it.")
    reasons = words("Why?", rows=3, required=True)

    def __init__(self, *args: Any, here: Here, **kwargs: Any) -> None:
        super().__init__(*args, here=here, **kwargs)
        offer_colleagues(self, "to", [pk for pk in here.readers if pk != here.concern.owner_id])


class GiveForm(ActForm):
    """Who does a task, and by when."""

    to = colleague("Who does it?", "Only those who may read the concern.")
    due_on = day("By when?")

    def __init__(self, *args: Any, here: Here, **kwargs: Any) -> None:
        super().__init__(*args, here=here, **kwargs)
        offer_colleagues(self, "to", here.readers)

    def clean_due_on(self) -> date:
        """Refuse a day that is over."""
        due: date = self.cleaned_data["due_on"]
        if due < clock.today():
            raise forms.ValidationError("This day is over: choose today or later.")
        return due


class TaskForm(GiveForm):
    """Something to do."""

    what = words("What is to be done?", rows=2, required=True)
    field_order = ("what", "to", "due_on")

    def said(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        typed = self.cleaned_data
        return {"what": typed["what"], "owner": typed["to"], "due_on": typed["due_on"]}


class DoneForm(ActForm):
    """How a task ended."""

    text = words("What was done?", rows=3, required=True)
