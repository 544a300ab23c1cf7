"""The form with which the list of cases is taken out."""

from django import forms

from concerns.policy.report import PURPOSES, Purpose


class InspectionForm(forms.Form):
    """For whom it is, and in which form."""

    purpose = forms.ChoiceField(
        label="What is it for?",
        widget=forms.RadioSelect,
        choices=[(purpose.value, words) for purpose, words in PURPOSES.items()],
        help_text="It is on record that you took it out, when, and for what.",
    )
    form = forms.ChoiceField(
        label="In which form?",
        widget=forms.RadioSelect,
        choices=[("print", "A page to print"), ("csv", "For a spreadsheet")],
        initial="print",
    )

    def wanted(self) -> Purpose:
        """Return what it is for."""
        return Purpose(self.cleaned_data["purpose"])
