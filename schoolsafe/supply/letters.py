"""What happens with supply staff and their letter, in one transaction."""

from typing import Any

from audit import services as audit
from notices import services as notices
from notices.kinds import Draft
from school import roles, services
from school.models import StaffMember
from school.selectors import holders
from schoolsafe.lib import clock


@audit.atomic()
def engage(*, by: StaffMember, **typed: Any) -> StaffMember:
    """Give supply staff an account, and tell them and the leaders. Raises NotAllowed as the service does."""
    staff = services.engage_supply(by=by, **typed)
    _write(staff)
    _tell_leaders(staff, by=by)
    return staff


@audit.atomic()
def come_again(staff: StaffMember, *, by: StaffMember, **typed: Any) -> StaffMember:
    """Let supply staff come again, and tell them and the leaders. Raises NotAllowed as the service does."""
    staff = services.come_again(staff, by=by, **typed)
    _write(staff)
    _tell_leaders(staff, by=by)
    return staff


@audit.atomic()
def extend(staff: StaffMember, *, by: StaffMember, **typed: Any) -> StaffMember:
    """Let supply staff stay on, and tell the leaders. Raises NotAllowed as the service does."""
    staff = services.extend_supply(staff, by=by, **typed)
    _tell_leaders(staff, by=by)
    return staff


def _write(staff: StaffMember) -> None:
    """Queue the letter with the way in; to the address, for the account may not have begun."""
    now = clock.now()
    draft = Draft(
        kind="account_supply",
        key=f"account_supply:{staff.pk}:{now.isoformat()}",
        due_at=now,
        about=f"school.staffmember:{staff.pk}",
        address=staff.email,
        detail={"person": staff.pk},
    )
    notices.queue([draft], now=now)


def _tell_leaders(staff: StaffMember, *, by: StaffMember) -> None:
    """Tell the safeguarding team and the headteacher of somebody who counts as an adult on calls.

    One tick of one person is enough for that: the others see who set it, and for how long.
    """
    stay = staff.stays.first()
    if stay is None or stay.checked_by_id is None:
        return
    now = clock.now()
    leaders = holders(*roles.LEADERS, on=clock.local(now).date())
    drafts = [
        Draft(
            kind="account_supply_checked",
            key=f"account_supply_checked:{staff.pk}:{now.isoformat()}:{leader.pk}",
            due_at=now,
            about=f"school.staffmember:{staff.pk}",
            staff_id=leader.pk,
            detail={
                "person": staff.pk,
                "by": by.pk,
                "checked_by": stay.checked_by_id,
                "from": stay.starts_on.isoformat(),
                "until": stay.ends_on.isoformat(),
            },
        )
        for leader in leaders
        if leader.pk != by.pk
    ]
    notices.queue(drafts, now=now)
