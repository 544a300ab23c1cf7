"""Asking whether words about an adult mean somebody on the staff."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from django import forms

from concerns import policy, selectors
from concerns.services import Named
from school.models import Pupil, StaffMember

OTHER, UNKNOWN = "other", "unknown"
QUESTION = "Do you mean one of these people? Choose one, or say that it is somebody else."

ASK_WORKS_HERE = "Say whether they work or help at the school. 'Not sure' is an answer too."


class MeantField(forms.ChoiceField):
    """Whom words mean: one of the people on record whom they may mean, somebody else, or not known.

    `plain`: the one whom the words may mean and who was chosen beside them already.
    """

    def __init__(self, **options: object) -> None:
        super().__init__(
            label="Do you mean",
            required=False,
            widget=forms.RadioSelect,
            **options,  # type: ignore[arg-type]
        )
        self.people: Sequence[StaffMember] | Sequence[Pupil] = ()
        self.plain: StaffMember | Pupil | None = None

    def offer(
        self,
        people: Sequence[StaffMember] | Sequence[Pupil],
        *,
        may_be_unknown: bool,
        other: str = "Somebody else, who is not on the staff list",
    ) -> None:
        """Ask about these people; about nobody there is nothing to choose."""
        self.people = people
        if not people:
            return
        last = [(OTHER, other)]
        if may_be_unknown:
            last.append((UNKNOWN, "I do not know"))
        self.choices = [*[(str(person.pk), _label(person)) for person in people], *last]

    def clean(self, value: str | None) -> str:
        """Take no answer to a question that is not asked any more: the words have changed."""
        known = {str(key) for key, _ in self.choices}  # type: ignore[misc,union-attr]
        return str(super().clean(value if value in known else ""))

    def person(self, chosen: str) -> StaffMember | Pupil | None:
        """Return whoever on record was chosen, if one was."""
        return next((person for person in self.people if str(person.pk) == chosen), None)


def _label(row: StaffMember | Pupil) -> str:
    """Return somebody on record in words; a pupil with their year (E11)."""
    return row.full_label if isinstance(row, Pupil) else row.name


class WorksHereField(forms.ChoiceField):
    """Whether an adult in words works at the school: asked of every one, and answered by nobody else.

    No answer stands there already: whoever is in a hurry would leave it, and a colleague of those
    who work here might read what was written about them (E3, E6).
    """

    def __init__(self, **options: object) -> None:
        super().__init__(
            label="Do they work or help at the school?",
            help_text="Or did they: supply, volunteer, coach, contractor, governor.",
            required=False,
            widget=forms.RadioSelect,
            choices=[("yes", "Yes"), ("no", "No"), ("unsure", "Not sure")],
            error_messages={"invalid_choice": ASK_WORKS_HERE},
            **options,  # type: ignore[arg-type]
        )


def demand_works_here(form: forms.Form, *, field: str, words: str, meant: str) -> None:
    """Ask for an answer about an adult in words, unless it is said whom on the staff they mean."""
    typed = form.cleaned_data
    asked: MeantField | None = form.fields.get(meant)  # type: ignore[assignment]
    is_known = asked is not None and (asked.plain or asked.person(str(typed.get(meant) or "")))
    if typed.get(words) and not typed.get(field) and not is_known and field not in form.errors:
        form.add_error(field, ASK_WORKS_HERE)


def offer(
    form: forms.Form, *, words: str, part: str, chosen: str, field: str, pupils: Collection[int]
) -> None:
    """Ask whom the typed words mean, unless they are about nobody who would have to be kept out.

    When one of those who may be meant was chosen in the list as well, there is nothing to ask.
    """
    typed, as_part = form.data.get(words, ""), form.data.get(part, "")
    if as_part in set(policy.Part) and not policy.Part(as_part).is_accused:
        return
    people = selectors.may_be_meant(typed, pupils=pupils)
    asked: MeantField = form.fields[field]  # type: ignore[assignment]
    in_list = form.data.get(chosen, "")
    asked.plain = next((person for person in people if str(person.pk) == in_list), None)
    if asked.plain is None:
        asked.offer(people, may_be_unknown=True)


def offer_pupils(form: forms.Form, *, words: str, field: str, ticked: Collection[int]) -> None:
    """Ask whether a name written as that of another child is that of a child on our roll.

    There is nothing to ask when that child is ticked as well.
    """
    people = selectors.pupils_of_name(form.data.get(words, ""))
    asked: MeantField = form.fields[field]  # type: ignore[assignment]
    asked.plain = next((pupil for pupil in people if pupil.pk in ticked), None)
    if asked.plain is None:
        asked.offer(people, may_be_unknown=True, other="Somebody else, who is not on our roll")


def demand(form: forms.Form, *, field: str) -> None:
    """Refuse to guess: who is asked about must be chosen or denied, or said not to be known."""
    asked: MeantField = form.fields[field]  # type: ignore[assignment]
    if asked.people and not form.cleaned_data.get(field) and field not in form.errors:
        form.add_error(field, QUESTION)


def with_meant(form: forms.Form, words: Named, *, field: str) -> Named:
    """Return somebody in words as they are named, with whom on the staff or on roll they mean."""
    asked: MeantField = form.fields[field]  # type: ignore[assignment]
    said = str(form.cleaned_data.get(field) or "")
    row = asked.plain or asked.person(said)
    return replace(
        words,
        is_settled=row is not None or said not in {"", UNKNOWN},
        meant=None if row is None else _named(row, words.part),
    )


def _named(row: StaffMember | Pupil, part: policy.Part) -> Named:
    """Return a row of the records as somebody in a concern."""
    if isinstance(row, Pupil):
        return Named(part=part, pupil=row)
    return Named(part=part, staff=row)
