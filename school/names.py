"""Whether a typed name may be the name on record, and whether words may mean somebody."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

TITLES = {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "lady", "rev"}
ALIKE = 0.75
# Shorter words are like too many names.
SHORTEST = 3
# A longer word is nobody's name, and takes long to compare.
LONGEST = 60
# A title that was written without the space behind it.
JOINED = re.compile(r"\b(Mrs?|Ms|Miss|Dr)(?=[A-Z])")
SPOKEN = TITLES | {"mister", "missus", "missis"}
OWNED = re.compile(r"['\u2019]s\b", re.IGNORECASE)
APOSTROPHE = re.compile(r"(?<=\w)['\u2019](?=\w)")
# What stands in names besides letters and figures.
IN_NAMES = frozenset(" '\u2018\u2019\u02bc`\u00b4-\u2010\u2011.,()/&")
# To Unicode they are letters.
ORDINALS = frozenset("ªº")
BETWEEN = re.compile(r"[\W_]+")


def looks_garbled(name: str) -> bool:
    """Tell whether a name looks as if its file was read in other letters than it was written in.

    A sign that stands in nobody's name, or a foreign capital behind a small letter: "NÃºÃ±ez", "LovelacŽ".
    Somebody looks at such a name before it is taken; it may be right.
    """
    strange = any(not _is_of_names(sign) for sign in name)
    capital = any(
        one.islower() and two.isupper() and not two.isascii() for one, two in pairwise(name)
    )
    small = any(word[0].islower() and not word[0].isascii() for word in name.split())
    return strange or capital or small or not ORDINALS.isdisjoint(name)


def _is_of_names(sign: str) -> bool:
    kind = unicodedata.category(sign)
    return kind[0] in "LM" or kind == "Nd" or sign in IN_NAMES


def is_same_person(typed: str, on_record: str) -> bool:
    """Tell whether a typed name may be the name on record: initials, short forms, slips allowed.

    Anything that differs clearly is somebody else, whose answer staff look at first (E26).
    """
    said, known = _words(typed), _words(on_record)
    if not said or not known:
        return False
    if sorted(said) == sorted(known) or "".join(said) == "".join(known):
        return True
    if not any(_alike(said[0], word) for word in known[:-1] or known):
        return False
    return len(said) == 1 or len(known) == 1 or _alike(said[-1], known[-1])


def may_mean(typed: str, on_record: str) -> bool:
    """Tell whether words about an adult may mean somebody: 'Mrs Lead', 'Leah from the office'.

    In doubt they may: whoever was meant must not read what was written about them (E3, E6).
    """
    family = set(_words((on_record.split() or [""])[-1]))
    given = [word for word in _words(on_record) if word not in family]
    typed = JOINED.sub(r"\1 ", typed)
    said = [(_words(word), word[:1].isupper()) for word in re.findall(r"[^\s,;:.()/\-]+", typed)]
    # A title stands for no name, and says that a name follows.
    words = [(plain[0], is_capital) if plain else ("", False) for plain, is_capital in said]
    if is_same_person(typed, on_record) or _says_initials(typed, on_record):
        return True
    if any(_is_slip(words, place, family) for place in range(1, len(words))):
        return True
    return any(
        _is_family_name(words, place, given) if word in family else _is_given_name(words, place)
        for place, (word, _) in enumerate(words)
        if word in family or (word in given and len(word) > 1)
    )


def _is_slip(words: list[tuple[str, bool]], place: int, family: set[str]) -> bool:
    """Tell whether what follows a title is a family name with a slip in it: Mr Hed, Mrs Leed.

    With another first letter it is another name: Mrs Lead is not Mr Head.
    """
    word = words[place][0]
    if len(word) < SHORTEST or words[place - 1][0]:
        return False
    return any(word[0] == name[0] and _alike(word, name) for name in family)


def _says_initials(typed: str, on_record: str) -> bool:
    """Tell whether somebody is written of by their initials, in capitals: LL."""
    initials = "".join(word[0] for word in _words(on_record)).upper()
    return len(initials) > 1 and initials in re.findall(r"\b[A-Z]{2,}\b", typed)


def _is_family_name(words: list[tuple[str, bool]], place: int, given: list[str]) -> bool:
    """Tell whether a family name stands there without somebody else's given name before it."""
    if place == 0:
        return True
    before, is_capital = words[place - 1]
    return not is_capital or any(_alike(before, word) for word in given)


def _is_given_name(words: list[tuple[str, bool]], place: int) -> bool:
    """Tell whether a given name stands there without somebody else's family name behind it."""
    return not any(is_capital for _, is_capital in words[place + 1 : place + 2])


@dataclass(frozen=True, kw_only=True)
class Written:
    """A long text as names are looked for in it: which words follow a title, and which each other.

    A word stands there with whether it has a capital; behind a title, also whether that has one.
    """

    titled: frozenset[tuple[str, bool, bool]]
    pairs: Mapping[str, frozenset[tuple[tuple[str, bool], tuple[str, bool]]]]

    def names(self, on_record: str) -> bool:
        """Tell whether somebody is named: given and family name, or either behind a title.

        Whole words, slips and short forms as in `may_mean`; a name alone that many have is no guess.
        """
        name = [word for word, _ in _tokens(on_record) if word not in SPOKEN]
        family = {word for word, _ in _tokens((on_record.split() or [""])[-1])} & set(name)
        given = [word for word in name if word not in family]
        if any(_is_titled(*said, given, family) for said in self.titled):
            return True
        pairs = {pair for word in name for pair in self.pairs.get(word, ())}
        return any(
            _is_pair(one, two, given, family) or _is_pair(two, one, given, family, only_exact=True)
            for one, two in pairs
        )


def written(text: str) -> Written:
    """Return a long text as names are looked for in it."""
    words = _tokens(text)
    pairs: dict[str, set[tuple[tuple[str, bool], tuple[str, bool]]]] = defaultdict(set)
    for one, two in [*pairwise(words), *_around(words)]:
        pairs[one[0]].add((one, two))
        pairs[two[0]].add((one, two))
    return Written(
        titled=frozenset((*two, one[1]) for one, two in pairwise(words) if one[0] in SPOKEN),
        pairs={word: frozenset(found) for word, found in pairs.items()},
    )


def _is_titled(
    word: str, is_capital: bool, is_title_capital: bool, given: list[str], family: set[str]
) -> bool:
    """Tell whether a word behind a title is somebody's name: Mr Osei, mrs kellett, Miss Anna.

    'I miss Anna' is none: behind a title in small letters only a family name counts.
    """
    if word in family or (is_title_capital and word in given):
        return True
    return is_capital and _is_near(word, family)


def _around(words: list[tuple[str, bool]]) -> Iterator[tuple[tuple[str, bool], tuple[str, bool]]]:
    """Yield what stands on both sides of a middle name or initial: Daniel K. Osei."""
    for one, middle, two in zip(words, words[1:], words[2:], strict=False):
        if one[1] and middle[1] and two[1]:
            yield one, two


def _is_pair(
    one: tuple[str, bool],
    two: tuple[str, bool],
    given: list[str],
    family: set[str],
    *,
    only_exact: bool = False,
) -> bool:
    """Tell whether two words are a given and a family name: D. Osei and Dan Osei are Daniel Osei."""
    if one[0] in given and two[0] in family:
        return True
    if only_exact or not (one[1] and two[1]):
        return False
    if two[0] in family:
        return any(_alike(one[0], word) for word in given)
    return one[0] in given and _is_near(two[0], family)


def _is_near(word: str, family: set[str]) -> bool:
    """Tell whether a word is a family name with a slip in it: Osie for Osei, not Lead for Head."""
    return len(word) >= SHORTEST and any(
        word[0] == name[0] and _alike(word, name) for name in family
    )


def _tokens(text: str) -> list[tuple[str, bool]]:
    """Return the words of a text in plain letters, each with whether it began with a capital."""
    whole = unicodedata.normalize("NFKC", text)
    plain = JOINED.sub(r"\1 ", APOSTROPHE.sub("", OWNED.sub(" ", whole)))
    return [
        (word, said[:1].isupper())
        for said in BETWEEN.split(plain)
        for word in plain_words(said)
        if len(word) <= LONGEST
    ]


def full_name(name: str) -> str:
    """Return given and family name as two of them are compared, whatever their order; else nothing."""
    words = sorted(_words(name))
    return " ".join(words) if len(words) > 1 else ""


def plain_words(text: str) -> list[str]:
    """Return a text as plain words without accents and signs."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return letters.split()


def _words(name: str) -> list[str]:
    """Return a name as plain words without titles."""
    return [word for word in plain_words(name) if word not in TITLES]


def _alike(one: str, other: str) -> bool:
    """Tell whether two words may be one name: Sam and Samantha, M and Maya, Catherine, Katherine."""
    if one.startswith(other) or other.startswith(one):
        return True
    return SequenceMatcher(None, one, other).ratio() >= ALIKE
