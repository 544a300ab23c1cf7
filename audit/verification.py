"""Walking the chain from its first entry, whole or piece by piece, to find what does not hold."""

import hashlib
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.utils.crypto import constant_time_compare

from audit import chain
from audit.models import Entry
from audit.policy import Why

# Read in pieces of this size, so that memory stays flat however long the chain is.
PIECE = 5_000
# So many are asked for by name in one query.
AT_ONCE = 500


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


def _links(after: int = 0, most: int | None = None) -> Iterator[Link]:
    """Stream the entries in the order in which they were written."""
    rows = Entry.objects.filter(pk__gt=after).order_by("id").values_list(*Link._fields)
    return map(Link._make, rows[:most].iterator(chunk_size=PIECE))


@dataclass(frozen=True, kw_only=True)
class Step:
    """One piece of a walk: where it came to, and the first thing it found that was not known before."""

    entry: int
    head: str
    count: int
    is_at_end: bool
    broken: Broken | None = None
    mark: str = ""


def step(*, after: int, head: str, known: Container[str]) -> Step:
    """Check the next piece behind an entry; what is known to be broken is stepped over.

    It ends behind the first new fault, so that one thing is told at a time and nothing is left out.
    """
    count = 0
    for link in _links(after, PIECE):
        broken = _broken(link, head)
        after, head, count = link.id, link.hash, count + 1
        if broken is None:
            continue
        mark = _mark(broken, link)
        if mark not in known:
            return Step(
                entry=after, head=head, count=count, is_at_end=False, broken=broken, mark=mark
            )
    return Step(entry=after, head=head, count=count, is_at_end=count < PIECE)


def standing(hashes: Sequence[str]) -> dict[str, bool]:
    """Return those of these hashes that stand in the chain, each with whether its entry still fits it."""
    found: dict[str, bool] = {}
    for start in range(0, len(hashes), AT_ONCE):
        wanted = hashes[start : start + AT_ONCE]
        rows = Entry.objects.filter(hash__in=wanted).order_by().values_list(*Link._fields)
        found |= {link.hash: fits(link) for link in map(Link._make, rows)}
    return found


def link_of(entry: Entry) -> Link:
    """Return an entry that was read already as the walk reads it."""
    return Link(*(getattr(entry, name) for name in Link._fields))


def fits(link: Link) -> bool:
    """Tell whether what an entry says is what was sealed, under a key that is here."""
    key = settings.AUDIT_KEYS.get(link.key_id)
    return key is not None and constant_time_compare(_hash(key, link), link.hash)


def is_there(entry: int, head: str) -> bool:
    """Tell whether an entry that was checked before still stands where it stood."""
    return entry == 0 or Entry.objects.filter(pk=entry, hash=head).exists()


def last_up_to(entry: int) -> tuple[int, str]:
    """Return the number and the hash of the newest entry that is not behind one that is gone."""
    found = Entry.objects.filter(pk__lte=entry).order_by("-pk").values_list("pk", "hash").first()
    return found or (0, chain.GENESIS)


def digest(*words: object) -> str:
    """Return a mark by which one finding is known again."""
    return hashlib.sha256(":".join(map(str, words)).encode()).hexdigest()


def _mark(broken: Broken, link: Link) -> str:
    """Return the mark of what stands at a link; a key that is missing is one thing, however many miss it."""
    if broken.why is Why.UNKNOWN_KEY:
        return digest(broken.why, link.key_id)
    return digest(broken.why, link.id, link.hash, _hash("", link))


def _broken(link: Link, head: str) -> Broken | None:
    """Return what is wrong with one link, if anything."""
    key = settings.AUDIT_KEYS.get(link.key_id)
    if key is None:
        words = f"Entry {link.id} names a key that is not among AUDIT_KEYS: put that key back."
        return Broken(why=Why.UNKNOWN_KEY, entry_id=link.id, words=words)
    if not constant_time_compare(_hash(key, link), link.hash):
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
