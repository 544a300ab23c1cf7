"""Leaving names out of what leaves the house: which words are replaced, and by what (E93).

Words are compared as they are read: without case, accents and signs that nobody sees, with any gap
between them. A name that is spelt otherwise is not found, and no nickname is: a person looks at what
is left before it goes.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

APOSTROPHES = frozenset("'’‘ʼ`´")
GAPS = frozenset("-‐‑‒–")
# One letter is an initial: as a name it would take every such letter out of the text.
SHORTEST = 2


# What begins a sentence or describes a child who is in words only, and names nobody.
DESCRIBING = frozenset(
    {
        "a",
        "an",
        "and",
        "another",
        "boy",
        "boys",
        "brother",
        "child",
        "children",
        "class",
        "friend",
        "from",
        "girl",
        "girls",
        "her",
        "his",
        "in",
        "lad",
        "master",
        "miss",
        "mister",
        "mr",
        "mrs",
        "ms",
        "mx",
        "of",
        "older",
        "other",
        "reception",
        "school",
        "sister",
        "some",
        "somebody",
        "someone",
        "the",
        "their",
        "two",
        "unknown",
        "year",
        "years",
        "young",
        "younger",
    }
)


@dataclass(frozen=True, kw_only=True)
class Other:
    """Somebody whose name stays behind: the names that are looked for, and what stands instead.

    `names` are looked for whole, `words` each alone.
    """

    instead: str
    names: tuple[str, ...]
    words: tuple[str, ...] = ()


def named(instead: str, *names: str) -> Other:
    """Return somebody whose name is on record: each of its words may stand alone in a text."""
    words = tuple(word for name in names for word in words_of(name))
    return Other(instead=instead, names=names, words=words)


def described(instead: str, words: str) -> Other:
    """Return somebody who is in words only, such as 'Bobby from 7B': what looks like a name is one."""
    alone = [word for word in words.split() if word[:1].isupper()]
    found = [plain for word in alone for plain in words_of(word) if plain not in DESCRIBING]
    return Other(instead=instead, names=(words,), words=tuple(found))


def folded(text: str) -> tuple[str, list[int]]:
    """Return a text as names are compared, and from which place of the text each letter comes."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for plain in _plain(letter):
            letters.append(plain)
            places.append(place)
    return "".join(letters), places


def _plain(letter: str) -> str:
    """Return a letter without case and accents; nothing for a sign that nobody sees."""
    if letter in APOSTROPHES:
        return "'"
    if letter in GAPS or letter.isspace():
        return " "
    parts = unicodedata.normalize("NFKD", letter.casefold())
    return "".join(part for part in parts if unicodedata.category(part) not in {"Mn", "Cf", "Cc"})


def words_of(name: str) -> list[str]:
    """Return the words of a name that are long enough to be looked for alone."""
    return [word for word in folded(name)[0].split() if len(word) >= SHORTEST]


@dataclass(frozen=True, kw_only=True)
class Redactor:
    """Leaves the names of others out of texts about one child.

    What the child's own name shares with another's stays; `kept` are names that stay where they stand whole.
    """

    child: str
    others: Sequence[Other]
    kept: Sequence[str] = ()

    @cached_property
    def _instead(self) -> dict[str, str | None]:
        """Return what stands for each name, None for one that is kept."""
        own = set(words_of(self.child))
        known: dict[str, str | None] = {}
        for other in self.others:
            for name in other.names:
                known.setdefault(" ".join(folded(name)[0].split()), other.instead)
        for name in (self.child, *self.kept):
            known.setdefault(" ".join(folded(name)[0].split()), None)
        for other in self.others:
            for word in other.words:
                if word not in own:
                    known.setdefault(word, other.instead)
        return {name: instead for name, instead in known.items() if len(name) >= SHORTEST}

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """Return what finds the names, the longest first."""
        names = sorted(self._instead, key=len, reverse=True)
        if not names:
            return None
        either = "|".join(" +".join(map(re.escape, name.split())) for name in names)
        return re.compile(rf"(?<!\w)(?:{either})(?!\w)")

    def __call__(self, text: str) -> str:
        """Return a text with what stands instead of each name, in square brackets."""
        if self._pattern is None:
            return text
        plain, places = folded(text)
        done, at = [], 0
        for found in self._pattern.finditer(plain):
            instead = self._instead[" ".join(found[0].split())]
            if instead is None:
                continue
            done += [text[at : places[found.start()]], f"[{instead}]"]
            at = places[found.end() - 1] + 1
        return "".join([*done, text[at:]])


def shared_words(name: str, others: Iterable[Other]) -> list[str]:
    """Return the words that a child's name has in common with another's: they stay where they stand.

    Nobody can tell from such a word alone which of the two is meant, so a person has to.
    """
    own = set(words_of(name))
    theirs = {word for other in others for word in other.words}
    return sorted(own & theirs)
