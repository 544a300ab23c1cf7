"""Finding pupils by what somebody types: a name, a year, a class."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

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
    pupils: Iterable[Pupil], words: str, *, chosen: Iterable[int], most: int = FOUND_AT_MOST
) -> Found:
    """Return those of whose name, year and class every word is the beginning of a part.

    Accents and signs make no difference: zoe finds Zoë, oneil O'Neil.
    """
    wanted = _as_typed(words)
    if not wanted:
        return Found(pupils=[])
    taken = set(chosen)
    found = [one for one in pupils if one.pk not in taken and _has_all(_parts(one), wanted)]
    return Found(pupils=found[:most], more=max(0, len(found) - most))


def find_classes(groups: Iterable[TeachingGroup], words: str) -> list[TeachingGroup]:
    """Return the classes whose name begins with what was typed."""
    typed = "".join(plain_words(words))
    return [one for one in groups if typed and "".join(plain_words(one.name)).startswith(typed)]


def has_name(name: str, words: str) -> bool:
    """Tell whether every typed word is the beginning of a part of a name."""
    return _has_all(_words_of(name), _as_typed(words))


def _as_typed(words: str) -> list[str]:
    """Return what is looked for, word by word; Year 5 is one word."""
    joined = YEAR.sub(r"year\1", words.casefold())
    return plain_words(joined)[:MOST_WORDS]


def _parts(pupil: Pupil) -> set[str]:
    year = f"year{pupil.year_group}" if pupil.year_group else "reception"
    classes = (group.name for group in pupil.teaching_groups.all())
    return {year, *_words_of(str(pupil)), *(part for name in classes for part in _words_of(name))}


def _words_of(name: str) -> set[str]:
    """Return the words of a name, and each as it is typed without its signs: o neil, oneil."""
    return {*plain_words(name), *("".join(plain_words(word)) for word in name.split())}


def _has_all(parts: Iterable[str], wanted: Iterable[str]) -> bool:
    held = tuple(parts)
    return all(any(part.startswith(word) for part in held) for word in wanted)
