"""The forms that lead to another record: a concern about the same event, and the right child."""

from typing import Any

from django import forms

from concerns import selectors
from concerns.forms.acts import ActForm, Here
from concerns.forms.fields import words
from concerns.models import Concern
from school.models import Pupil
from schoolsafe.lib import clock
from schoolsafe.lib.rows import names_a_row


class LinkForm(ActForm):
    """Another concern about the same event; one that somebody may not read does not exist."""

    reference = forms.CharField(
        label="Reference of the other concern",
        help_text="Eight letters and digits. You can link what you may read.",
        max_length=12,
    )
    text = words("How do you know that it is the same event?", rows=3, required=True)

    def clean_reference(self) -> Concern:
        """Find the other one among what this person may read."""
        typed = self.cleaned_data["reference"].strip().upper()
        others = Concern.objects.filter(reference=typed).exclude(pk=self.here.concern.pk)
        found = others.visible_to(self.here.by.viewer()).first()
        if found is None:
            raise forms.ValidationError("There is no other concern of this reference.")
        return found

    def said(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        typed = self.cleaned_data
        return {"other": typed["reference"], "text": typed["text"]}


class MovePupilForm(ActForm):
    """The right pupil, with year and class: namesakes first (E11)."""

    find_words = forms.CharField(
        label="Look for the right child", help_text="Name or class.", required=False, max_length=100
    )
    pupil = forms.ChoiceField(label="Which child?", widget=forms.RadioSelect, required=False)
    reasons = words("How do you know?", "It stands in the right child's record.", rows=3)

    def __init__(self, *args: Any, here: Here, **kwargs: Any) -> None:
        super().__init__(*args, here=here, **kwargs)
        row: Any = here.row
        self.wrong: Pupil = row.pupil
        self.fields["find_words"].initial = self.wrong.given_name
        typed = self.data if self.is_bound else self.initial
        looked_for = typed.get("find_words", self.wrong.given_name)
        # Whoever is chosen stays so, whatever is looked for next.
        chosen = _on_roll(str(typed.get("pupil", "")))
        found = selectors.find_pupils(looked_for, chosen=chosen, now=clock.now())
        self.found = {str(one.pk): one for one in found if one.pk != self.wrong.pk}
        field: Any = self.fields["pupil"]
        field.choices = [(key, _with_classes(one)) for key, one in self.found.items()]
        field.error_messages["invalid_choice"] = "Choose the right child."

    def clean(self) -> dict[str, Any]:
        """Ask for a child, and for the reasons once one is chosen."""
        typed = self.cleaned_data
        if "pupil" in self.errors:
            return typed
        if not typed.get("pupil"):
            none = "Nobody on roll is called that." if not self.found else "Choose the right child."
            self.add_error("pupil", none)
        elif not typed.get("reasons", "").strip():
            self.add_error("reasons", "Write how you know.")
        return typed

    def said(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        typed = self.cleaned_data
        return {"pupil": self.found[typed["pupil"]], "reasons": typed["reasons"]}


def _on_roll(chosen: str) -> list[int]:
    """Return whoever is chosen, where that is a child on roll."""
    if not names_a_row(chosen):
        return []
    return list(
        Pupil.objects.on_roll(on=clock.today()).filter(pk=chosen).values_list("pk", flat=True)
    )


def _with_classes(pupil: Pupil) -> str:
    """Return a pupil with year and class, so that namesakes are told apart."""
    classes = ", ".join(group.name for group in pupil.teaching_groups.all())
    return f"{pupil.full_label}, {classes}" if classes else pupil.full_label
