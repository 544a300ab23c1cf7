"""Emptying the test database after a transactional test, past the triggers that forbid it."""

from typing import Any

from django.db import connections

from audit import guard


class _Statements(list[str]):
    """Collects what a guard would run."""

    def execute(self, sql: str) -> None:
        self.append(sql)


def let_flush_pass() -> None:
    """Take the audit's triggers away around Django's flush, in its own transaction."""
    for connection in connections.all():
        # On the class: a browser test asks from within an event loop, with a connection of its own.
        # `manage.py flush` does not come this way, and what the application does stays refused.
        operations: Any = type(connection.ops)
        operations.sql_flush = _unguarded(operations.sql_flush, connection.vendor)


def _unguarded(sql_flush: Any, vendor: str) -> Any:
    """Return Django's own statements between opening and closing the guard."""

    def unguarded(self: Any, style: Any, tables: Any, **options: Any) -> list[str]:
        before, after = _Statements(), _Statements()
        guard.remove(before, vendor)
        guard.install(after, vendor)
        return [*before, *sql_flush(self, style, tables, **options), *after]

    return unguarded
