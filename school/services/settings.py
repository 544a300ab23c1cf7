"""Changing what the policy leaves to the school; what would weaken a clause needs the headteacher."""

from datetime import datetime

from audit import services as audit
from school.models import School, SettingChange, StaffMember
from school.roles import may_keep_policy, may_weaken_policy
from school.selectors.settings import COLUMNS, WAITING, newest_change, values_of
from school.settings import SETTINGS, Kind, Setting, Value, clash, clock_time
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed, Overtaken


@audit.atomic()
def change_setting(
    name: str, value: Value, *, by: StaffMember, why: str, seen: int
) -> SettingChange:
    """Change a setting at once, or propose it where it would weaken a clause and another decides.

    `seen` is the number of the newest change that the person's page showed. Raises NotAllowed for
    staff who may not, without a reason, for a value out of its bounds, and while a proposal waits;
    Overtaken when somebody else has changed it since.
    """
    now = clock.now()
    _check_may(by)
    setting = _setting(name)
    school = _locked()
    newest = newest_change(name)
    if seen != newest:
        raise Overtaken("Somebody else has changed this since you opened the page. Look again.")
    if SettingChange.objects.filter(name=name, **WAITING).exists():
        raise NotAllowed("A proposal waits for the headteacher. It is decided or taken back first.")
    values = values_of(school)
    _check(setting, value, values, why=why)
    before = values[name]
    weakens = setting.weakens(now=before, to=value)
    is_in_force = not weakens or may_weaken_policy(by.viewer())
    change = SettingChange.objects.create(
        name=name,
        before=before,
        value=value,
        why=why.strip(),
        weakens=weakens,
        asked_at=now,
        asked_by=by,
        approved_at=now if is_in_force else None,
        approved_by=by if is_in_force else None,
    )
    if is_in_force:
        _put(school, setting, value)
    _record("change" if is_in_force else "propose", change, by=by, now=now)
    return change


@audit.atomic()
def approve_setting(change: SettingChange, *, by: StaffMember) -> SettingChange:
    """Let a proposal come into force.

    Raises NotAllowed for whoever is not the headteacher, when it is decided, or when it no longer
    goes with the other settings.
    """
    now = clock.now()
    if not may_weaken_policy(by.viewer()):
        raise NotAllowed("Only the headteacher lets a setting guard less than its clause asks for.")
    school = _locked()
    change = _waiting(change)
    setting = _setting(change.name)
    values = values_of(school)
    if found := setting.fault(change.value) or clash(values | {change.name: change.value}):
        raise NotAllowed(f"This cannot be any more: {found}")
    change.approved_at, change.approved_by = now, by
    change.save(update_fields=["approved_at", "approved_by"])
    _put(school, setting, change.value)
    _record("approve", change, by=by, now=now)
    return change


@audit.atomic()
def drop_setting(change: SettingChange, *, by: StaffMember) -> SettingChange:
    """Let a proposal go: refused by the headteacher, or taken back by those who may propose.

    Raises NotAllowed for staff who may not, and when it is decided.
    """
    now = clock.now()
    _check_may(by)
    _locked()
    change = _waiting(change)
    change.dropped_at, change.dropped_by = now, by
    change.save(update_fields=["dropped_at", "dropped_by"])
    _record("drop", change, by=by, now=now)
    return change


def _check_may(by: StaffMember) -> None:
    if not may_keep_policy(by.viewer()):
        raise NotAllowed(
            "Only the designated lead and the headteacher change what the policy says."
        )


def _setting(name: str) -> Setting:
    setting = SETTINGS.get(name)
    if setting is None:
        raise NotAllowed("There is no such setting.")
    return setting


def _check(setting: Setting, value: Value, values: dict[str, Value], *, why: str) -> None:
    """Refuse what cannot be: out of bounds, out of order, without a reason, or no change at all."""
    if not why.strip():
        raise NotAllowed("Write down why: whoever looks at it in a year has only this.")
    if value == values[setting.name]:
        raise NotAllowed("It is that already.")
    if found := setting.fault(value) or clash(values | {setting.name: value}):
        raise NotAllowed(found)


def _locked() -> School:
    """Return the row of the school, locked: whoever changes a setting waits for who is before them."""
    return School.objects.select_for_update().get(pk=1)


def _waiting(change: SettingChange) -> SettingChange:
    found = SettingChange.objects.select_for_update().get(pk=change.pk)
    if not found.waits:
        raise NotAllowed("Somebody has decided about this already.")
    return found


def _put(school: School, setting: Setting, value: Value) -> None:
    """Write what holds from now on into the row that every rule reads."""
    if setting.name not in COLUMNS:
        school.chosen = school.chosen | {setting.name: value}
        school.save(update_fields=["chosen"])
        return
    is_time = setting.kind is Kind.TIME
    setattr(school, setting.name, clock_time(value) if is_time else value)
    school.save(update_fields=[setting.name])


def _record(what: str, change: SettingChange, *, by: StaffMember, now: datetime) -> None:
    """Write it down by its name; the values and the reason stand in the row."""
    audit.record(
        at=now,
        actor=by.actor,
        verb=f"setting.{what}",
        object=f"school.settingchange:{change.pk}",
        setting=change.name,
        weakens=change.weakens,
    )
