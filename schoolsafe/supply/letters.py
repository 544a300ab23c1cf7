"""What happens with supply staff and their letter, in one transaction."""

from typing import Any

from audit import services as audit
from notices import services as notices
from notices.kinds import Draft
from school import services
from school.models import StaffMember
from schoolsafe.lib import clock


@audit.atomic()
def engage(*, by: StaffMember, **typed: Any) -> StaffMember:
    """Give supply staff an account, and write to them. Raises NotAllowed as the service does."""
    staff = services.engage_supply(by=by, **typed)
    _write(staff)
    return staff


@audit.atomic()
def come_again(staff: StaffMember, *, by: StaffMember, **typed: Any) -> StaffMember:
    """Let supply staff come again, and write to them. Raises NotAllowed as the service does."""
    staff = services.come_again(staff, by=by, **typed)
    _write(staff)
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
