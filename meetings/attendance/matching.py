"""Who of the report is whom of the plan: by account, by address, by a person's word, never by a name."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from typing import NamedTuple

from meetings.attendance.entries import address
from meetings.attendance.findings import MatchedBy, Person, Side
from meetings.attendance.plans import Expected, Plan
from meetings.attendance.reports import Attendee, Flag, Interval

# A choice of more is no help to anybody.
MOST_OFFERS = 8

# Whoever came in so has typed their name, or has none: nothing about them is proof.
_PROVES_NOTHING = frozenset({Flag.UNVERIFIED, Flag.TELEPHONE})
_NOT_A_WORD = re.compile(r"[\W_]+")


class Match(NamedTuple):
    """Who somebody is, and how we know."""

    expected: Expected
    by: MatchedBy


def people_in(attendees: Iterable[Attendee], plan: Plan) -> tuple[Person, ...]:
    """Return the people who were in, each once with all devices, in the order of their coming (E69)."""
    known = _Known(plan)
    devices: dict[str, list[tuple[Attendee, MatchedBy]]] = defaultdict(list)
    unknown: list[Attendee] = []
    for attendee in attendees:
        match = known.match(attendee)
        if match:
            devices[match.expected.key].append((attendee, match.by))
        else:
            unknown.append(attendee)
    people = [known.person(key, found) for key, found in devices.items()]
    people += [known.stranger(attendee) for attendee in unknown]
    return tuple(sorted(people, key=_coming))


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the same time in as few intervals as can be: in order, none touches another."""
    found: list[Interval] = []
    for interval in sorted(intervals, key=attrgetter("start")):
        if not found or interval.start > found[-1].end:
            found.append(interval)
        elif interval.end > found[-1].end:
            found[-1] = Interval(found[-1].start, interval.end)
    return tuple(found)


def _coming(person: Person) -> tuple[bool, datetime, str, str]:
    first = person.intervals[0].start if person.intervals else datetime.max.replace(tzinfo=UTC)
    # Who came in the same second stand by their names: the number in a key says nothing to a reader.
    return not person.intervals, first, person.name.casefold(), person.key


def words_of(name: str) -> frozenset[str]:
    """Return the words of a name, so that "Müller, Zoë" and "zoe muller" have the same."""
    return frozenset(_in_turn(name))


def _in_turn(name: str) -> list[str]:
    """Return the words of a name as they follow each other."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    return _NOT_A_WORD.sub(" ", bare).split()


class _Known:
    """Those who are expected, found by what is known of them."""

    def __init__(self, plan: Plan) -> None:
        self._confirmed = plan.confirmed
        self._sides = {each.key: Side.ADULT for each in plan.staff}
        self._sides |= {each.key: Side.PUPIL for each in plan.pupils}
        everybody = (*plan.staff, *plan.pupils)
        self._by_key: dict[str, Expected] = {each.key: each for each in everybody}
        self._accounts = _index((each.object_id, each) for each in everybody)
        self._addresses = _index((mail, each) for each in everybody for mail in each.addresses)
        self._names = [
            (words, each.key)
            for each in everybody
            for words in map(words_of, dict.fromkeys((each.name, *each.display_names)))
            if words
        ]
        self._by_word: dict[str, list[int]] = defaultdict(list)
        for number, (words, _) in enumerate(self._names):
            for word in words:
                self._by_word[word].append(number)
        self._offered: dict[frozenset[str], tuple[str, ...]] = {}
        self._short: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for each in (*(one for one in plan.staff if one.role), *plan.pupils):
            given, *rest = _in_turn(each.name) or [""]
            for word in rest:
                self._short[given, word[0]][each.key] = None

    def match(self, attendee: Attendee) -> Match | None:
        """Return who an attendee is, where that is certain.

        What two people share, such as the address of a family, is nobody's proof; nor are an account
        and an address that name two people.
        """
        confirmed = self._confirmed.get(attendee.key)
        if confirmed is not None:
            return Match(self._by_key[confirmed], MatchedBy.CONFIRMED)
        if attendee.flags & _PROVES_NOTHING:
            return None
        account = address(attendee.user_id)
        by_account = self._accounts.get(account, frozenset()) | self._addresses.get(
            account, frozenset()
        )
        by_address = self._addresses.get(address(attendee.email), frozenset())
        found = by_account | by_address
        if len(found) != 1:
            return None
        (key,) = found
        return Match(self._by_key[key], MatchedBy.ACCOUNT if by_account else MatchedBy.ADDRESS)

    def person(self, key: str, devices: list[tuple[Attendee, MatchedBy]]) -> Person:
        """Return somebody who is expected, with every device of theirs; proof goes before word."""
        return Person(
            key=key,
            name=self._by_key[key].name,
            side=self._sides[key],
            matched_by=min((by for _, by in devices), key=list(MatchedBy).index),
            attendees=tuple(attendee.key for attendee, _ in devices),
            intervals=merged(
                interval for attendee, _ in devices for interval in attendee.intervals
            ),
        )

    def stranger(self, attendee: Attendee) -> Person:
        """Return somebody whom nobody has named yet, with the names that would fit."""
        offers = self._offers(words_of(attendee.name))
        fitting = () if offers else self._fitting(attendee.name)
        is_one = len(fitting) == 1 and self._sides[fitting[0]] is Side.PUPIL
        return Person(
            key=attendee.key,
            name=attendee.name,
            side=Side.UNKNOWN,
            matched_by=None,
            attendees=(attendee.key,),
            intervals=merged(attendee.intervals),
            offers=fitting if is_one else offers,
            hints=() if is_one else fitting,
        )

    def _fitting(self, name: str) -> tuple[str, ...]:
        """Return who of the call has the given name and the initial that were typed: "Harry D"."""
        words = _in_turn(name)
        if len(words) != 2 or len(words[1]) != 1:
            return ()
        return tuple(self._short.get((words[0], words[1]), ()))

    def _offers(self, words: frozenset[str]) -> tuple[str, ...]:
        """Return whose name it could be: the same words first, then one name within the other."""
        if words not in self._offered:
            numbers = {number for word in words for number in self._by_word.get(word, ())}
            fitting = sorted(
                (self._names[number][0] != words, number)
                for number in numbers
                if self._names[number][0] <= words or words <= self._names[number][0]
            )
            keys = dict.fromkeys(self._names[number][1] for _, number in fitting)
            self._offered[words] = tuple(keys)[:MOST_OFFERS]
        return self._offered[words]


def _index(pairs: Iterable[tuple[str, Expected]]) -> Mapping[str, frozenset[str]]:
    """Return whose an account or address is; it may be several people's."""
    found: dict[str, set[str]] = defaultdict(set)
    for text, expected in pairs:
        if folded := address(text):
            found[folded].add(expected.key)
    return {text: frozenset(keys) for text, keys in found.items()}
