"""Setting and ending the status of a child."""

from typing import Any

from django import forms

from concerns import policy
from concerns.forms.fields import words
from concerns.models import StatusFlag
from schoolsafe.lib import clock


def day(label: str) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Write the day, such as 15/09/2026."},
    )


class SetStatusForm(forms.Form):
    """A status, from when it holds, and what there is to know of it."""

    kind = forms.ChoiceField(
        label="Which status?",
        choices=[("", "Choose"), *((kind.value, kind.label) for kind in policy.FlagKind)],
    )
    since = day("Since when?")
    notes = words(
        "What is there to know of it?", "Read by the safeguarding team and the headteacher."
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a day to come."""
        typed = self.cleaned_data
        if since := typed.get("since"):
            fault = policy.flag_fault(since=since, ended_on=None, today=clock.today())
            if fault:
                self.add_error("since", fault)
        return typed


class EndStatusForm(forms.Form):
    """From which day a status no longer holds."""

    on = day("From which day does it no longer hold?")
    notes = words("What is there to know of its end?", rows=3)

    def __init__(self, *args: Any, flag: StatusFlag, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flag = flag

    def clean(self) -> dict[str, Any]:
        """Refuse a day to come, or before it began."""
        typed = self.cleaned_data
        if on := typed.get("on"):
            fault = policy.flag_fault(since=self.flag.since, ended_on=on, today=clock.today())
            if fault:
                self.add_error("on", fault)
        return typed
