"""What is filled in to take people from a file."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from school.imports import SOURCES, DayOrder
from schoolsafe.lib.uploads import MOST_KEPT


class UploadForm(forms.Form):
    """A zip of the files that another system has made."""

    source = forms.ChoiceField(label="Which files?", choices=[*SOURCES.items()])
    file = forms.FileField(
        label="The files in one zip",
        help_text="At most 10 MB. It is read and thrown away: what it says of people is kept, encrypted, "
        "until you have decided.",
        error_messages={
            "required": "Choose the file.",
            "empty": "There is nothing in this file.",
        },
        widget=forms.FileInput(attrs={"accept": ".zip"}),
    )
    dates = forms.ChoiceField(
        label="Dates like 4/2/2018",
        required=False,
        choices=[
            ("", "as the whole file shows"),
            (DayOrder.DAY_FIRST.value, "4 February: the day comes first"),
            (DayOrder.MONTH_FIRST.value, "2 April: the month comes first"),
        ],
        help_text="Only asked where the files leave it open.",
    )

    @property
    def helper(self) -> FormHelper:
        """Lay the fields out in their order."""
        helper = FormHelper()
        helper.form_tag = False
        return helper

    def clean_file(self) -> Any:
        """Refuse what is too large, of which nothing was kept."""
        file = self.cleaned_data["file"]
        if file.size > MOST_KEPT:
            raise forms.ValidationError("This is larger than 10 MB.")
        return file

    def order(self) -> DayOrder | None:
        """Return which comes first, if it was said."""
        chosen = self.cleaned_data["dates"]
        return DayOrder(chosen) if chosen else None
