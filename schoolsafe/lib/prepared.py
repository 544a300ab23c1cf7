"""Queries whose SQL is written once: what runs for every letter or answer is not compiled each time."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Model, QuerySet
from django.db.models.base import ModelState
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row", bound=Model)
# What one query has brought along already: by where it stands in a row, and its key.
Known = dict[tuple[object, Any], Any]

# Each number of values has SQL of its own; longer lists are rare, and Django writes theirs anew.
FEW = 40
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
        self._sql, self._params = compiler.as_sql()
        self._places = [
            (place, param - FIRST_MARK)
            for place, param in enumerate(self._params)
            if isinstance(param, int) and param >= FIRST_MARK
        ]
        self._locks = queryset.query.select_for_update
        self._made = _Made(compiler, compiler.klass_info, queryset.db)
        self._annotations = [
            (name, place, _converter(compiler, place))
            for name, place in compiler.annotation_col_map.items()
        ]

    def is_of_this_thread(self) -> bool:
        """Tell whether it was written on the connection in use; each thread has its own."""
        return self._compiler.connection is connections[self._made.alias]

    def rows(self, values: Sequence[int]) -> list[Any]:
        """Ask the database with these values."""
        if self._locks and not self._compiler.connection.in_atomic_block:
            raise TransactionManagementError("Rows are locked inside a transaction.")
        params = list(self._params)
        for place, number in self._places:
            params[place] = values[number]
        with _cursor(self._compiler.connection) as cursor:
            cursor.execute(self._sql, params)
            found = cursor.fetchall()
        known: Known = {}
        return [self._model_of(row, known) for row in found]

    def _model_of(self, row: Sequence[Any], known: Known) -> Any:
        one = self._made.new(row, known)
        for name, place, found in self._annotations:
            value = row[place]
            if found:
                convert, column = found
                value = convert(value, column, self._compiler.connection)
            setattr(one, name, value)
        return one


Convert = Callable[[Any, Any, Any], Any]


def _converter(compiler: Any, place: int) -> tuple[Convert, Any] | None:
    """Return what makes a database's value in one column the field's, and of which column."""
    for converters, expression in compiler.get_converters([compiler.select[place][0]]).values():
        first, *more = converters
        return (partial(_one_by_one, converters) if more else first), expression
    return None


def _one_by_one(converters: Sequence[Convert], value: Any, column: Any, connection: Any) -> Any:
    for convert in converters:
        value = convert(value, column, connection)
    return value


class _Made:
    """How a stretch of a row becomes a model, with what was selected along with it.

    The same as Django's own, in a fifth of its time: the fields are put where `Model.__init__` puts
    them one by one. A row that comes along many times, as the question of sixty requests, is one
    model; Django makes sixty of it, and reads its JSON sixty times.
    """

    def __init__(self, compiler: Any, info: Any, alias: str) -> None:
        self.alias = alias
        self._model: type[Model] = info["model"]
        places = info["select_fields"]
        selected = [(compiler.select[place][0].target, place) for place in places]
        [self._key] = [place for field, place in selected if field.primary_key]
        self._connection = compiler.connection
        self._plain, self._converted = [], []
        for field, place in selected:
            if found := _converter(compiler, place):
                self._converted.append((field.attname, place, *found))
            else:
                self._plain.append((field.attname, place))
        self._related = [
            (_Made(compiler, one, alias), one["local_setter"], one["remote_setter"])
            for one in info.get("related_klass_infos", ())
        ]

    def new(self, row: Sequence[Any], known: Known) -> Any:
        one: Any = self._model.__new__(self._model)
        one._state = ModelState()
        one._state.adding, one._state.db = False, self.alias
        fields = one.__dict__
        for name, place in self._plain:
            fields[name] = row[place]
        for name, place, convert, column in self._converted:
            fields[name] = convert(row[place], column, self._connection)
        for related, here, there in self._related:
            other = related._known(row, known)
            here(one, other)
            if other is not None:
                there(other, one)
        return one

    def _known(self, row: Sequence[Any], known: Known) -> Any:
        key = self, row[self._key]
        if key[1] is None:
            return None
        if key not in known:
            known[key] = self.new(row, known)
        return known[key]
