"""Changes to the staff: who works here, and in which roles."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User

from audit import services as audit
from school.models import RoleHeld, StaffMember
from school.roles import Role
from school.services.system import System
from schoolsafe.lib import clock


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
    today = clock.local(now).date()
    RoleHeld.objects.bulk_create(
        [RoleHeld(staff=staff, role=role.value, starts_on=today) for role in roles]
    )
    audit.record(
        at=now,
        actor=by.actor,
        verb="staff.employ",
        object=f"school.staffmember:{staff.pk}",
        roles=sorted(role.value for role in roles),
    )
    return staff
