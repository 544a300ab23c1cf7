"""Which link of a call has leaked."""

from typing import Any

from django import forms

from meetings import policy

EVERYTHING = "all"


class LeakForm(forms.Form):
    """What leaked: everything, unless somebody knows better; each choice says which link was meant.

    A link that has been renewed since the page was shown is no choice any more.
    """

    what = forms.ChoiceField(label="What leaked?")

    def __init__(
        self, *args: Any, facts: policy.Facts, version: int, links: dict[int, int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["what"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.widget.attrs["class"] = "form-select"
        alone = [place for place in facts.shown if policy.is_own_link_alone(facts, place.pupil_id)]
        self._has_choice = bool(alone)
        field.choices = [
            (f"{EVERYTHING}:{version}", "Everything, or I am not sure"),
            *(
                (f"{place.pupil_id}:{links[place.pupil_id]}", f"Only the link for {place.name}")
                for place in alone
            ),
        ]

    @property
    def has_choice(self) -> bool:
        """Tell whether something less than everything can have leaked."""
        return self._has_choice

    def said(self) -> tuple[int | None, int]:
        """Return whose link leaked, or None for everything, and the version that was meant."""
        what, _, seen = self.cleaned_data["what"].partition(":")
        return (None if what == EVERYTHING else int(what)), int(seen)
