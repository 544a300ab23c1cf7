"""Removing rows with everything that hangs on them, whatever its table: for those who destroy, and only for them."""

from collections.abc import Collection, Iterator
from typing import Any

from django.db import models

from schoolsafe.lib.rules import NotAllowed

Found = dict[type[models.Model], set[Any]]


def pointing_at(model: type[models.Model]) -> Iterator[models.ForeignObjectRel]:
    """Yield every foreign key to a table, those without a name for the way back too."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel):
            continue
        # The table between two others goes with either of them.
        if not relation.related_model._meta.auto_created:
            yield relation


def hanging(model: type[models.Model], ids: Collection[Any]) -> Found:
    """Return these rows and all that hang on them, directly or by another row."""
    found: Found = {model: set(ids)}
    fresh: list[tuple[type[models.Model], set[Any]]] = [(model, set(ids))]
    while fresh:
        model, keys = fresh.pop()
        for relation in pointing_at(model):
            rows = relation.related_model._base_manager.filter(
                **{f"{relation.field.name}__in": keys}
            )
            new = set(rows.values_list("pk", flat=True)) - found.get(relation.related_model, set())
            if new:
                found.setdefault(relation.related_model, set()).update(new)
                fresh.append((relation.related_model, new))
    return found


def delete(found: Found) -> None:
    """Delete in rounds: first the rows at which none of the others points."""
    left = {model: set(keys) for model, keys in found.items()}
    while left:
        free = {model: keys - _pointed_at(model, left) for model, keys in left.items()}
        if not any(free.values()):
            raise NotAllowed("Rows point at one another in a ring: nothing was destroyed.")
        for model, keys in free.items():
            model._base_manager.filter(pk__in=keys).delete()
        left = {model: rest for model, keys in left.items() if (rest := keys - free[model])}


def _pointed_at(model: type[models.Model], left: Found) -> set[Any]:
    """Return at which rows of a table one of those that are left points."""
    keys: set[Any] = set()
    for relation in pointing_at(model):
        rows = left.get(relation.related_model)
        if rows:
            pointing = relation.related_model._base_manager.filter(pk__in=rows)
            keys |= set(pointing.values_list(relation.field.attname, flat=True))
    return keys
