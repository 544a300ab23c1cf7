"""What somebody looks for in concerns."""

from typing import Any

from django import forms

from concerns.searching import MOST_WORDS, Sought, sought


class SearchForm(forms.Form):
    """The words; they travel in the body of a request alone, never in an address (E102)."""

    words = forms.CharField(
        label="Words",
        help_text="Whole words, in any order; all of them must be there. "
        "“In quotation marks” they must stand as they are.",
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
        error_messages={"required": "Write what you look for."},
    )

    def clean_words(self) -> str:
        """Refuse what would find everything, or costs too much."""
        typed: str = self.cleaned_data["words"]
        found = sought(typed)
        if not found.all_words:
            raise forms.ValidationError("Write a word that does not stand in every text.")
        if len(found.all_words) > MOST_WORDS:
            raise forms.ValidationError(f"Look for {MOST_WORDS} words at most.")
        return typed

    def sought(self) -> Sought:
        """Return what is looked for."""
        cleaned: dict[str, Any] = self.cleaned_data
        return sought(cleaned["words"])
