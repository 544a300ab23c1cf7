"""What is imagined when the ladder is played."""

from datetime import datetime
from typing import Any

from django import forms

from concerns import policy, selectors
from concerns.forms.fields import moment
from school.models import StaffMember
from schoolsafe.lib import clock


class SimulationForm(forms.Form):
    """A moment, how urgent, who is away and who must not be told: nothing of it is kept."""

    at = moment(label="Logged when?", required=True)
    urgency = forms.ChoiceField(
        label="How soon must somebody read it?",
        widget=forms.RadioSelect,
        choices=[(policy.Urgency.URGENT.value, "Now"), (policy.Urgency.ROUTINE.value, "Today")],
    )
    about = forms.ModelChoiceField(
        label="It is about a member of staff",
        required=False,
        queryset=StaffMember.objects.none(),
        empty_label="No, about a child",
    )
    away = forms.MultipleChoiceField(
        label="Suppose they are away",
        help_text="Besides the leave that is entered.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    outside = forms.MultipleChoiceField(
        label="Suppose they must not be told",
        help_text="Because they are family of the child, or it is about them.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(row.pk), row.name) for row in selectors.handlers(clock.today())]
        for name in ("away", "outside"):
            self.fields[name].choices = people  # type: ignore[attr-defined]
        staff = StaffMember.objects.working().select_related("user")
        self.fields["about"].queryset = staff  # type: ignore[attr-defined]

    def question(self) -> selectors.Question:
        """Return what is imagined, as the ladder takes it."""
        typed = self.cleaned_data
        at: datetime = typed["at"]
        return selectors.Question(
            at=at,
            urgency=policy.Urgency(typed["urgency"]),
            away=frozenset(map(int, typed["away"])),
            outside=frozenset(map(int, typed["outside"])),
            about=typed["about"],
        )
