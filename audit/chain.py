"""The chain: how one entry is sealed onto the one before. Plain Python, no database."""

import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

# What stands before the first entry.
GENESIS = "0" * 64
# Whatever mentions a concern is hidden from everybody until the room that knows who may see it says
# so: an entry is guarded when its object, its verb or any word of its detail begins with this.
GUARDED = ("concern",)
# Ids and field names, never text: nothing that a person wrote gets through without a space or an @.
WORD = re.compile(r"[A-Za-z0-9_.:+/-]{0,100}")
ACTOR = re.compile(r"[a-z]+:[A-Za-z0-9_-]{1,50}")
VERB = re.compile(r"[a-z_]+(\.[a-z_]+)+")
REFERENCE = re.compile(r"[a-z_]+\.[a-z_]+(:[A-Za-z0-9_.-]{1,40})?")
# Prepared once: json.dumps would make a new encoder for every entry.
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode

Plain = str | int | bool | None | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing to be recorded: who did what to which object, with ids and field names."""

    actor: str
    verb: str
    object: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what is not in the form that readers and guards rely on."""
        for name, form in (("actor", ACTOR), ("verb", VERB), ("object", REFERENCE)):
            if not form.fullmatch(getattr(self, name)):
                raise ValueError(f"The audit does not take this as {name}: {form.pattern}")


def plain(value: object) -> Plain:
    """Return a detail as JSON that reads the same from every database; refuse free text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        if not WORD.fullmatch(value):
            raise ValueError("An audit detail holds ids and field names only, never text.")
        return str(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    raise TypeError(f"An audit detail cannot hold a {type(value).__name__}.")


def guard_of(row: Row, detail: Plain) -> str:
    """Return the prefix that hides an entry, or nothing."""
    words = (row.object, row.verb, *_words(detail))
    return next((p for p in GUARDED if any(word.startswith(p) for word in words)), "")


def _words(value: Plain) -> Iterator[str]:
    """Yield every word inside a detail."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _words(item)
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)


def proof(key: str, text: str) -> str:
    """Return what only the holder of a key can make of a known text."""
    return hmac.digest(key.encode(), text.encode(), "sha256").hex()


def seal(
    key: str,
    *,
    previous: str,
    key_id: str,
    at: datetime,
    actor: str,
    verb: str,
    object: str,
    guard: str,
    detail: Plain,
) -> str:
    """Return the hash that binds an entry to the one before it."""
    instant = at.astimezone(UTC).isoformat(timespec="microseconds")
    text = _canonical([previous, key_id, instant, actor, verb, object, guard, detail])
    return proof(key, text)
