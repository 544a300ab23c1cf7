"""Children who are not on our roll: several, each in words and with their part (E15)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django import forms
from django.forms.boundfield import BoundField

from concerns import policy
from concerns.forms.meant import MeantField, demand, offer_pupils, with_meant
from concerns.services import Named

PARTS = [(part.value, part.label) for part in policy.Part]
# The first has the plain names; a place is offered once the one before it is filled in.
PLACES = ("", "_2", "_3", "_4", "_5")
NAMES = [f"{name}{place}" for place in PLACES for name in ("child_name", "child_is", "child_part")]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One child in words, as the page shows the fields."""

    name: BoundField
    is_whom: BoundField
    part: BoundField


def add_fields(form: forms.Form, *, finds_pupils: bool) -> None:
    """Ask for children in words; of somebody who may not look for pupils, for every child."""
    label, hint = "A child who is not on our roll", "A visitor, a pupil of another school."
    if not finds_pupils:
        label = "Which child, or which children?"
        hint = "A name, or what you know: 'a boy in Year 4'."
    for place in PLACES:
        form.fields[f"child_name{place}"] = forms.CharField(
            label="Another child" if place else label,
            help_text="" if place else hint,
            required=False,
            max_length=200,
            # The next place is shown while this one does not show its placeholder.
            widget=forms.TextInput(attrs={"placeholder": " "}),
        )
        form.fields[f"child_is{place}"] = MeantField()
        form.fields[f"child_part{place}"] = forms.ChoiceField(
            label="Their part", required=False, choices=PARTS
        )


def offer(form: forms.Form, *, ticked: Collection[int]) -> None:
    """Ask of every name whether it is that of a child on our roll."""
    for place in PLACES:
        offer_pupils(form, words=f"child_name{place}", field=f"child_is{place}", ticked=ticked)


def check(form: forms.Form) -> None:
    """Refuse to guess who is meant."""
    for place in PLACES:
        demand(form, field=f"child_is{place}")


def rows(form: forms.Form) -> list[Row]:
    """Return the places as the page shows them."""
    return [
        Row(
            name=form[f"child_name{place}"],
            is_whom=form[f"child_is{place}"],
            part=form[f"child_part{place}"],
        )
        for place in PLACES
    ]


def named(form: forms.Form) -> Iterator[Named]:
    """Return the children in words, each once."""
    typed = form.cleaned_data
    for place in PLACES:
        if name := typed[f"child_name{place}"]:
            child = Named(part=part(typed[f"child_part{place}"]), name=name)
            yield with_meant(form, child, field=f"child_is{place}")


def part(chosen: str) -> policy.Part:
    """Return a chosen part; the concern is about them unless it says otherwise."""
    return policy.Part(chosen) if chosen else policy.Part.SUBJECT
