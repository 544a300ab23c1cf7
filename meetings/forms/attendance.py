"""What people hand in and say about who really was on a call."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError

from schoolsafe.lib.rows import names_a_row

# A report of a thousand people who came and went twenty times is smaller.
MOST_BYTES = 5 * 1024 * 1024
NOBODY = "nobody"


class ReportForm(forms.Form):
    """The file that Teams gives out after a call."""

    report = forms.FileField(
        label="Attendance report",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain", "class": "dropzone"}),
        help_text="The CSV file from the Attendance tab of the meeting in Teams, as it is: do not "
        "open it in Excel first. The file itself is not kept.",
        error_messages={
            "required": "Choose the file that you downloaded from Teams.",
            "empty": "This file is empty. Download the attendance report again in Teams.",
        },
    )
    is_of_this_call = forms.BooleanField(
        label="It is of this call all the same", required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get("is_of_this_call") == "on":
            self.ask()
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean_report(self) -> bytes:
        """Read the file where it lies in memory; its name counts for nothing."""
        file: Any = self.cleaned_data["report"]
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(
                f"This file is larger than {MOST_BYTES // (1024 * 1024)} MB. No report of a "
                "school's call is."
            )
        return bytes(file.read())

    def ask(self) -> None:
        """Let the person say that the report is of this call all the same; nothing is ticked for them."""
        self.fields["is_of_this_call"].widget = forms.CheckboxInput()


class NameForm(forms.Form):
    """Who an entry of a report is: one of the call, or nobody we know."""

    key = forms.CharField(max_length=40)
    who = forms.CharField(max_length=40, error_messages={"required": "Choose who it was."})

    def clean_who(self) -> tuple[str, int]:
        """Return of which kind, and the number; what no page offers is refused."""
        kind, _, number = self.cleaned_data["who"].partition("-")
        if (kind, number) == (NOBODY, ""):
            return NOBODY, 0
        if kind not in {"staff", "pupil"} or not names_a_row(number):
            raise ValidationError("Choose who it was.")
        return kind, int(number)
