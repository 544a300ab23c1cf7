"""Somebody asks to see a child's file: who, what was checked, and what is given of each text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django import forms
from django.forms.boundfield import BoundField
from django.utils.crypto import salted_hmac

from concerns.forms.fields import words
from concerns.forms.retention import day
from concerns.policy.requests import Asker, ChildSays, Choice, Ending, Exemption, Heard
from concerns.selectors import Passage
from concerns.services import Decided
from school.models import Guardian, Pupil
from schoolsafe.lib import clock
from schoolsafe.lib.locking import is_passphrase

OF_THE_TEXT = "concerns.forms.requests"
EXEMPTIONS = [("", "Choose"), *((one.value, one.label) for one in Exemption)]


def past(day_typed: date) -> date:
    """Return a day that is over or today. Raises ValidationError for another."""
    if day_typed > clock.today():
        raise forms.ValidationError("This day has not come yet.")
    return day_typed


class RequestForm(forms.Form):
    """That somebody asked."""

    asker = forms.ChoiceField(
        label="Who asks?",
        widget=forms.RadioSelect,
        choices=[(one.value, one.label) for one in Asker],
        error_messages={"required": "Choose one."},
    )
    name = forms.CharField(label="Their name, and how to reach them", max_length=300)
    heard = forms.ChoiceField(
        label="How did they ask?",
        help_text="It counts either way, and they need no form and no reason.",
        widget=forms.RadioSelect,
        choices=[(one.value, one.label) for one in Heard],
        error_messages={"required": "Choose one."},
    )
    received_on = day(
        "When did they ask?", help_text="The month for the answer begins on this day."
    )
    words = words("What do they ask for, in their words?", rows=3, required=True)

    def clean_received_on(self) -> date:
        """Refuse a day to come."""
        return past(self.cleaned_data["received_on"])

    def facts(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        typed = self.cleaned_data
        return {**typed, "asker": Asker(typed["asker"]), "heard": Heard(typed["heard"])}


class NoteForm(forms.Form):
    """Something that was done about a request: when, and what there is to know."""

    happened_on = day("When?")
    text = words("How, and what was seen or said?", rows=3, required=True)
    asks_pupil = False

    def clean_happened_on(self) -> date:
        """Refuse a day to come."""
        return past(self.cleaned_data["happened_on"])

    def facts(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        return self.cleaned_data


class AskIdentityForm(NoteForm):
    """That they have to show who they are."""

    text = words(
        "What were they asked for?",
        "Only what is needed to be sure: whom the school knows by sight need show nothing.",
        rows=3,
        required=True,
    )


class RightForm(NoteForm):
    """That the asker may ask for this child."""

    guardian = forms.ModelChoiceField(
        label="Who are they on record?",
        help_text="Leave it open when they are on no record, or when it is the child.",
        queryset=Guardian.objects.none(),
        required=False,
        empty_label="Nobody on record",
    )
    field_order = ("guardian", "happened_on", "text")
    asks_pupil = True

    def __init__(self, *args: Any, pupil: Pupil, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered: Any = self.fields["guardian"]
        offered.queryset = pupil.guardians.all()


class ChildForm(NoteForm):
    """What the child says."""

    answer = forms.ChoiceField(
        label="What does the child say?",
        help_text="From about 12 on a child mostly understands it, and then decides. Case by case.",
        widget=forms.RadioSelect,
        choices=[(one.value, one.label) for one in ChildSays],
        error_messages={"required": "Choose one."},
    )
    text = words("The child's words, or why it was not asked", rows=3, required=True)
    field_order = ("answer", "happened_on", "text")

    def facts(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        return {**self.cleaned_data, "answer": ChildSays(self.cleaned_data["answer"])}


class ExtendForm(NoteForm):
    """That they were told of two more months."""

    happened_on = day("When were they told?")
    text = words("Why is it complex, and how were they told?", rows=3, required=True)


class FlagForm(forms.Form):
    """That harm may come of it."""

    text = words("What harm may come of it, and to whom?", rows=3, required=True)

    def facts(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        return self.cleaned_data


class AdviceForm(NoteForm):
    """What whoever leads on data protection says."""

    whom = forms.CharField(label="Who leads on data protection?", max_length=300)
    text = words("What do they say?", rows=3, required=True)
    field_order = ("whom", "happened_on", "text")


class EndForm(NoteForm):
    """How it ended."""

    answer = forms.ChoiceField(
        label="How did it end?",
        help_text="Ask the headteacher first whether they have given what only they may read.",
        widget=forms.RadioSelect,
        choices=[(one.value, one.label) for one in Ending],
        error_messages={"required": "Choose one."},
    )
    text = words("How were they told, and what?", rows=3, required=True)
    field_order = ("answer", "happened_on", "text")

    def facts(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        typed = dict(self.cleaned_data)
        return {"ending": Ending(typed.pop("answer")), **typed}


class ReleaseForm(forms.Form):
    """To whom it is handed."""

    whom = forms.CharField(
        label="To whom is it handed, and how?",
        help_text="To the address that was checked, never to one that came with the request alone.",
        max_length=300,
    )
    text = words("Anything else?", rows=2)
    passphrase = forms.CharField(widget=forms.HiddenInput)
    has_looked = forms.BooleanField(
        label="I have read below what leaves, and nobody else can be recognised or harmed by it.",
        error_messages={"required": "Read what leaves first, and say so."},
    )

    def clean_passphrase(self) -> str:
        """Take no passphrase but one that was made here."""
        typed: str = self.cleaned_data["passphrase"]
        if not is_passphrase(typed):
            raise forms.ValidationError("This passphrase was not made here. Open the page anew.")
        return typed


@dataclass(frozen=True, kw_only=True)
class Asking:
    """One text beside the fields that decide about it."""

    passage: Passage
    fields: Sequence[BoundField]


class DisclosureForm(forms.Form):
    """What is given of each text of one concern; a text without an answer stays undecided.

    An answer belongs to the text beside which it was given, letter for letter: what has come or changed
    since the page was opened has none.
    """

    def __init__(self, *args: Any, passages: Sequence[Passage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.passages = {_named(one): one for one in passages}
        for name, one in self.passages.items():
            self.fields.update(_fields(name, one))

    @classmethod
    def with_rest_given(cls, typed: Mapping[str, str], passages: Sequence[Passage]) -> Self:
        """Return the form to be read once more: each text nobody has decided about is to be given.

        Only what stood on the page when it was sent, and no file; what was typed stands, and nothing is
        decided by it. What was decided before, or came since, waits for an answer of its own.
        """
        rest = {
            f"choice_{_named(one)}": Choice.GIVE
            for one in passages
            if one.file is None and one.decision is None and f"left_{_named(one)}" in typed
        }
        return cls(initial=rest | dict(typed), passages=passages)

    def askings(self) -> list[Asking]:
        """Return each text with its fields, for the page."""
        return [
            Asking(
                passage=one,
                fields=[self[f"{field}_{name}"] for field in ("choice", "left", "why", "reasons")],
            )
            for name, one in self.passages.items()
        ]

    def clean(self) -> dict[str, Any]:
        """Ask why, where something is left out, and for which words."""
        typed = self.cleaned_data
        for name in self.passages:
            choice = typed.get(f"choice_{name}")
            if choice in {Choice.PART, Choice.WITHHOLD}:
                if not typed.get(f"why_{name}"):
                    self.add_error(f"why_{name}", "Choose why.")
                if not str(typed.get(f"reasons_{name}", "")).strip():
                    self.add_error(f"reasons_{name}", "Write the reasons.")
            if choice == Choice.PART and not str(typed.get(f"left_{name}", "")).strip():
                self.add_error(f"left_{name}", "Write which words are left out.")
        return typed

    def decided(self) -> list[Decided]:
        """Return what has changed, as the service takes it."""
        found = [self._one(name, one) for name, one in self.passages.items()]
        return [one for one in found if one is not None]

    def _one(self, name: str, passage: Passage) -> Decided | None:
        typed = self.cleaned_data
        if not typed[f"choice_{name}"]:
            return None
        choice = Choice(typed[f"choice_{name}"])
        is_given = choice is Choice.GIVE
        one = Decided(
            key=passage.row.key,
            choice=choice,
            exemption=None if is_given else Exemption(typed[f"why_{name}"]),
            reasons="" if is_given else typed[f"reasons_{name}"],
            left_out=typed[f"left_{name}"] if choice is Choice.PART else "",
        )
        return None if passage.is_decided and _is_same(one, passage) else one


def _is_same(one: Decided, passage: Passage) -> bool:
    """Tell whether this was decided before: what is sent again unchanged undoes no approval."""
    before = passage.decision
    return before is not None and (
        one.choice == before.choice
        and (one.exemption or "") == before.exemption
        and _lines(one.reasons) == _lines(str(before.reasons))
        and _lines(one.left_out) == _lines(str(before.left_out))
    )


def _lines(text: str) -> list[str]:
    return text.splitlines()


def _named(one: Passage) -> str:
    """Return by what the fields of one text are known: its place moves when a colleague adds something.

    Sealed, for a row's number would show by its gaps that there are others (E8).
    """
    return salted_hmac(OF_THE_TEXT, f"{one.row.key}\n{one.sha256}").hexdigest()[:20]


def _fields(name: str, one: Passage) -> dict[str, forms.Field]:
    """Return the fields of one text, filled with what was decided."""
    before = one.decision if one.is_decided else None
    choice = forms.ChoiceField(
        label="What happens to it?",
        widget=forms.RadioSelect,
        required=False,
        # A file is given whole or not at all.
        choices=[
            (choice.value, choice.label)
            for choice in Choice
            if one.file is None or choice is not Choice.PART
        ],
        initial=before.choice if before else None,
    )
    left = words("Words left out", "Exactly as above, each stretch on a line of its own.", rows=2)
    left.initial = str(before.left_out) if before else ""
    why = forms.ChoiceField(
        label="Why is something left out?",
        required=False,
        choices=EXEMPTIONS,
        initial=before.exemption if before else "",
    )
    reasons = words("The reasons in this case", rows=2)
    reasons.initial = str(before.reasons) if before else ""
    fields = {"choice": choice, "left": left, "why": why, "reasons": reasons}
    return {f"{label}_{name}": field for label, field in fields.items()}
