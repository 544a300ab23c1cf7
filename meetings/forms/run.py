"""What the adults type before, during and after a call."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError

from meetings import policy
from meetings.models import Share
from meetings.services import Ending

CHECK_LABELS = {
    policy.CheckItem.BACKGROUND: "I sit in front of a neutral background",
    policy.CheckItem.CONDUCT: "I am dressed and placed as I would be face to face in school",
    policy.CheckItem.PARTICIPANTS: "I have the participants list open",
    policy.CheckItem.RECORDING: "Recording is ready and will run from the first minute",
}


PLANNED_UNRECORDED = (
    "It was planned without a recording, and families agreed to that. If it was recorded all the "
    "same, the safeguarding team is told at once."
)
EVERY_LINE = "Confirm every line, or put right what is not so yet."


class LinkForm(forms.Form):
    """The Teams link from the Outlook invitation."""

    link = forms.CharField(
        label="Teams link",
        help_text="In Outlook, open the meeting in your calendar, right-click 'Join' and copy.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Paste the link from your Outlook invitation."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False


class ChecklistForm(forms.Form):
    """What one adult confirms about themselves; nothing is ticked for them."""

    items = forms.MultipleChoiceField(
        label="What you confirm for yourself",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": EVERY_LINE},
    )

    def __init__(self, *args: Any, needed: frozenset[policy.CheckItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["items"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - for the type checker
        field.choices = [
            (item.value, label) for item, label in CHECK_LABELS.items() if item in needed
        ]
        self.needed = needed
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean_items(self) -> list[policy.CheckItem]:
        """Ask for every line."""
        items = {policy.CheckItem(item) for item in self.cleaned_data["items"]}
        if self.needed - items:
            raise ValidationError(EVERY_LINE)
        return sorted(items)


class RemovalForm(forms.Form):
    """Why a pupil is sent out."""

    reason = forms.CharField(
        max_length=300,
        label="Why?",
        help_text="Kept on the record. The family hears why by telephone.",
        error_messages={"required": "Write down why."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False


class ReturnForm(forms.Form):
    """Why a pupil who was sent out may come back."""

    reason = forms.CharField(
        max_length=300,
        label="Why may they come back?",
        help_text="Kept on the record, beside the reason for the removal.",
        error_messages={"required": "Write down why."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False


class UnknownNameForm(forms.Form):
    """A name in the lobby that is nobody's."""

    name = forms.CharField(max_length=120, label="Name as Teams shows it")


class PostedForm(forms.Form):
    """How somebody handed a link over; whether that way is open to them, the rules say."""

    channel = forms.ChoiceField(
        choices=[
            (Share.PARENT_HUB, "Parent Hub"),
            (Share.PURPLE_MASH, "Purple Mash"),
        ]
    )
    guardian = forms.IntegerField(required=False)
    pupil = forms.IntegerField(required=False)


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
    troubling = forms.ChoiceField(
        label="Was there anything troubling?",
        widget=forms.RadioSelect,
        choices=[("no", "No"), ("yes", "Yes: take me to the Log of Concern next")],
        error_messages={"required": "Say whether anything was troubling."},
    )

    def __init__(self, *args: Any, is_planned_recorded: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
            was_troubling=given["troubling"] == "yes",
        )


class SettleForm(forms.Form):
    """What was done about an incident."""

    note = forms.CharField(
        label="What was done?",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write down what was done."},
    )
