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
        # Wrapped on this connection alone: what the application does stays refused.
        connection.ops.sql_flush = _unguarded(connection.ops.sql_flush, connection.vendor)  # type: ignore[method-assign]


def _unguarded(sql_flush: Any, vendor: str) -> Any:
    """Return Django's own statements between opening and closing the guard."""

    def unguarded(style: Any, tables: Any, **options: Any) -> list[str]:
        before, after = _Statements(), _Statements()
        guard.remove(before, vendor)
        guard.install(after, vendor)
        return [*before, *sql_flush(style, tables, **options), *after]

    return unguarded
