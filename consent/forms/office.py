"""What narrows the office's list, and what it changes about the people who are asked."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.core import signing

from consent.forms.staff import StaffForm
from consent.models import Question
from consent.policy import Left, Task
from consent.selectors.reminding import Pair
from consent.selectors.worklist import ALL, TO_DO, Counts, Item, Wanted
from school.models import Guardianship
from school.policy import Choice, Reach
from schoolsafe.lib import clock

SALT = "consent.reminder"
SEEN = "consent.seen"
UNSEEN = "This page is damaged. Open it again, and change it there."
# What stands for the school's setting: a choice without a value could not be told from none.
AS_THE_SCHOOL = "school"


class FilterForm(forms.Form):
    """What a person wants to see of the list; a choice that is not in it shows nothing, and says so."""

    task = forms.ChoiceField(label="What to do", required=False)
    words = forms.CharField(
        label="Name",
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    call = forms.TypedChoiceField(label="Call", required=False, coerce=int, empty_value=None)
    year = forms.TypedChoiceField(label="Year", required=False, coerce=int, empty_value=None)
    group = forms.TypedChoiceField(label="Class", required=False, coerce=int, empty_value=None)
    left = forms.ChoiceField(label="When", required=False)
    pupil = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, widget=forms.HiddenInput
    )

    def __init__(self, typed: Any, *, items: Sequence[Item]) -> None:
        super().__init__(typed)
        self.items = items
        self.offer(Counts())
        gone = "This is not in the list any more. Choose another."
        for field in self.fields.values():
            field.error_messages["invalid_choice"] = gone

    @property
    def helper(self) -> FormHelper:
        """Lay the fields out for a page that only reads."""
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        return helper

    def wanted(self) -> Wanted:
        """Return what was chosen."""
        return Wanted(**self.cleaned_data)

    def question(self) -> Question | None:
        """Return the call that was chosen, if one was."""
        chosen = self.cleaned_data.get("call")
        questions = (item.asked.question for item in self.items)
        return next((one for one in questions if one.pk == chosen), None)

    def offer(self, found: Counts) -> None:
        """Offer what occurs in the list, with its number beside each choice."""
        self.found = found
        questions = {item.asked.question.pk: item.asked.question for item in self.items}
        years = sorted({item.asked.pupil.year_group for item in self.items})
        groups = dict(sorted({g for item in self.items for g in item.groups}, key=lambda g: g[1]))
        pupils = {item.asked.pupil.pk: str(item.asked.pupil) for item in self.items}
        calls = {
            pk: f"{row.asked.title}, {clock.in_words(row.asked.starts_at)}"
            for pk, row in sorted(questions.items(), key=lambda pair: pair[1].closes_at)
        }
        tasks = [(TO_DO, "To do"), *((task.value, task.words) for task in Task), (ALL, "All")]
        self._choices("task", [(v, _counted(words, found.tasks[v])) for v, words in tasks])
        self._choices("call", _any("Every call", calls, found.calls))
        self._choices("year", _any("Every year", {y: _year(y) for y in years}, found.years))
        self._choices("group", _any("Every class", groups, found.groups))
        lefts = {left.value: left.words for left in Left}
        self._choices("left", _any("At any time", lefts, found.lefts))
        self._choices("pupil", [("", ""), *pupils.items()])

    def _choices(self, name: str, choices: Iterable[tuple[Any, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = list(choices)


def _counted(words: str, count: int) -> str:
    return f"{words} ({count})"


def _any(words: str, choices: dict[Any, str], found: Any) -> list[tuple[Any, str]]:
    return [
        ("", words),
        *((value, _counted(name, found[value])) for value, name in choices.items()),
    ]


def _year(number: int) -> str:
    return f"Year {number}" if number else "Reception"


def seal(pairs: Iterable[Pair], keys: Iterable[tuple[int, ...]]) -> str:
    """Return a list that somebody looks at as one signed word; it names nobody."""
    return signing.dumps({"pairs": sorted(pairs), "keys": sorted(keys)}, salt=SALT, compress=True)


def unseal_list(text: str) -> tuple[list[Pair], list[tuple[int, ...]]] | None:
    """Return the pupils and the letters of a sealed list, or None when it is damaged."""
    try:
        found = signing.loads(text, salt=SALT)
        return [(one, two) for one, two in found["pairs"]], [tuple(key) for key in found["keys"]]
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None


class SeenForm(StaffForm):
    """A form that says what its page showed: what others have changed since is not written over."""

    seen = forms.CharField(
        label="What the page showed",
        widget=forms.HiddenInput,
        error_messages={"required": UNSEEN},
    )

    def clean_seen(self) -> Any:
        """Read what the page showed."""
        try:
            return signing.loads(self.cleaned_data["seen"], salt=SEEN)
        except signing.BadSignature as fault:
            raise forms.ValidationError(UNSEEN) from fault


def seal_seen(shown: Choice | Reach) -> str:
    """Return what a page shows as one signed word."""
    facts = asdict(shown)
    if isinstance(shown, Choice):
        facts["counting"] = sorted(shown.counting)
    return signing.dumps(facts, salt=SEEN)


class AskedForm(SeenForm):
    """Whose yes is enough for a pupil, and who counts."""

    cards = ("mode", "counting")

    mode = forms.ChoiceField(
        label="Whose yes is enough?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whose yes is enough."},
    )
    counting = forms.MultipleChoiceField(
        label="Who is asked?",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Who is not ticked is neither asked nor heard.",
    )
    named = forms.ChoiceField(
        label="Who is asked alone?",
        required=False,
        help_text="Only where the named guardian's yes is enough.",
    )

    def __init__(
        self, typed: Any, *, choice: Choice, ties: Sequence[Guardianship], school_mode: str
    ) -> None:
        self.free = frozenset(tie.pk for tie in ties)
        super().__init__(typed, initial=self.showing(choice))
        people = [(str(tie.pk), f"{tie.guardian.name}, {tie.relationship}") for tie in ties]
        usual = {"any": "any one guardian", "all": "all guardians"}[school_mode]
        fields: Any = self.fields
        fields["mode"].choices = [
            (AS_THE_SCHOOL, f"As the school's setting says: {usual}"),
            ("any", "Any one guardian who is asked"),
            ("all", "All guardians who are asked"),
            ("named", "One named guardian alone"),
        ]
        fields["counting"].choices = people
        fields["named"].choices = [("", "Nobody"), *people]
        if not people:
            del fields["counting"], fields["named"]

    def showing(self, choice: Choice, *, on: Choice | None = None) -> dict[str, Any]:
        """Return the fields as they show a choice, made on a page that shows it or another one."""
        return {
            "seen": seal_seen(on or choice),
            "mode": choice.mode or AS_THE_SCHOOL,
            "counting": [str(pk) for pk in sorted(choice.counting & self.free)],
            "named": str(choice.named) if choice.named in self.free else "",
        }

    def clean_seen(self) -> Choice:
        """Read the choice that the page showed."""
        facts = super().clean_seen()
        try:
            return Choice(**facts | {"counting": frozenset(facts["counting"])})
        except (KeyError, TypeError) as fault:
            raise forms.ValidationError(UNSEEN) from fault

    def wanted(self) -> Choice:
        """Return what was chosen; who is blocked is no choice here, and stays as it was seen."""
        said, seen = self.cleaned_data, self.cleaned_data["seen"]
        named = said.get("named")
        return Choice(
            mode=said["mode"],
            counting=frozenset(map(int, said.get("counting", []))) | (seen.counting - self.free),
            named=int(named) if named else None,
        )

    def clean_mode(self) -> str:
        """Return the mode as a pupil's row keeps it."""
        mode: str = self.cleaned_data["mode"]
        return "" if mode == AS_THE_SCHOOL else mode

    def clean(self) -> dict[str, Any]:
        """Ask for a name where one guardian is to be asked alone."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("mode") == "named" and not said.get("named"):
            field = "named" if "named" in self.fields else "mode"
            self.add_error(field, "Choose the guardian who is asked alone.")
        return said


class AddressForm(SeenForm):
    """Where and in which language somebody is written to; of a pupil there is no language."""

    email = forms.EmailField(
        label="E-mail address",
        required=False,
        max_length=254,
        help_text="Leave it empty when there is none.",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    language = forms.ChoiceField(
        label="Language", choices=settings.LANGUAGES, help_text="Of messages and of the form."
    )

    def __init__(self, *args: Any, has_language: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_language:
            del self.fields["language"]

    def clean_seen(self) -> Reach:
        """Read the address and the language that the page showed."""
        try:
            return Reach(**super().clean_seen())
        except TypeError as fault:
            raise forms.ValidationError(UNSEEN) from fault

    def wanted(self) -> Reach:
        """Return what was typed."""
        said = self.cleaned_data
        return Reach(email=said["email"], language=said.get("language", said["seen"].language))


def showing(reach: Reach, *, on: Reach | None = None) -> dict[str, Any]:
    """Return the fields as they show an address, on a page that shows it or another one."""
    return {"seen": seal_seen(on or reach), **asdict(reach)}


class ConfirmForm(StaffForm):
    """How somebody made sure that a changed address is the guardian's own."""

    cards = ("how",)

    email = forms.CharField(widget=forms.HiddenInput)
    how = forms.ChoiceField(
        label="How do you know that it is theirs?",
        widget=forms.RadioSelect,
        choices=[
            ("telephone", "I rang the number that we had before"),
            ("in_person", "They told me in person"),
            ("paper", "They wrote it on paper, signed"),
        ],
        error_messages={"required": "Choose how you made sure."},
    )
