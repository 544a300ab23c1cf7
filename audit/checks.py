"""The start is refused when a key is not the one the database was written with."""

from collections.abc import Iterable, Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from audit import selectors
from audit.models import Canary, Entry


@register(Tags.database)
def keys_fit(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Iterable[str] | None = None,
    **_kwargs: object,
) -> list[CheckMessage]:
    """Hold the canaries and the newest audit entry against the keys, where there are any yet."""
    if "default" not in (databases or ()):
        return []
    tables = set(connections["default"].introspection.table_names())
    if not {Canary._meta.db_table, Entry._meta.db_table} <= tables:
        return []
    return [Error(fault, id="audit.E001") for fault in selectors.key_faults()]
