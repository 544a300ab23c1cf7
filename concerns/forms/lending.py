"""Input for sight that is lent: share a concern, open one in an emergency, judge whether it was one."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django import forms

from concerns.forms.fields import words
from school.models import StaffMember


class ShareForm(forms.Form):
    """With whom a concern is shared, until when and why."""

    staff = forms.ModelChoiceField(
        label="Which colleague?",
        queryset=StaffMember.objects.none(),
        empty_label="Choose",
        help_text="They may read it and add to it. They cannot decide, close or share it.",
    )
    until = forms.DateField(
        label="Until which day?",
        help_text="It ends by itself after this day. You can take it back before.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = words(
        "Why must they know?", "It stands beside their name on the concern.", rows=3, required=True
    )
    shows_work = forms.BooleanField(
        label="Show them also what is done about it",
        help_text="Without this they see what was logged and who is in it.",
        required=False,
    )

    def __init__(
        self, *args: Any, until: date, last: date, without: Collection[int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offered: Any = self.fields["staff"]
        offered.queryset = StaffMember.objects.working().exclude(pk__in=without)
        self.fields["until"].initial = until
        self.fields["until"].widget.attrs["max"] = last.isoformat()


class EmergencyForm(forms.Form):
    """Which concern must be opened, and why it cannot wait."""

    reference = forms.CharField(
        label="The reference of the concern",
        help_text="Eight letters and digits. Whoever logged it can read it out to you.",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = words(
        "Why can it not wait for the people whose it is?",
        "The safeguarding lead and the chair of governors read this.",
        rows=3,
        required=True,
    )


class ReviewForm(forms.Form):
    """Whether an emergency was one."""

    verdict = forms.ChoiceField(
        label="Was it justified?",
        widget=forms.RadioSelect,
        choices=[("yes", "Yes, it could not have waited"), ("no", "No")],
    )
    text = words(
        "Why?", "Also what should be different next time, if anything.", rows=4, required=True
    )
