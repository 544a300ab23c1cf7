"""What every form of an act is, and those that take plain words; each says its answer as its service takes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from concerns import selectors
from concerns.forms.adults import AsksOfStaff
from concerns.forms.fields import words
from concerns.models import Concern, Entry, Involved, Link, Task
from concerns.policy import Urgency
from school.models import StaffMember

Row = Entry | Task | Involved | Link


@dataclass(frozen=True, kw_only=True)
class Here:
    """What a form is about: the concern, who is at the page, and the row it names, where it names one."""

    concern: Concern
    by: StaffMember
    readers: Sequence[int]
    row: Row | None = None

    @property
    def is_reader(self) -> bool:
        """Tell whether whoever is at the page works on the concern."""
        return self.by.pk in self.readers


class ActForm(forms.Form):
    """A form about a concern; `said` is what it says, by the names of its service."""

    def __init__(self, *args: Any, here: Here, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.here = here

    def said(self) -> dict[str, Any]:
        """Return what was filled in."""
        return dict(self.cleaned_data)


class PlainForm(ActForm):
    """Nothing to fill in: the press is the answer."""


class ReasonsForm(ActForm):
    """Reasons in words."""

    reasons = words("Why?", required=True)


class TextForm(ActForm):
    """Words, in the end of which the act consists."""

    text = words("In words", required=True)


class ReplyForm(AsksOfStaff, TextForm):
    """What the reporter answers to a question; of staff whom it names is asked."""

    def __init__(self, *args: Any, here: Here, **kwargs: Any) -> None:
        super().__init__(*args, here=here, **kwargs)
        self.ask_of_staff(known=selectors.known_to(here.concern, here.by))

    def said(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        return {"text": self.cleaned_data["text"], "people": self.people()}


class QuestionForm(ActForm):
    """A question to whoever logged it."""

    text = words(
        "What do you want to know?",
        "They see this question and nothing else of the case. Ask openly; name nobody they did not.",
        required=True,
    )


class CorrectionForm(ReplyForm):
    """What is right; it may name somebody of the staff who was not named before."""

    text = words(
        "What is right?",
        "What stands there stays. This stands beside it, with your name.",
        required=True,
    )


class ChildRecordForm(ActForm):
    """What belongs in the record of the child."""

    text = words(
        "What belongs in the child's record?",
        "What happened to the child, and what it needs. Name no adult, and nothing of the allegation.",
        required=True,
    )


class SignForm(ActForm):
    """The second person's yes; words are welcome."""

    text = words("Anything to add?", rows=3)


class WeighForm(ActForm):
    """How serious it is, and why."""

    urgency = forms.ChoiceField(
        label="How soon must somebody act?",
        widget=forms.RadioSelect,
        choices=[
            ("urgent", "Urgent: real hours, every day"),
            ("routine", "Routine: school hours"),
        ],
    )
    reasons = words("Why?", "The reporter's own word stays beside it.", rows=3, required=True)

    def said(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        typed = self.cleaned_data
        return {"urgency": Urgency(typed["urgency"]), "reasons": typed["reasons"]}
