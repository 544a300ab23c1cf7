"""What is asked when a call is closed, and when an incident is settled."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from meetings.services import Ending

PLANNED_UNRECORDED = (
    "It was planned without a recording, and families agreed to that. If it was recorded all the "
    "same, the safeguarding team is told at once."
)


class ClosingForm(forms.Form):
    """How the call was ended."""

    ended = forms.ChoiceField(
        label="How did the call end?",
        widget=forms.RadioSelect,
        choices=[
            ("end_meeting", "With 'End meeting' for everyone"),
            ("hung_up", "I hung up with the red button"),
            ("not_held", "It did not take place"),
        ],
        error_messages={"required": "Say how the call ended."},
    )
    recorded = forms.ChoiceField(
        label="Was it recorded?",
        widget=forms.RadioSelect,
        choices=[("yes", "Yes"), ("no", "No")],
        required=False,
    )
    recording_kept_at = forms.CharField(
        max_length=300,
        required=False,
        label="Where is the recording kept?",
        help_text="For example: the school's OneDrive, folder Calls.",
    )
    destroy_by = forms.DateField(
        required=False,
        label="By when is it destroyed?",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Write the day as in 17/10/2026."},
    )
    left_early = forms.TypedMultipleChoiceField(
        label="Who left before the end?",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        coerce=int,
    )
    troubling = forms.ChoiceField(
        label="Was there anything troubling?",
        widget=forms.RadioSelect,
        choices=[("no", "No"), ("yes", "Yes: take me to the Log of Concern next")],
        error_messages={"required": "Say whether anything was troubling."},
    )

    def __init__(
        self,
        *args: Any,
        is_planned_recorded: bool,
        keep_until: date,
        pupils: Sequence[tuple[int, str]] = (),
        left: Collection[int] = (),
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("initial", {"destroy_by": keep_until, "left_early": list(left)})
        super().__init__(*args, **kwargs)
        field = self.fields["left_early"]
        assert isinstance(field, forms.TypedMultipleChoiceField)  # noqa: S101 - for the type checker
        field.choices = list(pupils)
        if not pupils:
            del self.fields["left_early"]
        self.fields["recorded"].help_text = (
            "It was planned to be recorded." if is_planned_recorded else PLANNED_UNRECORDED
        )
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean(self) -> dict[str, Any]:
        """Ask about the recording of every call that took place."""
        cleaned = super().clean() or {}
        held = cleaned.get("ended") in {"end_meeting", "hung_up"}
        if held and not cleaned.get("recorded"):
            self.add_error("recorded", "Say whether the call was recorded.")
        if held and cleaned.get("recorded") == "yes" and not cleaned.get("recording_kept_at"):
            self.add_error("recording_kept_at", "Write down where the recording is kept.")
        is_kept = held and cleaned.get("recorded") == "yes"
        if is_kept and not cleaned.get("destroy_by") and "destroy_by" not in self.errors:
            self.add_error("destroy_by", "Say by which day it is destroyed.")
        return cleaned

    def how(self) -> Ending:
        """Return the ending of a valid form."""
        given = self.cleaned_data
        took_place = given["ended"] != "not_held"
        was_recorded = took_place and given["recorded"] == "yes"
        return Ending(
            took_place=took_place,
            hung_up=given["ended"] == "hung_up",
            was_recorded=was_recorded,
            recording_kept_at=given["recording_kept_at"] if was_recorded else "",
            destroy_by=given["destroy_by"] if was_recorded else None,
            left_early=tuple(given.get("left_early", ())) if took_place else (),
            was_troubling=given["troubling"] == "yes",
        )


class SettleForm(forms.Form):
    """What was done about an incident."""

    note = forms.CharField(
        label="What was done?",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write down what was done."},
    )
    # How long it was on the page that the person read: a later report may show more.
    seconds_seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
