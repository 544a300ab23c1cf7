"""Keeping what a record said before and after a change: called by the services that change it, and by no other.

Part of the transaction of the change. What is written down for the first time needs none: a change does.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, Protocol
from uuid import UUID

from django.db import models

from school.models import Revision
from schoolsafe.lib import clock
from schoolsafe.lib.inserting import insert

# How many records are forgotten in one query.
BATCH = 500
Facts = dict[str, Any]
Changes = dict[str, tuple[Any, Any]]


class Actor(Protocol):
    """Whoever changes something: a person, or a named part of the system."""

    @property
    def actor(self) -> str:
        """Return the name under which the audit knows it."""
        ...


def stands(row: models.Model, names: Iterable[str]) -> Facts:
    """Return what some fields of a row say now; a row that it points to by its number."""
    return {name: _kept(getattr(row, row._meta.get_field(name).attname)) for name in names}  # type: ignore[union-attr]


def since(row: models.Model, before: Mapping[str, Any]) -> Changes:
    """Return what is no longer as it stood before."""
    return _differing(before, stands(row, before))


def changes(row: models.Model, wanted: Mapping[str, Any]) -> Changes:
    """Return what these values would change in a row as it stands."""
    after = {
        name: value.pk if isinstance(value, models.Model) else _kept(value)
        for name, value in wanted.items()
    }
    return _differing(stands(row, wanted), after)


def members(name: str, *, gone: Collection[int], come: Collection[int]) -> Changes:
    """Return a change of who is in something: who went, and who came; nobody else is named."""
    return {name: (sorted(gone), sorted(come))} if gone or come else {}


def note(row: models.Model, changed: Changes, *, by: Actor) -> None:
    """Keep what a change of one row was; nothing where nothing changed."""
    note_many([(reference(row), changed)], by=by)


def note_many(rows: Iterable[tuple[str, Changes]], *, by: Actor) -> None:
    """Keep what was changed in many rows, in one query: each by the name that the audit has for it."""
    now = clock.now()
    insert(
        Revision(object=name, at=now, actor=by.actor, fields=json.dumps(changed))
        for name, changed in rows
        if changed
    )


def note_gone(row: models.Model, *, by: Actor) -> None:
    """Keep the last values of a row that is removed: what a term was when it was taken off."""
    last = stands(row, (one.name for one in row._meta.fields if not one.primary_key))
    changed = {
        name: (value, None) for name, value in last.items() if value is not None and value != ""
    }
    Revision.objects.create(
        object=reference(row),
        at=clock.now(),
        actor=by.actor,
        is_removal=True,
        fields=json.dumps(changed),
    )


def first_values(objects: Collection[str]) -> dict[str, Facts]:
    """Return by record what its fields said before the first change of each that is kept."""
    names, found = sorted(objects), dict[str, Facts]()
    for first in range(0, len(names), BATCH):
        rows = Revision.objects.filter(object__in=names[first : first + BATCH])
        for row in rows.order_by("-pk"):
            was = {name: before for name, (before, _) in row.changes.items()}
            found[row.object] = found.get(row.object, {}) | was
    return found


def forget(objects: Collection[str]) -> int:
    """Destroy what these records ever said, and return how many changes that were.

    For whoever destroys the records themselves, inside that transaction.
    """
    names = sorted(objects)
    return sum(
        Revision.objects.filter(object__in=names[first : first + BATCH]).delete()[0]
        for first in range(0, len(names), BATCH)
    )


def forget_removed(*, before: datetime) -> int:
    """Destroy what records ever said that were removed before then, and return how many changes that were.

    Part of the transaction that destroys a school year: a term, a duty or a class of it is kept as long as its calls.
    """
    removed = Revision.objects.filter(is_removal=True, at__lt=before)
    return forget(set(removed.values_list("object", flat=True)))


def reference(row: models.Model) -> str:
    """Return the name under which the audit knows a row."""
    return f"{row._meta.label_lower}:{row.pk}"


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    return {name: (value, after[name]) for name, value in before.items() if value != after[name]}


def _kept(value: Any) -> Any:
    """Return a value as JSON keeps it: the field of the record reads it again."""
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
