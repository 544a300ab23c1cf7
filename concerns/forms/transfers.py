"""Where a child goes, and what was done so that the file is there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms

from concerns.forms.fields import moment, present, words
from concerns.models import Copy
from concerns.policy.transfer import Way, Whither
from schoolsafe.lib import clock


class WhitherForm(forms.Form):
    """Where the child goes."""

    whither = forms.ChoiceField(
        label="Where does the child go?",
        widget=forms.RadioSelect,
        choices=[(one.value, one.label) for one in Whither],
    )
    place = forms.CharField(
        label="Which school or college, or what is known",
        help_text="With the town: many schools have the same name.",
        required=False,
        max_length=300,
    )
    text = words("How is this known?", rows=2)

    def clean(self) -> dict[str, Any]:
        """Ask for the name of a school that is known."""
        typed = self.cleaned_data
        if typed.get("whither") == Whither.SCHOOL and not typed.get("place", "").strip():
            self.add_error("place", "Write which school it is.")
        return typed

    def facts(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        return {**self.cleaned_data, "whither": Whither(self.cleaned_data["whither"])}


class StepForm(forms.Form):
    """Something that was done: with whom, when, and what was said."""

    whom = forms.CharField(label="Who was it?", max_length=300)
    happened_at = moment(
        label="When?",
        required=True,
        initial=present,
        help_text="At first the time at which this page was opened.",
    )
    text = words("What was said?", rows=3)
    whom_help = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["whom"].help_text = self.whom_help

    def clean_happened_at(self) -> datetime:
        """Refuse what has not been done yet."""
        at: datetime = self.cleaned_data["happened_at"]
        if at > clock.now():
            raise forms.ValidationError("This time has not come yet.")
        return at

    def facts(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        return self.cleaned_data


class AheadForm(StepForm):
    """What the next school was told before the child came."""

    whom_help = "The DSL of the next school, by name."
    text = words("What were they told?", rows=3, required=True)


class ReceiptForm(StepForm):
    """That the next school has it."""

    whom_help = "Who at the next school has it, by name and post."
    text = words(
        "How did they confirm it?", "A signature, an e-mail, a call.", rows=2, required=True
    )


class ChaseForm(StepForm):
    """That somebody asked again."""

    text = words("What was said?", rows=3, required=True)


class AuthorityForm(StepForm):
    """That the local authority was told."""

    whom_help = "The office of the local authority and the person there."
    text = words("What were they told, and what did they say?", rows=3, required=True)


class SendForm(StepForm):
    """How the file was sent, and to whom."""

    whom_help = "The DSL of the next school, by name and post."
    copy = forms.ModelChoiceField(
        label="Which copy?",
        queryset=Copy.objects.none(),
        to_field_name="code",
        empty_label="Choose",
    )
    way = forms.ChoiceField(
        label="How was it sent?",
        help_text="Never with the parent, never by ordinary post, and apart from the main file.",
        widget=forms.RadioSelect,
        choices=[(way.value, way.label) for way in Way],
    )
    text = words("Anything else?", rows=2)
    field_order = ("copy", "way", "whom", "happened_at", "text")

    def __init__(self, *args: Any, copies: Sequence[Copy], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered: Any = self.fields["copy"]
        offered.queryset = Copy.objects.filter(pk__in=[copy.pk for copy in copies])
        offered.label_from_instance = _label

    def facts(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        return {**self.cleaned_data, "way": Way(self.cleaned_data["way"])}


def _label(copy: Copy) -> str:
    return f"{copy.code}, made on {clock.in_words(copy.made_at)} for {copy.for_whom}"
