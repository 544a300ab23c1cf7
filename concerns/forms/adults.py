"""The adults in a concern: yourself, staff, others in words, and staff named in what was written."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from concerns import policy, selectors
from concerns.forms import children
from concerns.forms.fields import about_oneself
from concerns.forms.meant import (
    MeantField,
    WorksHereField,
    demand,
    demand_works_here,
    with_meant,
)
from concerns.models import Category
from concerns.policy.adults import WHICH_ADULT
from concerns.services import Named
from school.models import StaffMember
from school.pickers import row_numbers

ADULT_PARTS = [
    (part.value, part.label)
    for part in (policy.Part.SUBJECT, policy.Part.WITNESS, policy.Part.MENTIONED)
]
ADULT_FIELDS = ["own", "staff", "adult_name", "adult_is", "adult_works_here", "adult_email"]
ASK_PART = "Say what their part is. Nothing is chosen for you."
NOBODY_WHOM = " Whoever is named has another part, or does not work here."


def part_of(person: StaffMember) -> forms.ChoiceField:
    """Ask for the part of somebody on the staff of whom was written; nothing is chosen beforehand."""
    return forms.ChoiceField(
        label=f"You wrote about {person.name}. What is their part?",
        required=False,
        widget=forms.RadioSelect,
        choices=[(said.value, said.label) for said in policy.Said],
        error_messages={"invalid_choice": ASK_PART},
    )


class AsksOfStaff(forms.Form):
    """A text that is added; of staff named in it is asked before they may read it (E1, E4)."""

    def ask_of_staff(self, *, known: Collection[int]) -> None:
        """Ask about everybody on the staff whom the text names, but those whose part is known."""
        text = str(self.data.get("text", ""))
        written_of = selectors.staff_written_of([text], known=known) if self.is_bound else []
        self.asked = {f"named_{person.pk}": person for person in written_of}
        self.fields |= {name: part_of(person) for name, person in self.asked.items()}

    def clean(self) -> dict[str, Any]:
        """Demand an answer to each question."""
        typed = super().clean() or self.cleaned_data
        for name in self.asked:
            if not typed.get(name) and name not in self.errors:
                self.add_error(name, ASK_PART)
        return typed

    def people(self) -> list[Named]:
        """Return the staff named in it, each with the part that was said."""
        said = {name: policy.Said(self.cleaned_data[name]).part for name in self.asked}
        return [Named(part=part, staff=self.asked[name]) for name, part in said.items() if part]


class WithAdults(forms.Form):
    """What a form asks about adults; of staff named in its texts it asks before anything is filed."""

    typed: QueryDict
    own = about_oneself()
    staff = forms.ModelChoiceField(
        label="A member of staff",
        help_text="They will not see it, nor will their family. It goes to the headteacher, or past them.",
        required=False,
        queryset=StaffMember.objects.select_related("user"),
        empty_label="Nobody on the staff",
    )
    staff_part = forms.ChoiceField(label="Their part", required=False, choices=ADULT_PARTS)
    adult_name = forms.CharField(
        label="Another adult",
        help_text="A name, or what you know: 'a supply teacher in Year 4'.",
        required=False,
        max_length=200,
    )
    adult_part = forms.ChoiceField(label="Their part", required=False, choices=ADULT_PARTS)
    adult_is = MeantField()
    adult_email = forms.EmailField(label="Their e-mail, if you know it", required=False)
    adult_works_here = WorksHereField()

    def ask_about_staff(self, texts: Sequence[str], *, writer: int | None) -> list[str]:
        """Ask for the part of everybody on the staff whom the texts name; return the questions.

        Not of whoever writes, nor of whoever stands in the form with a part (E1, E3).
        """
        known = {pk for pk in (writer, *self._with_a_part()) if pk is not None}
        self.asked = {
            f"named_{person.pk}": person
            for person in selectors.staff_written_of(texts, known=known)
        }
        for name, person in self.asked.items():
            self.fields[name] = part_of(person)
        return list(self.asked)

    def _with_a_part(self) -> list[int]:
        """Return who on the staff was chosen, or is meant by the words about another adult."""
        chosen = self.typed.get("staff", "")
        meant: MeantField = self.fields["adult_is"]  # type: ignore[assignment]
        who = meant.plain or meant.person(self.typed.get("adult_is", ""))
        found = [who.pk] if isinstance(who, StaffMember) else []
        return [*found, *row_numbers([chosen])]

    def staff_questions(self) -> list[BoundField]:
        """Return the questions about staff, as the page shows them."""
        return [self[name] for name in self.asked]

    def check_adults(self) -> None:
        """Refuse to guess who is meant, what part somebody has, and which adult it is about."""
        demand(self, field="adult_is")
        demand_works_here(self, field="adult_works_here", words="adult_name", meant="adult_is")
        for name in self.asked:
            if not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, ASK_PART)
        if {*ADULT_FIELDS, "staff_part", "adult_part"}.isdisjoint(self.errors):
            self._check_which()

    def _check_which(self) -> None:
        """Ask which adult at school it is about, where a kind of concern says that it is (E1, E3)."""
        kinds: Sequence[Category] = self.cleaned_data.get("categories") or []
        adults = self.adults()
        if self.cleaned_data["own"] or not policy.lacks_adult(
            is_about_adult=any(kind.is_about_adult for kind in kinds),
            parties=[party for who in adults for party in who.parties],
        ):
            return
        self.add_error("adult_name", WHICH_ADULT + (NOBODY_WHOM if adults else ""))

    def adults(self) -> list[Named]:
        """Return every adult whom the form names."""
        typed, named = self.cleaned_data, list[Named]()
        if typed["staff"]:
            named.append(Named(part=children.part(typed["staff_part"]), staff=typed["staff"]))
        if typed["adult_name"]:
            adult = Named(
                part=children.part(typed["adult_part"]),
                name=typed["adult_name"],
                email=typed["adult_email"],
                is_adult=True,
                works_here=typed["adult_works_here"] != "no",
            )
            named.append(with_meant(self, adult, field="adult_is"))
        return [*named, *self._named_in_texts()]

    def _named_in_texts(self) -> list[Named]:
        """Return the staff of whom somebody wrote, with the part that was said."""
        said = {
            name: policy.Said(self.cleaned_data[name]).part
            for name in self.asked
            if self.cleaned_data.get(name)
        }
        return [Named(part=part, staff=self.asked[name]) for name, part in said.items() if part]
