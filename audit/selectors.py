"""Reads of the audit: what happened to an object, and what a person may see of it."""

from collections.abc import Callable
from typing import Any

from django.conf import settings

from audit import verification
from audit.chain import GUARDED
from audit.models import CANARY, Canary, Entry, EntryQuerySet
from schoolsafe.lib import encryption

Hook = Callable[[EntryQuerySet, Any], EntryQuerySet]
_hooks: dict[str, Hook] = {}


def about(reference: str) -> EntryQuerySet:
    """Return what happened to one object, such as `meetings.meeting:12`, newest first."""
    return Entry.objects.about(reference)


def visibility(guard: str, hook: Hook) -> None:
    """Let the room that knows decide who sees guarded entries.

    The hook is given the entries of its guard and the viewer, and returns those the viewer may see.
    """
    if guard not in GUARDED:
        raise ValueError(f"No entry is guarded by {guard}.")
    _hooks[guard] = hook


def visible_to(viewer: Any) -> EntryQuerySet:
    """Return the entries a person may see: guarded ones only through their room's hook."""
    visible = Entry.objects.filter(guard="")
    for guard, hook in _hooks.items():
        visible |= Entry.objects.filter(
            pk__in=hook(Entry.objects.filter(guard=guard), viewer).values("pk")
        )
    return visible


def key_faults() -> list[str]:
    """Return, as sentences, what shows that the keys are not those this database was written with."""
    faults = [_canary_fault(canary) for canary in Canary.objects.order_by("id")]
    return [fault for fault in [*faults, _chain_fault()] if fault]


def _canary_fault(canary: Canary) -> str:
    """Return what is wrong with one field key, or nothing."""
    if canary.key_id not in settings.FIELD_KEYS:
        return (
            f"FIELD_KEYS lacks the key {canary.key_id}, under which texts are stored. Put it back "
            "behind the new one, run manage.py rotate_keys, and only then take it away."
        )
    try:
        fits = encryption.decrypt(canary.sealed) == CANARY
    except encryption.WrongKey:
        fits = False
    return (
        ""
        if fits
        else (
            f"The key {canary.key_id} in FIELD_KEYS is not the one this database was written with. Put "
            "the right one back from its copy: with this one no concern can be read."
        )
    )


def _chain_fault() -> str:
    """Return what is wrong with the audit key of the newest entry, or nothing."""
    broken = verification.newest()
    return broken.words if broken else ""
