"""Walking the chain from its first entry, to find the first link that does not hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from django.conf import settings

from audit import chain
from audit.models import Entry

# Read in pieces of this size, so that memory stays flat however long the chain is.
PIECE = 5_000


class Why(StrEnum):
    """What is wrong with a link."""

    CHANGED = "changed"
    REMOVED = "removed"
    REORDERED = "reordered"
    UNKNOWN_KEY = "unknown key"
    CUT_SHORT = "cut short"


@dataclass(frozen=True, kw_only=True)
class Broken:
    """The first link that does not hold, and why."""

    why: Why
    entry_id: int | None
    words: str


@dataclass(frozen=True, kw_only=True)
class Walk:
    """How far the chain holds: the number of good entries, the last good hash, what broke it."""

    count: int
    head: str
    broken: Broken | None = None


class Link(NamedTuple):
    """One entry as the walk reads it, in the order of its fields."""

    id: int
    key_id: str
    previous: str
    hash: str
    at: datetime
    actor: str
    verb: str
    object: str
    guard: str
    detail: chain.Plain


def walk(*, expect_head: str = "") -> Walk:
    """Check every link in order; with an earlier head, also that the chain still goes through it."""
    count, head, passed = 0, chain.GENESIS, expect_head in ("", chain.GENESIS)
    for link in _links():
        broken = _broken(link, head)
        if broken:
            return Walk(count=count, head=head, broken=broken)
        count, head = count + 1, link.hash
        passed = passed or head == expect_head
    return Walk(count=count, head=head, broken=None if passed else _cut_short(count))


def _links() -> Iterator[Link]:
    """Stream the entries in the order in which they were written."""
    rows = Entry.objects.order_by("id").values_list(*Link._fields)
    return map(Link._make, rows.iterator(chunk_size=PIECE))


def _broken(link: Link, head: str) -> Broken | None:
    """Return what is wrong with one link, if anything."""
    key = settings.AUDIT_KEYS.get(link.key_id)
    if key is None:
        words = f"Entry {link.id} names a key that is not among AUDIT_KEYS: put that key back."
        return Broken(why=Why.UNKNOWN_KEY, entry_id=link.id, words=words)
    if _hash(key, link) != link.hash:
        words = f"Entry {link.id} was changed, or was not written by this system."
        return Broken(why=Why.CHANGED, entry_id=link.id, words=words)
    if link.previous == head:
        return None
    if Entry.objects.filter(previous=head).exists():
        words = f"Entry {link.id} stands in another place than it was written in."
        return Broken(why=Why.REORDERED, entry_id=link.id, words=words)
    words = f"One or more entries just before entry {link.id} were removed."
    return Broken(why=Why.REMOVED, entry_id=link.id, words=words)


def _hash(key: str, link: Link) -> str:
    """Return the hash the link should have."""
    return chain.seal(
        key,
        previous=link.previous,
        key_id=link.key_id,
        at=link.at,
        actor=link.actor,
        verb=link.verb,
        object=link.object,
        guard=link.guard,
        detail=link.detail,
    )


def _cut_short(count: int) -> Broken:
    """Tell that the newest entries are gone: only a head kept elsewhere can show that."""
    words = f"The chain of {count} entries never reaches the expected head: its end was removed."
    return Broken(why=Why.CUT_SHORT, entry_id=None, words=words)
