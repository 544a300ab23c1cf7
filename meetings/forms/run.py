"""What the adults type before, during and after a call."""

from datetime import timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError

from meetings import policy
from meetings.models import Meeting, Share
from meetings.services import Press
from school.models import StaffMember

CHECK_LABELS = {
    policy.CheckItem.BACKGROUND: "I sit in front of a neutral background",
    policy.CheckItem.CONDUCT: "I am dressed and placed as I would be face to face in school",
    policy.CheckItem.PARTICIPANTS: "I am in the call in Teams, with the participants list open",
    policy.CheckItem.ONE_ROOM: "There are no breakout rooms: in one of them a child could be alone "
    "with an adult",
    policy.CheckItem.RECORDING: "The recording in Teams is on",
}


EVERY_LINE = "Confirm every line, or put right what is not so yet."


class LinkForm(forms.Form):
    """The Teams link from the Outlook invitation."""

    link = forms.CharField(
        label="Teams link",
        help_text="In Outlook, open the meeting in your calendar, right-click 'Join' and copy.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Paste the link from your Outlook invitation."},
    )
    ended = forms.BooleanField(
        label="I chose 'End meeting' for everyone in the old Teams meeting",
        error_messages={"required": "End the old Teams meeting for everyone first, and say so."},
    )

    def __init__(self, *args: Any, is_running: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_running:
            del self.fields["ended"]
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
        help_text="Kept on the record. The family does not read it.",
        error_messages={"required": "Write down why."},
    )
    for_family = forms.CharField(
        max_length=600,
        required=False,
        label="What the family should read about it",
        help_text="Leave it empty to tell them why by telephone. It goes out as you write it, in "
        "English. Name no other child.",
        widget=forms.Textarea(attrs={"rows": 3}),
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


class NameInTeamsForm(forms.Form):
    """Under which name Teams shows a pupil (E55)."""

    name = forms.CharField(
        max_length=120,
        required=False,
        label="Name as Teams shows it",
        help_text="For example: Dad's iPad. Agree it with the pupil; empty means their own name.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False


class CoverForm(forms.Form):
    """Who covers at short notice (E75)."""

    staff = forms.ModelChoiceField(
        queryset=StaffMember.objects.none(),
        label="Who covers?",
        empty_label="Choose one",
        error_messages={"required": "Choose who covers."},
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["staff"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        working = StaffMember.objects.working().filter(is_eligible_for_calls=True)
        field.queryset = working.exclude(seats__meeting=meeting)
        self.helper = FormHelper()
        self.helper.form_tag = False


class PressForm(forms.Form):
    """What a device says of one press on the register: its key, and how long it waited to be sent."""

    press = forms.UUIDField(required=False)
    ago = forms.IntegerField(required=False, min_value=0, max_value=24 * 60 * 60 * 1000)

    def made(self) -> Press | None:
        """Return the press; None of a page without a script, or of one that makes no sense."""
        if not self.is_valid() or not self.cleaned_data["press"]:
            return None
        waited = timedelta(milliseconds=self.cleaned_data["ago"] or 0)
        return Press(key=self.cleaned_data["press"], ago=waited)


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
