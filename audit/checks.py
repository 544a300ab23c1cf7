"""The start is refused when a key is not the one the database was written with."""

from collections.abc import Iterable, Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from audit import selectors
from audit.models import Canary, Entry

MAY_CHANGE = """
    SELECT pg_has_role(current_user, relowner, 'member')
        OR has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE')
    FROM pg_class WHERE oid = 'audit_entry'::regclass
"""


@register(Tags.database)
def keys_fit(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Iterable[str] | None = None,
    **_kwargs: object,
) -> list[CheckMessage]:
    """Hold the canaries against the keys, where there are any yet."""
    if not _asked(databases, Canary._meta.db_table):
        return []
    return [Error(fault, id="audit.E001") for fault in selectors.key_faults()]


@register(Tags.database)
def triggers_hold(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Iterable[str] | None = None,
    **_kwargs: object,
) -> list[CheckMessage]:
    """Refuse a SQLite connection on which INSERT OR REPLACE walks round the triggers."""
    if connections["default"].vendor != "sqlite" or "default" not in (databases or ()):
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers")
        (on,) = cursor.fetchone()
    words = "The audit can be rewritten: add PRAGMA recursive_triggers=ON to init_command."
    return [] if on else [Error(words, id="audit.E002")]


@register(Tags.database, deploy=True)
def app_may_not_change(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Iterable[str] | None = None,
    **_kwargs: object,
) -> list[CheckMessage]:
    """Warn when the role that serves the pages could change the audit or switch off its triggers."""
    if connections["default"].vendor != "postgresql" or not _asked(databases, Entry._meta.db_table):
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute(MAY_CHANGE)
        (may,) = cursor.fetchone()
    words = "This database role may change the audit: run deploy/postgresql and use schoolsafe_app."
    return [Warning(words, id="audit.W001")] if may else []


def _asked(databases: Iterable[str] | None, table: str) -> bool:
    """Tell whether the check is for our database, and the migrations have made the table."""
    if "default" not in (databases or ()):
        return False
    return table in connections["default"].introspection.table_names()
