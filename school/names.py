"""Whether a typed name may be the name on record."""

import unicodedata
from difflib import SequenceMatcher

TITLES = {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "lady", "rev"}
ALIKE = 0.75


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


def _words(name: str) -> list[str]:
    """Return a name as plain words without accents, titles and signs."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return [word for word in letters.split() if word not in TITLES]


def _alike(one: str, other: str) -> bool:
    """Tell whether two words may be one name: Sam and Samantha, M and Maya, Catherine, Katherine."""
    if one.startswith(other) or other.startswith(one):
        return True
    return SequenceMatcher(None, one, other).ratio() >= ALIKE
