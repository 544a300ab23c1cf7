"""From rows to people: whose stays belong together, and what is known of each."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from meetings.attendance.reports import Attendee, Flag, Interval, key_of

LONGEST_NAME, LONGEST_TITLE, LONGEST_ADDRESS = 256, 500, 320

_MARKED = re.compile(r"(?P<name>.*\S)\s*\((?P<mark>external|unverified|guest)\)", re.IGNORECASE)
_TELEPHONE = re.compile(r"(?=(?:[^0-9]*[0-9]){3})[+*]?[0-9()x*-][0-9()x* -]{4,}")
# These two shape letters in Persian, Bengali and others, and turn nothing around.
_JOINERS = "\u200c\u200d"


class Said(NamedTuple):
    """What one row says of a person, and one stay of theirs."""

    # As the report has it, marks in brackets and all: by this two of its tables know each other.
    called: str
    name: str
    flags: frozenset[Flag]
    email: str
    user_id: str
    role: str
    interval: Interval

    @property
    def identity(self) -> str:
        """Return the account or the address; empty for whoever has only a name."""
        return self.user_id or self.email


def said(*, name: str, email: str, user_id: str, role: str, interval: Interval) -> Said:
    """Return what a row says, with nothing in it that could play tricks on a page."""
    whole, mail = clean(name, LONGEST_NAME), address(email)
    shown, flags = _named(whole)
    called = mail or whole
    return Said(called, shown, flags, mail, address(user_id), _role(role[:160]), interval)


@lru_cache(maxsize=64)
def _role(text: str) -> str:
    """Return Teams' own word for what somebody is on a call: a report has two or three of them."""
    return clean(text, 40).lower()


def called_of(*, name: str, email: str) -> str:
    """Return by what the tables of a report have a person in common: the address, or the whole name."""
    return address(email) or clean(name, LONGEST_NAME)


def named(text: str) -> tuple[str, frozenset[Flag]]:
    """Return a name without the marks in brackets that Teams puts behind it, and these marks."""
    return _named(clean(text, LONGEST_NAME))


def _named(name: str) -> tuple[str, frozenset[Flag]]:
    flags = set()
    # Every mark ends with a bracket: most names have none, and need not be looked at twice.
    while name.endswith(")") and (found := _MARKED.fullmatch(name)):
        name = found["name"]
        flags.add(Flag(found["mark"].lower()))
    if _TELEPHONE.fullmatch(name):
        flags.add(Flag.TELEPHONE)
    return name, frozenset(flags)


def clean(text: str, longest: int) -> str:
    """Return a text in one line, without characters that hide, turn round or control others."""
    # What is looked at is bounded too: most of a huge cell is never shown.
    seen = text[: 4 * longest]
    if not seen:
        return ""
    if seen.isprintable() and "  " not in seen:
        return seen.strip()[:longest].strip()
    shown = "".join(
        " " if character.isspace() else character
        for character in seen
        if character.isspace()
        or character in _JOINERS
        or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co")
    )
    return " ".join(shown.split())[:longest].strip()


def address(text: str) -> str:
    """Return an address or account in lower case; none where it could only look like another.

    Only ASCII has its case folded: "ſ" and the sign for Kelvin would become the letters of somebody
    else's address.
    """
    found = text.strip()
    if not found:
        return ""
    if len(found) > LONGEST_ADDRESS or not found.isprintable() or " " in found:
        return ""
    return found.lower() if found.isascii() else found


def attendees_of(
    rows: Iterable[Said], *, one_each: frozenset[str] = frozenset()
) -> tuple[Attendee, ...]:
    """Put the rows of one account or address together; a name alone proves nothing.

    Rows with nothing but a name are one person each, unless that is in `one_each`: then the
    report itself says that they are one, and is believed where their stays do not overlap.
    """
    together: dict[str, list[Said]] = defaultdict(list)
    alone: dict[str, list[Said]] = defaultdict(list)
    for row in rows:
        (together[row.identity] if row.identity else alone[row.called]).append(row)
    groups = list(together.values())
    for called, stays in alone.items():
        if called in one_each and _in_turn(stay.interval for stay in stays):
            groups.append(stays)
        else:
            groups += [[stay] for stay in stays]
    return merged_by_key(map(_attendee, groups))


def merged_by_key(attendees: Iterable[Attendee]) -> tuple[Attendee, ...]:
    """Return the attendees in the order of their coming, each account or address once.

    Two who have only a name, the same one, and came in the same second, are still two.
    """
    found: dict[str, Attendee] = {}
    for attendee in attendees:
        if attendee.user_id or attendee.email:
            same = found.get(attendee.key)
            found[attendee.key] = _together(same, attendee) if same else attendee
        else:
            one = attendee
            while one.key in found:
                one = replace(one, key=key_of(user_id=one.key, email="", name=""))
            found[one.key] = one
    return tuple(sorted(found.values(), key=_coming))


def _together(one: Attendee, other: Attendee) -> Attendee:
    return replace(
        one,
        flags=one.flags | other.flags,
        intervals=tuple(sorted(one.intervals + other.intervals)),
    )


def _coming(attendee: Attendee) -> tuple[datetime, datetime, str]:
    first = attendee.intervals[0]
    return (first.start, first.end, attendee.key)


def _attendee(stays: Sequence[Said]) -> Attendee:
    one = stays[0]
    is_one = len(stays) == 1
    intervals = (one.interval,) if is_one else tuple(sorted(stay.interval for stay in stays))
    return Attendee(
        key=key_of(user_id=one.user_id, email=one.email, name=one.name, first=intervals[0].start),
        name=one.name,
        email=one.email,
        user_id=one.user_id,
        role=one.role,
        flags=one.flags if is_one else frozenset().union(*(stay.flags for stay in stays)),
        intervals=intervals,
    )


def _in_turn(intervals: Iterable[Interval]) -> bool:
    return all(one.end <= other.start for one, other in pairwise(sorted(intervals)))
