"""For whom a copy of a child's file is made, and whose names stay behind."""

from collections.abc import Sequence
from typing import Any

from django import forms

from concerns.forms.fields import words
from concerns.selectors import Filed
from schoolsafe.lib.locking import is_passphrase

MOST_NAMES = 100


class CopyForm(forms.Form):
    """A copy: for whom, why, and what is left out beside the names on record."""

    for_whom = forms.CharField(
        label="For whom is it?",
        help_text="The school or office and the person there, such as the DSL of Hill School.",
        max_length=200,
    )
    reason = words("Why may they have it?", rows=2, required=True)
    besides = forms.CharField(
        label="More names to leave out, one on each line",
        help_text="Nicknames, slips of spelling, or somebody who is no child: written as in the text.",
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    carried = forms.MultipleChoiceField(
        label="Files that may go although another child is in their concern",
        help_text="Open each first. What is not ticked is left out, and the copy says so.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Which files there are has changed. Look at it again."},
    )
    passphrase = forms.CharField(widget=forms.HiddenInput)
    has_looked = forms.BooleanField(
        label="I have read above what leaves, and no other child can be recognised in it.",
        error_messages={"required": "Read what leaves first, and say so."},
    )

    def clean_passphrase(self) -> str:
        """Take no passphrase but one that was made here."""
        typed: str = self.cleaned_data["passphrase"]
        if not is_passphrase(typed):
            raise forms.ValidationError("This passphrase was not made here. Open the page anew.")
        return typed

    def names(self) -> list[str]:
        """Return the names that are left out as well, also while the rest is not filled in."""
        typed: Any = self["besides"].value() or ""
        return [line.strip() for line in str(typed).splitlines() if line.strip()][:MOST_NAMES]

    def ticked(self) -> list[str]:
        """Return the files that go although another child is in their concern, as they are ticked now."""
        return [str(name) for name in self["carried"].value() or []]

    def ask_of(self, files: Sequence[Filed]) -> None:
        """Offer a tick for each file of a concern with another child in it, and for no other."""
        asked = [(one.name, f"{one.name}, {one.file.words}") for one in files if one.is_asked]
        self.fields["carried"].choices = asked  # type: ignore[attr-defined]
        if not asked:
            del self.fields["carried"]
