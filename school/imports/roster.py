"""Whom a file set names, the same for every format."""

import json
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A pupil as the file has them; `source_id` is the file's own name for them."""

    source_id: str
    given_name: str
    family_name: str
    year_group: int
    born_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adult:
    """Somebody with a tie to a pupil. That says nothing yet about responsibility or contact."""

    source_id: str
    name: str
    email: str = ""
    telephone: str = ""


class Doubt(StrEnum):
    """What a file says against asking an adult."""

    COURT_ORDER = "court_order"
    NO_RESPONSIBILITY = "no_responsibility"
    NO_LETTERS = "no_letters"


DOUBTS = {
    Doubt.COURT_ORDER: "a court order stands",
    Doubt.NO_RESPONSIBILITY: "no parental responsibility",
    Doubt.NO_LETTERS: "wants no letters",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bond:
    """That an adult is a parent, guardian or relative of a child."""

    child_id: str
    adult_id: str
    relationship: str
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher:
    """A member of staff who teaches a class: known by the address of their account."""

    source_id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A class with its pupils and teachers."""

    source_id: str
    name: str
    child_ids: tuple[str, ...] = ()
    teacher_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that was read past, said to the person who looks at the proposal."""

    place: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """All that one file set says. Whether it lists families or classes at all is a fact of its own."""

    children: tuple[Child, ...]
    adults: tuple[Adult, ...] = ()
    bonds: tuple[Bond, ...] = ()
    teachers: tuple[Teacher, ...] = ()
    groups: tuple[Group, ...] = ()
    lists_families: bool = False
    lists_classes: bool = False
    notes: tuple[Note, ...] = ()


KINDS: dict[str, Any] = {
    "children": Child,
    "adults": Adult,
    "bonds": Bond,
    "teachers": Teacher,
    "groups": Group,
    "notes": Note,
}


def dumped(roster: Roster) -> str:
    """Return a roster as text, to be kept until somebody has decided."""
    kept = {one.name: getattr(roster, one.name) for one in fields(roster)}
    for name in KINDS:
        kept[name] = [
            {one.name: getattr(row, one.name) for one in fields(row)} for row in kept[name]
        ]
    return json.dumps(kept, default=date.isoformat, ensure_ascii=False)


def loaded(text: str) -> Roster:
    """Return the roster of such a text."""
    kept: dict[str, Any] = json.loads(text)
    for child in kept["children"]:
        child["born_on"] = child["born_on"] and date.fromisoformat(child["born_on"])
    for group in kept["groups"]:
        group["child_ids"] = tuple(group["child_ids"])
        group["teacher_ids"] = tuple(group["teacher_ids"])
    for bond in kept["bonds"]:
        bond["doubt"] = Doubt(bond["doubt"]) if bond.get("doubt") else None
    for name, kind in KINDS.items():
        kept[name] = tuple(kind(**row) for row in kept[name])
    return Roster(**kept)
