"""Queries whose SQL is written once: what runs for every letter or answer is not compiled each time."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Model, QuerySet
from django.db.models import query as django_query
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row", bound=Model)

# Each number of values has SQL of its own; longer lists are rare, and Django writes theirs anew.
FEW = 12
# What stands for the values while the SQL is written; no query has such a number of its own.
FIRST_MARK = 1_900_000_001


class Prepared(Generic[Row]):
    """A query by integers and lists of integers, read from the database anew each time.

    `ask` returns the query for some values, and must not decide anything by looking at them. Only
    the SQL is kept, never a row. `select_related`, `defer`, `annotate` and `select_for_update` work;
    `prefetch_related` does not.
    """

    def __init__(self, ask: Callable[..., QuerySet[Row]]) -> None:
        self._ask = ask
        self._written: dict[tuple[int, ...], _Written] = {}

    def rows(self, *values: int | Sequence[int]) -> list[Row]:
        """Return the rows as the query itself would."""
        shape = tuple(len(value) if isinstance(value, Sequence) else -1 for value in values)
        if not all(size == -1 or 0 < size <= FEW for size in shape):
            return list(self._ask(*values))
        written = self._written.get(shape)
        if written is None or not written.is_of_this_thread():
            written = self._written[shape] = _Written(self._ask(*_marks(shape)))
        return written.rows(_flat(values))


def _marks(shape: Iterable[int]) -> list[int | list[int]]:
    """Return a stand-in for every value, all of them different."""
    marks: list[int | list[int]] = []
    mark = FIRST_MARK
    for size in shape:
        marks.append(mark if size == -1 else list(range(mark, mark + size)))
        mark += abs(size)
    return marks


def _flat(values: Iterable[int | Sequence[int]]) -> list[int]:
    """Return the values in the order of their marks."""
    flat: list[int] = []
    for value in values:
        if isinstance(value, Sequence):
            flat += value
        else:
            flat.append(value)
    return flat


def _cursor(connection: Any) -> Any:
    """Return a cursor; on PostgreSQL one whose values are bound there, so that it plans a query once.

    Only for these queries: a plan made for any value cannot use an index that is for some values
    alone, as the outbox's indexes are for what is due.
    """
    connection.ensure_connection()
    line = connection.connection
    if connection.vendor != "postgresql":
        return connection.cursor()
    usual, line.cursor_factory = line.cursor_factory, ServerBindingCursor
    try:
        return connection.cursor()
    finally:
        line.cursor_factory = usual


class _Written:
    """The SQL of one query on one connection, and how its rows become models."""

    def __init__(self, queryset: QuerySet[Any]) -> None:
        compiler: Any = queryset.query.get_compiler(using=queryset.db)
        self._compiler = compiler
        self._alias = queryset.db
        self._sql, self._params = compiler.as_sql()
        self._places = [
            (place, param - FIRST_MARK)
            for place, param in enumerate(self._params)
            if isinstance(param, int) and param >= FIRST_MARK
        ]
        columns = compiler.klass_info["select_fields"]
        self._own = slice(columns[0], columns[-1] + 1)
        self._names = [column[0].target.attname for column in compiler.select[self._own]]
        self._annotations: dict[str, int] = compiler.annotation_col_map
        self._locks = queryset.query.select_for_update
        self._model = compiler.klass_info["model"]
        # The stubs describe another release of this function.
        populators: Any = django_query.get_related_populators
        self._populators = populators(compiler.klass_info, compiler.select, queryset.db)
        self._converters = compiler.get_converters([column[0] for column in compiler.select])

    def is_of_this_thread(self) -> bool:
        """Tell whether it was written on the connection in use; each thread has its own."""
        return self._compiler.connection is connections[self._alias]

    def rows(self, values: Sequence[int]) -> list[Any]:
        """Ask the database with these values."""
        if self._locks and not self._compiler.connection.in_atomic_block:
            raise TransactionManagementError("Rows are locked inside a transaction.")
        params = list(self._params)
        for place, number in self._places:
            params[place] = values[number]
        with _cursor(self._compiler.connection) as cursor:
            cursor.execute(self._sql, params)
            found: Iterable[Any] = cursor.fetchall()
        if self._converters:
            found = self._compiler.apply_converters(found, self._converters)
        return [self._model_of(row) for row in found]

    def _model_of(self, row: Sequence[Any]) -> Any:
        one = self._model.from_db(self._alias, self._names, row[self._own])
        for populator in self._populators:
            populator.populate(row, one)
        for name, column in self._annotations.items():
            setattr(one, name, row[column])
        return one
