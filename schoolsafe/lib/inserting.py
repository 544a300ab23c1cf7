"""Writing many rows in one query, however many: bulk_create splits by what SQLite takes at once."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model


def columns(model: type[Model]) -> list["Field[Any, Any]"]:
    """Return the fields of a new row: all but its number."""
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def insert(rows: Iterable[Model]) -> None:
    """Write new rows of one model; their numbers are not read back."""
    rows = list(rows)
    if not rows:
        return
    fields = columns(type(rows[0]))
    values = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
        for row in rows
    ]
    insert_values(type(rows[0]), values)


def insert_values(
    model: type[Model], rows: Sequence[Sequence[Any]], *, skip_known: bool = False
) -> None:
    """Write new rows from values as the database takes them, in the order of `columns`.

    `skip_known` leaves out a row whose unique key is there already.
    """
    if not rows:
        return
    fields = columns(model)
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    into = f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({names})"
    end = " ON CONFLICT DO NOTHING" if skip_known else ""
    with connection.cursor() as cursor:
        # A server would answer each row on its own, and gets them column by column in one statement.
        # SQLite knows no lists, and takes row after row as quickly.
        if connection.vendor == "postgresql" and len(rows) > 1:
            chosen, values = _by_column(fields, rows)
            cursor.execute(f"{into} {chosen}{end}", values)
        else:
            marks = ", ".join("%s" for _ in fields)
            cursor.executemany(f"{into} VALUES ({marks}){end}", rows)


def _by_column(
    fields: Sequence["Field[Any, Any]"], rows: Sequence[Sequence[Any]]
) -> tuple[str, list[Any]]:
    """Return the rows as one query of PostgreSQL; what all of them share is said once."""
    picked: list[str] = []
    names: list[str] = []
    lists: list[str] = []
    shared: list[Any] = []
    varied: list[Any] = []
    for number, (field, column) in enumerate(zip(fields, zip(*rows, strict=True), strict=True)):
        kind = field.db_type(connection)
        # The first column is a list even so: it says how many rows there are.
        if number and column.count(column[0]) == len(column):
            picked.append(f"%s::{kind}")
            shared.append(column[0])
        else:
            name = f"c{number}"
            picked.append(name)
            names.append(name)
            lists.append(f"%s::{kind}[]")
            varied.append(list(column))
    given = f"unnest({', '.join(lists)}) AS given({', '.join(names)})"
    # All names in it are our own.
    return f"SELECT {', '.join(picked)} FROM {given}", [*shared, *varied]  # noqa: S608
