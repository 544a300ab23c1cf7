"""A register as a file for a spreadsheet: what its list shows to this person, and nothing else."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.contrib.admin.utils import label_for_field, lookup_field

from schoolsafe.lib import clock

# More than anybody reviews at once; who needs more narrows it down by a date, and takes several.
MOST = 10_000


def headings(register: Any, columns: list[Any]) -> list[str]:
    """Return what stands above each column."""
    return [
        _capital(str(label_for_field(column, register.model, model_admin=register)))
        for column in columns
    ]


def lines(register: Any, columns: list[Any], rows: Any) -> Iterator[list[str]]:
    """Yield each row as its list shows it, in words and in the time of the school."""
    for row in rows:
        yield [_shown(register, column, row) for column in columns]


def _shown(register: Any, column: Any, row: Any) -> str:
    """Return what stands in one column of one row."""
    field, _, value = lookup_field(column, row, register)
    if field is not None and field.choices:
        value = getattr(row, f"get_{field.name}_display")()
    elif field is not None and field.is_relation:
        value = getattr(row, field.name)
    return _in_words(value)


def _in_words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return f"{clock.local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
