"""Roles that open concerns, as two people give them."""

from datetime import date

from school.models import RoleProposal, StaffMember
from school.roles import Role
from schoolsafe.lib import clock
from schoolsafe.staffing import changes

WHY = "The deputy of many years retires at Easter."


def propose(
    staff: StaffMember,
    *,
    by: StaffMember,
    role: Role = Role.SAFEGUARDING,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> RoleProposal:
    return changes.propose(
        staff,
        by=by,
        role=role,
        reason=WHY,
        starts_on=starts_on or clock.today(),
        ends_on=ends_on,
    )


def appoint(
    staff: StaffMember, role: Role, *, by: StaffMember, approved_by: StaffMember
) -> RoleProposal:
    return changes.approve(propose(staff, by=by, role=role), by=approved_by)
