"""Which part of a chronology is shown."""

from collections.abc import Sequence
from typing import Any

from django import forms

from concerns.chronology import Wanted
from concerns.selectors import STANDS


class ChronologyForm(forms.Form):
    """The filters of a chronology; left alone, nothing is left out."""

    category = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    urgency = forms.ChoiceField(
        label="How soon it had to be read",
        required=False,
        choices=[("", "Any"), ("urgent", "Urgent"), ("routine", "Not urgent")],
    )
    stands = forms.ChoiceField(
        label="Where it stands", required=False, choices=[("", "Any"), *STANDS.items()]
    )
    kind = forms.ChoiceField(label="What", required=False)
    since = forms.DateField(
        label="From",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label="To",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    decisions = forms.BooleanField(label="Only decisions", required=False)

    def __init__(
        self,
        *args: Any,
        categories: Sequence[tuple[int, str]],
        kinds: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offered: Any = self.fields
        offered["category"].choices = [("", "Any"), *categories]
        offered["kind"].choices = [("", "Everything"), *kinds]

    def clean(self) -> dict[str, Any]:
        """Refuse days the wrong way round."""
        typed = self.cleaned_data
        since, until = typed.get("since"), typed.get("until")
        if since and until and since > until:
            self.add_error("until", "This day lies before the first one.")
        return typed

    def wanted(self) -> Wanted:
        """Return what is to be shown; of what was sent wrongly nothing is left out."""
        typed = self.cleaned_data if self.is_valid() else {}
        return Wanted(**typed)
