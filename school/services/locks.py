"""Locking people of whom somebody else may have destroyed the record this moment."""

from typing import TypeVar

from django.db import models

from schoolsafe.lib.rules import Destroyed

Row = TypeVar("Row", bound=models.Model)
GONE = "This is no longer on record: its time was up, and it was destroyed."


def lock_row(model: type[Row], pk: int, *, no_key: bool = True) -> Row:
    """Return a row as it stands, for this transaction alone. Raises Destroyed once it is."""
    rows = model._default_manager.select_for_update(no_key=no_key)
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Destroyed(GONE)
    return row
