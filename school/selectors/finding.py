"""Finding pupils by what somebody types: a name, a year, a class."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.db.models import QuerySet

from school.models import Pupil, TeachingGroup
from school.names import plain_words
from school.selectors.kin import orders_about

FOUND_AT_MOST = 12
MOST_WORDS = 6
YEAR = re.compile(r"\b(?:year|yr|y)\s*(\d{1,2})\b")


@dataclass(frozen=True, kw_only=True)
class Found:
    """The pupils who were found, and how many more there are."""

    pupils: list[Pupil]
    more: int = 0


def pupils_for(staff_id: int, *, on: date) -> QuerySet[Pupil]:
    """Return the pupils on roll whom a member of staff may invite, with their classes.

    Of whom an order, or the pupil, keeps them from, they learn nothing here either (E30, E42).
    """
    roll = Pupil.objects.on_roll(on=on)
    kept_from = orders_about(roll.values_list("pk", flat=True), seen_by=staff_id, on=on).kept_from
    return roll.exclude(pk__in=kept_from).prefetch_related("teaching_groups")


def find_pupils(
    pupils: QuerySet[Pupil], words: str, *, chosen: Iterable[int], most: int = FOUND_AT_MOST
) -> Found:
    """Return those of whose name, year and class every word is the beginning of a part.

    Accents and signs make no difference: zoe finds Zoë, oneil O'Neil. Of the roll only the names are
    read, and those who are found in full.
    """
    wanted = _as_typed(words)
    if not wanted:
        return Found(pupils=[])
    taken, classes = set(chosen), _class_names()
    names = pupils.prefetch_related(None).values_list(
        "pk", "given_name", "family_name", "year_group"
    )
    found = [
        pk
        for pk, given, family, year in names
        if pk not in taken and _has_all(_parts(f"{given} {family}", year, classes[pk]), wanted)
    ]
    return Found(pupils=in_order(pupils, found[:most]), more=max(0, len(found) - most))


def in_order(pupils: QuerySet[Pupil], numbers: Sequence[int]) -> list[Pupil]:
    """Return the pupils of these numbers, in this order; who is not among them is left out."""
    known = {pupil.pk: pupil for pupil in pupils.filter(pk__in=numbers)}
    return [known[pk] for pk in numbers if pk in known]


def of_classes(pupils: QuerySet[Pupil], groups: Iterable[TeachingGroup]) -> dict[int, set[int]]:
    """Return by class the numbers of those of these pupils who are in it."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = TeachingGroup.pupils.through.objects.filter(
        teachinggroup__in=list(groups), pupil__in=pupils.prefetch_related(None).values("pk")
    )
    for group_id, pupil_id in rows.values_list("teachinggroup", "pupil"):
        found[group_id].add(pupil_id)
    return found


def find_classes(groups: Iterable[TeachingGroup], words: str) -> list[TeachingGroup]:
    """Return the classes whose name begins with what was typed, or has every word of it.

    Birch, 6 birch and year 6 find Year 6 Birch; a number alone is no part of a name, but its beginning.
    """
    wanted = plain_words(YEAR.sub(r"year \1", words.casefold()))[:MOST_WORDS]
    typed = "".join(plain_words(words))
    has_letters = any(not word.isdigit() for word in wanted)
    return [
        one
        for one in groups
        if typed
        and (
            "".join(plain_words(one.name)).startswith(typed)
            or (has_letters and _has_all(_words_of(one.name), wanted))
        )
    ]


def has_name(name: str, words: str) -> bool:
    """Tell whether every typed word is the beginning of a part of a name."""
    return _has_all(_words_of(name), _as_typed(words))


def _as_typed(words: str) -> list[str]:
    """Return what is looked for, word by word; Year 5 is one word."""
    joined = YEAR.sub(r"year\1", words.casefold())
    return plain_words(joined)[:MOST_WORDS]


def _class_names() -> dict[int, list[str]]:
    """Return by pupil the names of their classes."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = TeachingGroup.pupils.through.objects.values_list("pupil", "teachinggroup__name")
    for pupil_id, name in rows:
        found[pupil_id].append(name)
    return found


def _parts(name: str, year: int, classes: Iterable[str]) -> set[str]:
    own = f"year{year}" if year else "reception"
    return {own, *_words_of(name), *(part for one in classes for part in _words_of(one))}


@lru_cache(maxsize=10_000)
def _words_of(name: str) -> frozenset[str]:
    """Return the words of a name, and each as it is typed without its signs: o neil, oneil."""
    joined = ("".join(plain_words(word)) for word in name.split())
    return frozenset({*plain_words(name), *joined})


def _has_all(parts: Iterable[str], wanted: Iterable[str]) -> bool:
    held = tuple(parts)
    return all(any(part.startswith(word) for part in held) for word in wanted)
