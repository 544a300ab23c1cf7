"""Changing a setting with its letters: nobody weakens a clause unseen."""

from collections.abc import Iterable
from datetime import datetime

from audit import services as audit
from notices import services as notices
from notices.kinds import Draft
from school import services
from school.models import SettingChange, StaffMember
from school.roles import LEADERS, Role
from school.selectors import holders
from school.settings import Value
from schoolsafe.lib import clock

# Which letters wait for what a setting says.
WAITED_FOR = {
    "ask_days_before": ("consent_request", "consent_changed"),
    "links_hours_before": ("meeting_join_link",),
}
WEAKENED, PROPOSED = "setting_weakened", "setting_proposed"


@audit.atomic()
def change_setting(
    name: str, value: Value, *, by: StaffMember, why: str, seen: int
) -> SettingChange:
    """Change or propose as `services.change_setting` does, and tell whom it concerns.

    Of a weakening in force every other leader hears, of one proposed the headteacher.
    """
    now = clock.now()
    change = services.change_setting(name, value, by=by, why=why, seen=seen)
    if name in WAITED_FOR:
        notices.ask_kinds_again_now(WAITED_FOR[name], now=now)
    if not change.weakens:
        return change
    if change.waits:
        _tell(change, PROPOSED, _leaders({Role.HEADTEACHER}, now), now=now)
    else:
        _tell_of_weakening(change, by=by, now=now)
    return change


@audit.atomic()
def approve_setting(change: SettingChange, *, by: StaffMember) -> SettingChange:
    """Approve as `services.approve_setting` does, and tell every other leader, also who proposed it."""
    change = services.approve_setting(change, by=by)
    _tell_of_weakening(change, by=by, now=clock.now())
    return change


def _tell_of_weakening(change: SettingChange, *, by: StaffMember, now: datetime) -> None:
    others = [one for one in _leaders(LEADERS, now) if one.pk != by.pk]
    _tell(change, WEAKENED, others, now=now)


def _leaders(roles: Iterable[Role], now: datetime) -> list[StaffMember]:
    return list(holders(*roles, on=clock.local(now).date()))


def _tell(
    change: SettingChange, kind: str, people: Iterable[StaffMember], *, now: datetime
) -> None:
    notices.queue(
        [
            Draft(
                kind=kind,
                key=f"{kind}:{change.pk}:{person.pk}",
                due_at=now,
                about=f"school.settingchange:{change.pk}",
                staff_id=person.pk,
                detail={"change": change.pk},
            )
            for person in people
        ],
        now=now,
    )
