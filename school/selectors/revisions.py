"""What was changed of a record, and what stood there before."""

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import QuerySet

from school.models import Revision, School, SettingChange
from school.settings import SETTINGS
from schoolsafe.lib.history import Line, Told

# So many stand on a page of a history.
ON_A_PAGE = 100
# By its number, when each change was: enough to put a page together, and nothing is unsealed for it.
Heads = list[tuple[int, datetime]]


def heads_of(reference: str, *, most: int) -> Heads:
    """Return the newest changes of a record by their heads."""
    return _heads(Revision.objects.filter(object=reference), most)


def heads_of_removed(label: str, *, most: int) -> Heads:
    """Return what was removed last of a kind of record, by its heads."""
    removed = Revision.objects.filter(is_removal=True, object__startswith=f"{label}:")
    return _heads(removed, most)


def revisions(numbers: Collection[int]) -> list[Revision]:
    """Return these changes, the newest first."""
    return list(Revision.objects.filter(pk__in=numbers))


def _heads(rows: QuerySet[Revision], most: int) -> Heads:
    return list(rows.values_list("pk", "at")[:most])


def settings_told(school: School) -> Iterator[tuple[str, Told]]:
    """Yield the changes of settings that came into force, each with its name; their rows keep both values."""
    rows = SettingChange.objects.filter(approved_at__isnull=False).select_related("asked_by")
    for row in rows:
        setting = SETTINGS.get(row.name)
        if setting is None or row.approved_at is None:
            continue
        before, after = setting.in_words(row.before), setting.in_words(row.value)
        yield (
            row.name,
            Told(
                at=row.approved_at,
                actor=row.asked_by.actor,
                lines=(Line(what=setting.words, before=before, after=after),),
                why=row.why,
            ),
        )
