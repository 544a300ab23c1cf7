"""Reads about what the policy leaves to the school: what holds, since when, and what waits."""

from dataclasses import dataclass
from datetime import time

from django.db.models import Max, QuerySet

from school.models import Logo, School, SettingChange
from school.roles import Viewer, may_weaken_policy
from school.settings import SETTINGS, Group, Setting, Value

# What stands in a column of its own; the rest is kept together.
COLUMNS = frozenset(field.name for field in School._meta.fields)
WAITING = {"approved_at": None, "dropped_at": None}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One setting as it stands: the newest change in force, and the one that waits."""

    setting: Setting
    value: Value
    since: SettingChange | None
    waiting: SettingChange | None

    @property
    def value_in_words(self) -> str:
        """Return what holds now for a person."""
        return self.setting.in_words(self.value)

    @property
    def default_in_words(self) -> str:
        """Return what is suggested for a person."""
        return self.setting.in_words(self.setting.default)

    @property
    def is_weak(self) -> bool:
        """Tell whether it guards less than its clause asks for, which somebody decided."""
        return self.setting.is_weak(self.value) and self.value != self.setting.default

    @property
    def waiting_in_words(self) -> str:
        """Return what is proposed for a person."""
        return self.setting.in_words(self.waiting.value) if self.waiting else ""


def values_of(school: School) -> dict[str, Value]:
    """Return what holds now of every setting."""
    return {name: _value(school, name) for name in SETTINGS}


def _value(school: School, name: str) -> Value:
    if name not in COLUMNS:
        chosen: Value = school.chosen.get(name, SETTINGS[name].default)
        return chosen
    value = getattr(school, name)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    found: Value = value
    return found


def standing_settings(school: School) -> dict[Group, list[Standing]]:
    """Return every setting as it stands, by group: two queries, however long the history."""
    values = values_of(school)
    since = {change.name: change for change in _newest_in_force()}
    waiting = {change.name: change for change in waiting_changes()}
    groups: dict[Group, list[Standing]] = {group: [] for group in Group}
    for name, setting in SETTINGS.items():
        groups[setting.group].append(
            Standing(
                setting=setting,
                value=values[name],
                since=since.get(name),
                waiting=waiting.get(name),
            )
        )
    return groups


def _newest_in_force() -> QuerySet[SettingChange]:
    newest = (
        SettingChange.objects.filter(approved_at__isnull=False)
        .order_by()
        .values("name")
        .annotate(newest=Max("pk"))
        .values("newest")
    )
    return SettingChange.objects.filter(pk__in=newest).select_related("asked_by", "approved_by")


def waiting_changes() -> QuerySet[SettingChange]:
    """Return what was proposed and nobody has decided about."""
    return SettingChange.objects.filter(**WAITING).select_related("asked_by")


def history_of(name: str) -> QuerySet[SettingChange]:
    """Return every change of a setting, newest first."""
    return SettingChange.objects.filter(name=name).select_related(
        "asked_by", "approved_by", "dropped_by"
    )


def newest_change(name: str) -> int:
    """Return the number of the newest change of a setting, whatever became of it; 0 without one."""
    found = SettingChange.objects.filter(name=name).aggregate(newest=Max("pk"))["newest"]
    return int(found or 0)


def settings_to_approve(viewer: Viewer) -> int:
    """Return how many weakenings wait for this person."""
    if not may_weaken_policy(viewer):
        return 0
    return SettingChange.objects.filter(**WAITING).count()


def newest_logo() -> int:
    """Return the number of the newest logo, be it none; 0 before there was one."""
    return int(Logo.objects.aggregate(newest=Max("pk"))["newest"] or 0)


def logos() -> QuerySet[Logo]:
    """Return every logo that was chosen, newest first, without the pictures."""
    return Logo.objects.defer("picture").select_related("added_by")


def picture_of(digest: str) -> bytes | None:
    """Return the logo that the school has now, where this is its digest."""
    chosen = School.objects.filter(pk=1).first()
    if not digest or chosen is None or chosen.logo != digest:
        return None
    found = Logo.objects.filter(digest=digest).first()
    return bytes(found.picture) if found else None
