"""Changes of roles with the letters about them: nobody comes to read concerns unseen."""

from collections.abc import Iterable
from datetime import date, datetime

from audit import services as audit
from notices import services as notices
from notices.kinds import Draft
from school import selectors, services
from school.models import RoleHeld, RoleProposal, StaffMember
from school.roles import OPENS_CONCERNS, Role
from school.services import SWEEP, System
from schoolsafe import accounts
from schoolsafe.entra import ties
from schoolsafe.lib import clock


@audit.atomic()
def give(
    staff: StaffMember, *, by: StaffMember, role: Role, starts_on: date, ends_on: date | None
) -> RoleHeld:
    """Give somebody a role that opens no concerns: that is told to nobody.

    Raises NotAllowed as `services.give_role` does.
    """
    return services.give_role(staff, by=by, role=role, starts_on=starts_on, ends_on=ends_on)


@audit.atomic()
def propose(
    staff: StaffMember,
    *,
    by: StaffMember,
    role: Role,
    reason: str,
    starts_on: date,
    ends_on: date | None,
) -> RoleProposal:
    """Propose somebody for a role that opens concerns; tell who can approve it, and the person.

    Raises NotAllowed as `services.propose_role` does.
    """
    made = services.propose_role(
        staff, by=by, role=role, reason=reason, starts_on=starts_on, ends_on=ends_on
    )
    deciding = selectors.approvers(staff.pk, proposed_by=by.pk, on=clock.today())
    _tell(made, "proposed", to=[*deciding, staff])
    return made


@audit.atomic()
def approve(proposal: RoleProposal, *, by: StaffMember) -> RoleProposal:
    """Give the role that was proposed; tell the person and everybody else who answers for concerns.

    Raises NotAllowed as `services.approve_role` does.
    """
    settled = services.approve_role(proposal, by=by)
    _tell_given(settled.held, by=by)
    # Whoever IT has tied to a Microsoft account is tied anew by somebody who answers for concerns.
    if services.review_tie(settled.staff, by=by):
        services.end_sessions_at_microsoft(settled.staff, by=by)
        ties.tell(settled.staff, "microsoft_untied", by=by)
    return settled


@audit.atomic()
def decline(proposal: RoleProposal, *, by: StaffMember) -> RoleProposal:
    """Let nobody get the role that was proposed; tell who proposed it, and the person.

    Raises NotAllowed as `services.decline_role` does.
    """
    settled = services.decline_role(proposal, by=by)
    _tell(settled, "declined", to=[settled.proposed_by, settled.staff])
    return settled


@audit.atomic()
def take_back(proposal: RoleProposal, *, by: StaffMember) -> RoleProposal:
    """Take one's own proposal back; tell the person.

    Raises NotAllowed as `services.take_back_proposal` does.
    """
    settled = services.take_back_proposal(proposal, by=by)
    _tell(settled, "taken_back", to=[settled.staff])
    return settled


@audit.atomic()
def lapse(pk: int, now: datetime) -> None:
    """Close a proposal that has waited too long; tell who proposed it, and the person."""
    lapsed = services.lapse_proposal(pk, by=SWEEP)
    if lapsed is not None:
        _tell(lapsed, "lapsed", to=[lapsed.proposed_by, lapsed.staff])


@audit.atomic()
def end(held: RoleHeld, *, by: StaffMember, on: date | None) -> RoleHeld:
    """Let a role end with a day, or at once; of one that opens concerns the others hear.

    Raises NotAllowed as `services.end_role` does.
    """
    ended = services.end_role(held, by=by, on=on)
    if Role(ended.role) in OPENS_CONCERNS:
        what, day = ("role_taken", "") if on is None else ("role_ends", _day(on))
        accounts.tell_of_access([ended.staff], what, by=by.pk, role=_said(ended.role), day=day)
    return ended


@audit.atomic()
def appoint_first_lead(staff: StaffMember, *, by: System) -> RoleHeld:
    """Make somebody the designated lead of a school that has none; tell everybody who answers for concerns.

    Raises NotAllowed as `services.appoint_first_lead` does.
    """
    held = services.appoint_first_lead(staff, by=by)
    accounts.tell_of_access([held.staff], "role_given", by=None, role=_said(held.role))
    return held


def _tell_given(held: RoleHeld | None, *, by: StaffMember) -> None:
    if held is None:
        raise LookupError("An approved proposal has given no role.")
    begins = held.starts_on
    day = f" from {_day(begins)}" if begins is not None and begins > clock.today() else ""
    accounts.tell_of_access([held.staff], "role_given", by=by.pk, role=_said(held.role), day=day)


def _tell(proposal: RoleProposal, what: str, *, to: Iterable[StaffMember]) -> None:
    now = clock.now()
    notices.queue(
        [
            Draft(
                kind="role_proposal",
                key=f"role_proposal:{what}:{proposal.pk}:{pk}",
                due_at=now,
                about=f"school.roleproposal:{proposal.pk}",
                staff_id=pk,
                detail={"what": what},
            )
            for pk in sorted({person.pk for person in to})
        ],
        now=now,
    )


def _said(role: str) -> str:
    """Return a role as it stands inside a sentence."""
    words = Role(role).words
    return words if words.isupper() else f"{words[0].lower()}{words[1:]}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
