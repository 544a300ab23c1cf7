"""How texts are cut into words, what is looked for, and the marks by which it is found: plain Python."""

import hmac
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_WORDS = 8
# 14 bits, in three letters: of the fifty thousand words and names that a school writes in years,
# three share a mark. Fewer bits would tell less, and open more texts in vain.
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
SHORTEST = 2
# In every second text: a mark of them would find everything, and tell a thief how English is written.
COMMON = frozenset(
    [
        "a",
        "about",
        "after",
        "again",
        "all",
        "also",
        "am",
        "an",
        "and",
        "any",
        "are",
        "as",
        "asked",
        "at",
        "be",
        "because",
        "been",
        "before",
        "but",
        "by",
        "came",
        "can",
        "could",
        "day",
        "did",
        "do",
        "does",
        "done",
        "down",
        "for",
        "from",
        "get",
        "go",
        "going",
        "got",
        "had",
        "has",
        "have",
        "he",
        "her",
        "him",
        "his",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "just",
        "like",
        "me",
        "my",
        "no",
        "not",
        "now",
        "of",
        "off",
        "on",
        "one",
        "or",
        "our",
        "out",
        "over",
        "said",
        "saw",
        "says",
        "school",
        "she",
        "so",
        "some",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "they",
        "this",
        "to",
        "told",
        "too",
        "up",
        "very",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)
# Accents and other signs that are left out: 'Zoë' is found by 'Zoe', a word with a soft hyphen whole.
DROPPED = re.compile("[\u0300-\u036f\u064b-\u065f\u00ad\u200b-\u200f\u2060\ufeff]")
APOSTROPHES = re.compile(r"(?<=\w)['\u2019\u02bc](?=\w)")
QUOTED = re.compile(r'["\u201c\u201d\u201e]([^"\u201c\u201d\u201e]*)["\u201c\u201d]')
PLAIN_WORDS = re.compile(r"[a-z0-9]+")


def words_of(text: str) -> list[str]:
    """Return a text as words without case, accents and signs, in their order; one of them stays one."""
    if text.isascii():
        return PLAIN_WORDS.findall(APOSTROPHES.sub("", text.lower()))
    folded = _folded(text)
    letters = APOSTROPHES.sub("", DROPPED.sub("", folded))
    return "".join(letter if _is_of_a_word(letter) else " " for letter in letters).split()


def _folded(text: str) -> str:
    """Return a text in the form in which two spellings of a letter are one, whatever it takes."""
    while True:
        folded = unicodedata.normalize("NFKD", text.casefold())
        if folded == text:
            return folded
        text = folded


def _is_of_a_word(letter: str) -> bool:
    """Tell whether a letter belongs to a word: in many scripts vowels are signs beside letters."""
    return letter.isalnum() or unicodedata.category(letter)[0] == "M"


def is_telling(word: str) -> bool:
    """Tell whether a word is worth a mark: what stands in every text finds nothing."""
    return len(word) >= SHORTEST and word not in COMMON


def mark(word: str, key: bytes) -> str:
    """Return the mark of a word under a key: the same for a few others, so that it tells little."""
    found = hmac.digest(key, word.encode(), "sha256")
    return LETTERS[found[0] & 3] + LETTERS[found[1] & 63] + LETTERS[found[2] & 63]


def marks_of(texts: Iterable[str], key: bytes) -> str:
    """Return the marks of all words in some texts, each once and sorted: no order, no number of times.

    Each stands between spaces, so that one can be looked for.
    """
    telling = {word for text in texts for word in words_of(text) if is_telling(word)}
    return "".join(f" {one}" for one in sorted({mark(word, key) for word in telling})) + " "


@dataclass(frozen=True, kw_only=True)
class Sought:
    """What somebody looks for: words that must all be there, and phrases as they stand."""

    words: tuple[str, ...]
    phrases: tuple[tuple[str, ...], ...] = ()

    @property
    def all_words(self) -> tuple[str, ...]:
        """Return every word of it that has a mark, each once."""
        every = [*self.words, *(word for phrase in self.phrases for word in phrase)]
        return tuple(dict.fromkeys(word for word in every if is_telling(word)))

    def is_in(self, texts: Sequence[Sequence[str]]) -> bool:
        """Tell whether all of it stands in these texts, each given as its words."""
        every = {word for text in texts for word in text}
        return all(word in every for word in self.words) and all(
            any(_stands_in(phrase, text) for text in texts) for phrase in self.phrases
        )

    def touches(self, text: Sequence[str]) -> bool:
        """Tell whether any of it stands in one text."""
        return not set(self.words).isdisjoint(text) or any(
            _stands_in(phrase, text) for phrase in self.phrases
        )


def sought(typed: str) -> Sought:
    """Return what is looked for by typed words; what stands in quotation marks is a phrase.

    Words that stand in every text count in a phrase alone.
    """
    phrases = [words_of(quoted) for quoted in QUOTED.findall(typed)]
    rest = words_of(QUOTED.sub(" ", typed))
    single = [phrase[0] for phrase in phrases if len(phrase) == 1]
    return Sought(
        words=tuple(dict.fromkeys(word for word in [*rest, *single] if is_telling(word))),
        phrases=tuple(tuple(phrase) for phrase in phrases if len(phrase) > 1),
    )


def _stands_in(phrase: Sequence[str], text: Sequence[str]) -> bool:
    """Tell whether words stand in a text one after the other."""
    length, wanted = len(phrase), list(phrase)
    return any(list(text[at : at + length]) == wanted for at in range(len(text) - length + 1))
