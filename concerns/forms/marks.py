"""Marks on a child's body: each a place from a closed list, and words (A9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from concerns import policy
from concerns.services import Mark

# So many empty places are shown below those that are filled in.
SPARE = 3
PLACES: list[Any] = [
    ("", "No mark"),
    *[
        (
            side.label,
            [
                (f"{side}-{shape.region}", f"{shape.region.label}, {side}")
                for shape in policy.outline(side)
            ],
        )
        for side in policy.Side
    ],
]


class PerMilleField(forms.CharField):
    """Where on the outline somebody pressed; anything else than a place on it is no place."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)

    def clean(self, value: Any) -> Any:
        """Return the number, or None: the region is what counts, and is chosen in words."""
        text = str(value or "").strip()
        is_number = text.isascii() and text.isdecimal() and len(text) <= 4
        return int(text) if is_number and int(text) <= 1000 else None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One mark, as the page shows its fields."""

    number: int
    place: BoundField
    words: BoundField
    x: BoundField
    y: BoundField


def numbers(typed: Mapping[str, Any]) -> list[int]:
    """Return which marks the page shows: those that are filled in, and a few below them."""
    every = range(1, policy.MOST_MARKS + 1)
    used = [n for n in every if any(typed.get(f"mark_{n}_{part}") for part in ("place", "words"))]
    free = [n for n in every if n > max(used, default=0)]
    return [*used, *free[:SPARE]]


def add_fields(form: forms.Form, typed: Mapping[str, Any]) -> list[int]:
    """Ask for as many marks as are typed, and some more; return their numbers."""
    found = numbers(typed)
    for number in found:
        form.fields[f"mark_{number}_place"] = forms.ChoiceField(
            label=f"Mark {number}: where?", required=False, choices=PLACES
        )
        form.fields[f"mark_{number}_words"] = forms.CharField(
            label=f"Mark {number}: what does it look like?",
            required=False,
            strip=False,
            max_length=2000,
            # The next place is shown while this one does not show its placeholder.
            widget=forms.Textarea(attrs={"rows": 2, "placeholder": " "}),
        )
        form.fields[f"mark_{number}_x"] = PerMilleField()
        form.fields[f"mark_{number}_y"] = PerMilleField()
    return found


def check(form: forms.Form, found: list[int]) -> None:
    """Ask for words with every mark, and for a place with every word."""
    typed = form.cleaned_data
    for number in found:
        place, words = f"mark_{number}_place", f"mark_{number}_words"
        is_said = bool(str(typed.get(words) or "").strip())
        if typed.get(place) and not is_said and words not in form.errors:
            form.add_error(words, "Write what it looks like: size, colour, shape.")
        if is_said and not typed.get(place) and place not in form.errors:
            form.add_error(place, "Choose where on the body it is.")


def rows(form: forms.Form, found: list[int]) -> list[Row]:
    """Return the marks as the page shows them."""
    return [
        Row(number=n, **{part: form[f"mark_{n}_{part}"] for part in ("place", "words", "x", "y")})
        for n in found
    ]


def marks(form: forms.Form, found: list[int]) -> list[Mark]:
    """Return the marks that were made."""
    return [mark for n in found if (mark := _mark(form.cleaned_data, n)) is not None]


def _mark(typed: dict[str, Any], number: int) -> Mark | None:
    """Return one mark, or None for an empty place."""
    if not typed[f"mark_{number}_place"]:
        return None
    side, _, region = typed[f"mark_{number}_place"].partition("-")
    x, y = typed[f"mark_{number}_x"], typed[f"mark_{number}_y"]
    return Mark(
        number=number,
        side=policy.Side(side),
        region=policy.Region(region),
        words=typed[f"mark_{number}_words"],
        at=None if x is None or y is None else (x, y),
    )
