"""The forms about how long a concern is kept, and what is destroyed."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from concerns import policy
from concerns.forms.fields import words
from schoolsafe.lib import clock

WHYS = [(why.value, why.label) for why in policy.HoldWhy]


def day(label: str, **options: Any) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Write the day, such as 15/09/2026."},
        **options,
    )


class HoldForm(forms.Form):
    """What keeps a concern, or a child's file, beyond its day."""

    why = forms.ChoiceField(
        label="Who needs it kept?",
        widget=forms.RadioSelect,
        choices=WHYS,
        error_messages={"required": "Choose one."},
    )
    reasons = words("Why, and until what happens?", "With their reference, if there is one.",
                    rows=3, required=True)  # fmt: skip


class LiftForm(forms.Form):
    """Why a hold ends."""

    because = words("Why can it end?", "Who said so, and when.", rows=3, required=True)


class KeepForm(forms.Form):
    """Until when a concern is kept, as somebody has decided."""

    day = day("Keep it until")
    reasons = words("Why until then?", rows=3, required=True)

    def __init__(self, *args: Any, first: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first = first
        self.fields["day"].help_text = f"Not before {clock.date_in_words(first)}."

    def clean_day(self) -> date:
        """Refuse a day before the concern's own."""
        typed: date = self.cleaned_data["day"]
        if typed < self.first:
            raise forms.ValidationError("That is too early: see the day above.")
        return typed


class BirthForm(forms.Form):
    """When somebody was born of whom no record says it."""

    born_on = day("Date of birth")

    def clean_born_on(self) -> date:
        """Refuse a day to come."""
        typed: date = self.cleaned_data["born_on"]
        if typed > clock.today():
            raise forms.ValidationError("This day has not come yet.")
        return typed


class References(forms.Form):
    """Concerns that are ticked in a list."""

    references = forms.MultipleChoiceField(
        label="Concerns",
        error_messages={
            "required": "Tick at least one.",
            "invalid_choice": "One of them is not in the list any more. Look at it again.",
        },
    )

    def __init__(self, *args: Any, offered: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["references"].choices = [(one, one) for one in offered]  # type: ignore[attr-defined]

    @property
    def ticked(self) -> frozenset[str]:
        """Return what was ticked, so that it stays ticked when something else is missing."""
        return frozenset(self["references"].value() or ())


class ProposeForm(References):
    """What is proposed to be destroyed, and why."""

    reasons = words("Why is it not needed any more?", "Who looked at it, and what they found.",
                    rows=3, required=True)  # fmt: skip


class AgreeForm(References):
    """What somebody agrees to destroy for ever."""

    is_sure = forms.BooleanField(
        label="I have looked at each of these. They cannot be brought back.",
        error_messages={"required": "Tick this when you have looked at each of them."},
    )
