"""Reads of the audit: what happened to an object, and what a person may see of it."""

from collections.abc import Callable
from typing import Any

from audit.chain import GUARDED
from audit.models import Entry, EntryQuerySet

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
