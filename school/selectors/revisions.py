"""What was changed of a record, and what stood there before."""

from collections.abc import Iterator

from school.models import Revision, School, SettingChange
from school.settings import SETTINGS
from schoolsafe.lib.history import Line, Told

# More than a person reads; the audit knows all of them.
MOST = 200


def revisions_of(reference: str) -> list[Revision]:
    """Return the changes of a record, the newest first; one more than are shown, where there are more."""
    return list(Revision.objects.filter(object=reference)[: MOST + 1])


def removals_of(label: str) -> list[Revision]:
    """Return what the removed records of a kind said last, the newest first; one more than are shown."""
    rows = Revision.objects.filter(is_removal=True, object__startswith=f"{label}:")
    return list(rows[: MOST + 1])


def settings_told(school: School) -> Iterator[tuple[str, Told]]:
    """Yield the changes of settings that came into force, each with its name; their rows keep both values."""
    rows = SettingChange.objects.filter(approved_at__isnull=False).select_related("asked_by")
    for row in rows[: MOST + 1]:
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
