"""Changes to the staff: who works here, when they are on duty and when away."""

from collections.abc import Sequence
from datetime import datetime, time

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User

from audit import services as audit
from school.models import Absence, DutySlot, RoleHeld, StaffMember
from school.roles import Role
from school.services.system import System
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def employ(
    *,
    by: StaffMember | System,
    name: str,
    email: str,
    telephone: str = "",
    roles: tuple[Role, ...] = (Role.STAFF,),
    household: str = "",
    is_eligible_for_calls: bool = True,
    password: str | None = None,
    password_hash: str = "",
    is_superuser: bool = False,
) -> StaffMember:
    """Give a person an account, their roles and a place in the staff list.

    `password_hash` is a password that has been hashed already, for many accounts at once.
    """
    user = get_user_model()(
        username=email, email=email, is_staff=True, is_superuser=is_superuser, is_active=True
    )
    if password_hash:
        user.password = password_hash
    else:
        user.set_password(password)
    user.save()
    return take_on(
        user,
        by=by,
        name=name,
        telephone=telephone,
        roles=roles,
        household=household,
        is_eligible_for_calls=is_eligible_for_calls,
    )


@audit.atomic()
def take_on(
    account: User,
    *,
    by: StaffMember | System,
    name: str,
    telephone: str = "",
    roles: tuple[Role, ...] = (Role.STAFF,),
    household: str = "",
    is_eligible_for_calls: bool = True,
) -> StaffMember:
    """Give somebody who has an account already their roles and a place in the staff list.

    In an intranet that mounts the module everybody has one.
    """
    now = clock.now()
    staff = StaffMember.objects.create(
        user=account,
        name=name,
        telephone=telephone,
        household=household,
        is_eligible_for_calls=is_eligible_for_calls,
    )
    RoleHeld.objects.bulk_create([RoleHeld(staff=staff, role=role.value) for role in roles])
    audit.record(
        at=now,
        actor=by.actor,
        verb="staff.employ",
        object=f"school.staffmember:{staff.pk}",
        roles=sorted(role.value for role in roles),
    )
    return staff


@audit.atomic()
def record_absence(
    staff: StaffMember,
    *,
    by: StaffMember | System,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
) -> Absence:
    """Note that somebody is away: nothing is sent to them and no ladder waits for them."""
    absence = Absence.objects.create(
        staff=staff, starts_at=starts_at, ends_at=ends_at, reason=reason
    )
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb="staff.absence",
        object=f"school.staffmember:{staff.pk}",
    )
    return absence


@audit.atomic()
def put_on_duty(
    staff: StaffMember,
    *,
    by: StaffMember | System,
    slots: Sequence[tuple[int, time, time]],
) -> list[DutySlot]:
    """Give somebody weekly stretches of duty: weekday (0 is Monday), from, until.

    Raises NotAllowed for somebody without a telephone number (E89).
    """
    if not staff.telephone.strip():
        raise NotAllowed(f"{staff} needs a telephone number before being on duty.")
    rows = DutySlot.objects.bulk_create(
        [
            DutySlot(staff=staff, weekday=weekday, starts_at=starts_at, ends_at=ends_at)
            for weekday, starts_at, ends_at in slots
        ]
    )
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb="staff.put_on_duty",
        object=f"school.staffmember:{staff.pk}",
        slots=len(rows),
    )
    return rows
