"""Why a school year is destroyed."""

from django import forms

from concerns.forms.fields import words


class ProposeForm(forms.Form):
    """The reasons: somebody else reads them before they agree."""

    year = forms.DateField(widget=forms.HiddenInput)
    reasons = words(
        "Why now, and what did you look at?",
        "Somebody else reads this before they agree. It stands on the certificate.",
        rows=3,
        required=True,
    )
