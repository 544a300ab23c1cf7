"""Reads of the audit: what happened to an object, and what a person may see of it."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Min
from django.utils.crypto import constant_time_compare

from audit import chain, policy
from audit.chain import GUARDED
from audit.models import CANARY, Alarm, Canary, Entry, EntryQuerySet, Verified
from audit.policy import Part
from schoolsafe.lib import encryption

Hook = Callable[[EntryQuerySet, Any], EntryQuerySet]
_hooks: dict[str, Hook] = {}
Namer = Callable[[Iterable[str]], dict[str, str]]
_namers: list[Namer] = []
_hidden: list[Callable[[Any], Iterable[str]]] = []


def names_actors(namer: Namer) -> None:
    """Let whoever knows people say their names: an entry keeps only a number."""
    _namers.append(namer)


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Return the names of those actors who have one, such as `staff:3`."""
    wanted = set(actors)
    return {actor: name for namer in _namers for actor, name in namer(wanted).items()}


def about(reference: str) -> EntryQuerySet:
    """Return what happened to one object, such as `meetings.meeting:12`, newest first."""
    return Entry.objects.about(reference)


def first_looks(verb: str, objects: Iterable[str]) -> list[tuple[str, str, datetime]]:
    """Return who did something to each of these objects, and when first: object, actor, instant."""
    done = Entry.objects.filter(verb=verb, object__in=list(objects)).order_by()
    return list(done.values_list("object", "actor").annotate(first=Min("at")))


def objects_by(actors: Iterable[str]) -> dict[str, set[str]]:
    """Return by actor what they ever did something to, or read, by the name that the audit has for it."""
    found: dict[str, set[str]] = {}
    rows = Entry.objects.filter(actor__in=list(actors)).order_by()
    for actor, name in rows.values_list("actor", "object").distinct():
        found.setdefault(actor, set()).add(name)
    return found


def visibility(guard: str, hook: Hook) -> None:
    """Let the room that knows decide who sees guarded entries.

    The hook is given the entries of its guard and the viewer, and returns those the viewer may see.
    """
    if guard not in GUARDED:
        raise ValueError(f"No entry is guarded by {guard}.")
    _hooks[guard] = hook


def hides(hidden: Callable[[Any], Iterable[str]]) -> None:
    """Let a room name the objects of which one reader learns nothing, such as their own family's."""
    _hidden.append(hidden)


def visible_to(viewer: Any) -> EntryQuerySet:
    """Return the entries a person may see: guarded ones only through their room's hook."""
    hidden = {name for names in _hidden for name in names(viewer)}
    visible = Entry.objects.filter(guard="").exclude(object__in=hidden)
    for guard, hook in _hooks.items():
        visible |= Entry.objects.filter(
            pk__in=hook(Entry.objects.filter(guard=guard), viewer).values("pk")
        )
    return visible


def key_faults() -> list[str]:
    """Return, as sentences, what shows that the keys are not those this database was written with."""
    return faults_of(Canary.objects.order_by("id"))


def faults_of(canaries: Iterable[Canary]) -> list[str]:
    """Return the same of proofs that stand elsewhere, as in a backup."""
    faults = [
        _audit_fault(canary) if canary.purpose == Canary.AUDIT else _field_fault(canary)
        for canary in canaries
    ]
    return [fault for fault in faults if fault]


def _field_fault(canary: Canary) -> str:
    """Return what is wrong with one key of the encrypted texts, or nothing."""
    if canary.key_id not in settings.FIELD_KEYS:
        return (
            f"FIELD_KEYS lacks the key {canary.key_id}, under which texts are stored. Put it back "
            "behind the new one, run manage.py rotate_keys, and only then take it away."
        )
    try:
        fits = encryption.decrypt(canary.sealed) == CANARY
    except encryption.WrongKey:
        fits = False
    return "" if fits else _misfit("FIELD_KEYS", canary) + "with this one no concern can be read."


def _audit_fault(canary: Canary) -> str:
    """Return what is wrong with one key of the audit, or nothing."""
    key = settings.AUDIT_KEYS.get(canary.key_id)
    if key is None:
        return (
            f"AUDIT_KEYS lacks the key {canary.key_id}, under which the audit was written. Put it "
            "back behind the new one: the chain cannot be verified without it."
        )
    fits = constant_time_compare(chain.proof(key, CANARY), canary.sealed)
    return "" if fits else _misfit("AUDIT_KEYS", canary) + "with this one the chain looks forged."


def _misfit(setting: str, canary: Canary) -> str:
    """Begin the sentence about a key of the right name that is another key."""
    return (
        f"The key {canary.key_id} in {setting} is not the one this database was written with. Put "
        "the right one back from its copy: "
    )


def parts_due(now: datetime) -> list[Part]:
    """Return the walks along the chain that have something to look at, while there is room for alarms."""
    if Alarm.objects.open().count() >= policy.MOST_OPEN:
        return []
    rows = {row.part: row for row in Verified.objects.all()}
    return [part for part in Part if part not in rows or _is_due(rows[part], now)]


def _is_due(row: Verified, now: datetime) -> bool:
    """Tell whether one walk goes on now; what came to its end waits from then."""
    begun_at = row.begun_at if row.part == Part.WHOLE else row.looked_at
    return policy.is_due(Part(row.part), begun_at=begun_at, is_under_way=row.is_under_way, now=now)


def late(now: datetime) -> list[Verified]:
    """Return the walks that should have come to their end by now."""
    return [
        row
        for row in Verified.objects.order_by("part")
        if policy.is_late(Part(row.part), finished_at=row.finished_at, now=now)
    ]


def whole_checked_at() -> datetime | None:
    """Return when the whole chain was last walked to its end, or nothing while it never was."""
    row = Verified.objects.filter(part=Part.WHOLE).first()
    if row is None or (row.is_under_way and row.finished_at >= row.begun_at):
        return None
    return row.finished_at
