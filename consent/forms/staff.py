"""What the office fills in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout
from django import forms

from consent.models import RELATIONSHIPS, Request
from consent.policy import Channel, Since
from consent.selectors.dates import answerable_from
from schoolsafe.lib import clock
from schoolsafe.lib.scans import MOST_BYTES, Scan, Unfit, clean, too_big

# Of several dates of a series, the one that the page is about.
ONE = "one"
WHO = {"name": "Write the name.", "relationship": "Choose what they are to the pupil."}


class StaffForm(forms.Form):
    """A form on a staff page."""

    cards: tuple[str, ...] = ()

    @property
    def helper(self) -> FormHelper:
        """Lay the fields out in their order, choices as cards."""
        helper = FormHelper()
        helper.form_tag = False
        helper.layout = Layout(
            *[
                Field(name, wrapper_class="answers") if name in self.cards else Field(name)
                for name in self.fields
            ]
        )
        return helper


class RecordForm(StaffForm):
    """An answer that came by telephone, on paper or in person."""

    cards = ("takes_part", "which", "may_be_recorded")

    takes_part = forms.ChoiceField(
        label="What was the answer?",
        widget=forms.RadioSelect,
        choices=[
            ("yes", "Yes, the pupil may take part"),
            ("no", "No"),
            ("unclear", "It cannot be told: not signed, not legible, or both ticked"),
        ],
        error_messages={"required": "Choose what the answer was."},
    )
    which = forms.ChoiceField(
        label="For which dates of the series?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose for which dates.",
            "invalid_choice": "The dates have changed since you opened this page. Choose again.",
        },
    )
    may_be_recorded = forms.ChoiceField(
        label="May the call be recorded?",
        widget=forms.RadioSelect,
        choices=[("yes", "Yes"), ("no", "No")],
        required=False,
    )
    name = forms.CharField(label="Who answered?", max_length=120, required=False)
    relationship = forms.ChoiceField(
        label="They are the pupil's",
        choices=[("", "Choose one"), *RELATIONSHIPS],
        required=False,
    )
    channel = forms.ChoiceField(
        label="How did it come?",
        choices=[
            ("", "Choose one"),
            (Channel.TELEPHONE.value, "By telephone"),
            (Channel.PAPER.value, "On paper"),
            (Channel.IN_PERSON.value, "In person"),
        ],
        error_messages={"required": "Choose how the answer came."},
    )
    at = forms.DateTimeField(
        label="When was it given?",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        error_messages={"required": "Say when.", "invalid": "Write a date and a time."},
    )
    scan = forms.FileField(
        label="Scan or photo of the paper",
        required=False,
        widget=forms.FileInput(
            attrs={"accept": "application/pdf,image/jpeg,image/png,.pdf,.jpg,.jpeg,.png"}
        ),
        help_text="For an answer on paper. One PDF, JPEG or PNG of at most "
        f"{MOST_BYTES // (1024 * 1024)} MB. It is kept encrypted.",
        error_messages={"empty": "This file is empty. Choose a PDF, a JPEG or a PNG."},
    )
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example where the paper is kept.",
    )

    def __init__(
        self,
        *args: Any,
        asks_recording: bool,
        asked: Request,
        others: Sequence[Request] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.others, self.asked = others, asked
        if not asks_recording:
            del self.fields["may_be_recorded"]
        if not others:
            del self.fields["which"]
            return
        which: Any = self.fields["which"]
        times = [row.question.asked.starts_at for row in (asked, *others)]
        days = [clock.day_in_words(at) for at in sorted(times)]
        which.choices = [
            (ONE, f"Only {clock.day_in_words(times[0])}"),
            (_of(others), f"All these {len(days)} dates: {', '.join(days[:-1])} and {days[-1]}"),
        ]

    def meant(self) -> Sequence[Request]:
        """Return the other dates for which the answer was given too."""
        return self.others if self.cleaned_data.get("which", ONE) != ONE else ()

    def clean_at(self) -> datetime:
        """Refuse a time that lies ahead, and one before the question: a year is soon mistyped."""
        at: datetime = self.cleaned_data["at"]
        if at > clock.now():
            raise forms.ValidationError("This time lies ahead. When was the answer given?")
        since = max((answerable_from(row) for row in (self.asked, *self.meant())), key=_begins)
        if at < since.at:
            day, hour = (
                clock.date_in_words(clock.local(since.at).date()),
                clock.time_in_words(since.at),
            )
            raise forms.ValidationError(
                f"{since.words} They were asked on {day} at {hour}. When was the answer given?"
            )
        # The field knows no seconds: "now" must not come before an answer of this very minute.
        is_now = at == clock.now().replace(second=0, microsecond=0)
        return clock.now() if is_now else at

    def clean_scan(self) -> Scan | None:
        """Look into the file: its name and what the browser calls it count for nothing."""
        file = self.cleaned_data["scan"]
        if file is None:
            return None
        try:
            if file.size > MOST_BYTES:
                raise too_big()
            return clean(file.read())
        except Unfit as fault:
            raise forms.ValidationError(str(fault)) from fault

    def clean(self) -> dict[str, Any]:
        """Ask who said yes or no, and about the recording; a scan is one of a paper.

        What cannot be told may be unsigned: then nobody knows who it was (E50).
        """
        said: dict[str, Any] = super().clean() or {}
        if said.get("takes_part") != "unclear":
            for name, words in WHO.items():
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, words)
        if said.get("scan") and said.get("channel") not in {None, Channel.PAPER.value}:
            self.add_error("scan", "A scan belongs to an answer on paper. How did it come?")
        is_asked = "may_be_recorded" in self.fields and said.get("takes_part") == "yes"
        if is_asked and not said.get("may_be_recorded"):
            self.add_error("may_be_recorded", "Ask this too: the call is to be recorded.")
        if self.errors and said.get("scan"):
            self.add_error("scan", "Choose the file once more: your browser does not keep it.")
        return said


def _begins(since: Since) -> datetime:
    return since.at


def _of(requests: Sequence[Request]) -> str:
    """Return a choice that stands for these dates and for no others: meanwhile one may be cancelled."""
    return "-".join(str(row.pk) for row in requests)


class SetAsideForm(StaffForm):
    """Why an answer never counted."""

    reason = forms.CharField(
        label="Why did this answer never count?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example: recorded for the wrong pupil.",
        error_messages={"required": "Write down why."},
    )


class EndForm(StaffForm):
    """Why the school ends a yes for the school year."""

    reason = forms.CharField(
        label="Why does it end?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example: the mother rang and asked for it. The family is told that it ended.",
        error_messages={"required": "Write down why."},
    )


class SearchForm(forms.Form):
    """Part of a pupil's name."""

    q = forms.CharField(label="Pupil", max_length=80, required=False)


class CheckForm(StaffForm):
    """What staff found about an answer under another name."""

    cards = ("choice",)

    choice = forms.ChoiceField(
        label="Does this answer count?",
        widget=forms.RadioSelect,
        choices=[
            ("accept", "Yes: this person may answer for the pupil"),
            ("reject", "No: it does not count"),
        ],
        error_messages={"required": "Choose one of the two."},
    )
    note = forms.CharField(
        label="How do you know?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write down how you checked, for example whom you rang."},
    )
