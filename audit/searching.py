"""What somebody looks for in the audit: filters over what they may see, newest first."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import Q

from audit import selectors
from audit.chain import GUARDED
from audit.models import Entry, EntryQuerySet

# What only looks: each such verb ends like this.
LOOK = ".read"
# Each step is one look into the index; listing all verbs would read all entries.
VERBS = f"""
WITH RECURSIVE found(verb) AS (
    SELECT min(verb) FROM {Entry._meta.db_table}
    UNION ALL
    SELECT (SELECT min(verb) FROM {Entry._meta.db_table} WHERE verb > found.verb)
    FROM found WHERE found.verb IS NOT NULL
)
SELECT verb FROM found WHERE verb IS NOT NULL
"""  # noqa: S608 - our own names


class Sort(StrEnum):
    """Whether somebody did something, or saw it."""

    DID = "did"
    SAW = "saw"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is looked for; what is empty narrows nothing. A record may be a kind alone."""

    actor: str = ""
    record: str = ""
    verb: str = ""
    sort: Sort | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def filters(self) -> list[str]:
        """Return the names of the filters that are set, for the audit."""
        return sorted(name for name, value in vars(self).items() if value)


def found(viewer: Any, asked: Asked) -> EntryQuerySet:
    """Return the entries that a person may see and looks for, newest first."""
    return selectors.visible_to(viewer).filter(_narrowed(asked)).order_by("-pk")


def _narrowed(asked: Asked) -> Q:
    """Return what the filters say together."""
    narrowed = _record(asked.record) if asked.record else Q()
    if asked.actor:
        narrowed &= Q(actor=asked.actor)
    if asked.verb:
        narrowed &= Q(verb=asked.verb)
    if asked.sort:
        looks = Q(verb__endswith=LOOK)
        narrowed &= looks if asked.sort is Sort.SAW else ~looks
    if asked.since:
        narrowed &= Q(at__gte=asked.since)
    if asked.until:
        narrowed &= Q(at__lt=asked.until)
    return narrowed


def _record(record: str) -> Q:
    """Return one record, or every one of a kind."""
    if ":" in record:
        return Q(object=record)
    return Q(object=record) | Q(object__startswith=f"{record}:")


def occurring_verbs() -> list[str]:
    """Return the verbs that occur, without those that tell of what is guarded."""
    with connection.cursor() as cursor:
        cursor.execute(VERBS)
        verbs = [str(verb) for (verb,) in cursor.fetchall()]
    return [verb for verb in verbs if not verb.startswith(GUARDED)]
