"""What a family asks, what was done about it, and how it ended."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from concerns.forms.fields import words
from concerns.forms.requests import past
from concerns.forms.retention import day
from school.models import FamilyRequest, Guardian, Pupil
from school.rights import GROUNDS, OUTCOMES, Ground, Heard, Outcome, Right

PUPIL, OTHER = "pupil", "other"


class AskForm(forms.Form):
    """Who asks for what; whatever way it was asked, the month begins on that day."""

    right = forms.ChoiceField(
        label="What do they ask for?",
        widget=forms.RadioSelect,
        choices=[(one.value, one.label) for one in Right],
        error_messages={"required": "Choose one."},
    )
    who = forms.ChoiceField(
        label="Who asks?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one.", "invalid_choice": "Choose one of these."},
    )
    name = forms.CharField(
        label="The name of somebody else, and how to reach them",
        help_text="Leave it empty for those who stand above.",
        max_length=300,
        required=False,
    )
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

    def __init__(self, *args: Any, about: Pupil | Guardian, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about = about
        field: Any = self.fields["who"]
        field.choices = list(self._who())

    def _who(self) -> Iterable[tuple[str, str]]:
        if isinstance(self.about, Guardian):
            yield str(self.about.pk), f"{self.about} themselves"
        else:
            yield PUPIL, f"{self.about.given_name} themselves"
            for one in self.about.guardians.order_by("name"):
                yield str(one.pk), one.name
        yield OTHER, "Somebody else for them: a solicitor, a relative"

    def clean_received_on(self) -> date:
        """Refuse a day to come."""
        return past(self.cleaned_data["received_on"])

    def clean(self) -> dict[str, Any]:
        """Ask for the name of whoever is not on record."""
        typed = dict(self.cleaned_data)
        if typed.get("who") == OTHER and not typed.get("name"):
            self.add_error("name", "Write who asks, and how to reach them.")
        return typed

    def facts(self) -> dict[str, Any]:
        """Return it as the service takes it; who stands on record asks under that name."""
        typed = dict(self.cleaned_data)
        who = typed.pop("who")
        pupil = self.about if isinstance(self.about, Pupil) else None
        guardian = self.about if isinstance(self.about, Guardian) else None
        if pupil is not None and who not in {PUPIL, OTHER}:
            guardian = pupil.guardians.get(pk=who)
        asker = guardian or pupil
        return typed | {
            "name": typed["name"] or (asker.name if isinstance(asker, Guardian) else str(asker)),
            "right": Right(typed["right"]),
            "heard": Heard(typed["heard"]),
            "pupil": pupil,
            "guardian": guardian,
            "is_by_another": who == OTHER,
        }


class StepForm(forms.Form):
    """Something that was done about a request: when, and what there is to know."""

    happened_on = day("When?")
    text = words("How, and what was seen or said?", rows=3, required=True)

    def __init__(self, *args: Any, request: FamilyRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_happened_on(self) -> date:
        """Refuse a day to come."""
        return past(self.cleaned_data["happened_on"])

    def facts(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        return self.cleaned_data


class AskIdentityForm(StepForm):
    """That they have to show who they are."""

    text = words(
        "What were they asked for?",
        "Only what is needed to be sure: whom the school knows by sight need show nothing.",
        rows=3,
        required=True,
    )


class AuthorityForm(StepForm):
    """That they may ask for somebody else."""

    text = words(
        "How do you know that they may ask?",
        "Parental responsibility; what a solicitor was given to sign. From about 12 on the pupil is asked too: "
        "write what they say.",
        rows=3,
        required=True,
    )


class DecideForm(StepForm):
    """How it ended; of what is refused the lawful reason."""

    outcome = forms.ChoiceField(
        label="How did it end?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )
    ground = forms.ChoiceField(label="If it is refused: for which reason?", required=False)
    text = words(
        "What was done or put beside it, and what were they told?",
        "What is put beside something that cannot be written over is given with it from now on, in these words.",
        rows=4,
        required=True,
    )
    field_order = ("outcome", "ground", "happened_on", "text")

    def __init__(self, *args: Any, request: FamilyRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        right = Right(request.right)
        outcome: Any = self.fields["outcome"]
        ground: Any = self.fields["ground"]
        outcome.choices = [(one.value, one.label) for one in OUTCOMES[right]]
        ground.choices = [("", "It is not refused"), *((o.value, o.label) for o in GROUNDS[right])]

    def clean(self) -> dict[str, Any]:
        """Ask for the reason where it is refused, and for none where it is not."""
        typed = self.cleaned_data
        is_refused = typed.get("outcome") == Outcome.REFUSED
        if is_refused and not typed.get("ground") and "ground" not in self.errors:
            self.add_error("ground", "Choose the lawful reason: without one it cannot be refused.")
        if "outcome" in typed and not is_refused and typed.get("ground"):
            self.add_error("ground", "It is not refused: leave this as it was.")
        return typed

    def facts(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        typed = dict(self.cleaned_data)
        ground = typed.pop("ground")
        return typed | {
            "outcome": Outcome(typed["outcome"]),
            "ground": Ground(ground) if ground else None,
        }
