"""Who holds which role: given, proposed and approved by a second person, ended. Never one's own."""

from collections.abc import Sequence
from datetime import date

from audit import services as audit
from school import team
from school.models import RoleHeld, RoleProposal, School, StaffMember
from school.roles import (
    OPENS_CONCERNS,
    Role,
    may_approve_role_of,
    may_change_role_of,
    may_propose_role_of,
    opens_concerns,
)
from school.selectors import approvers, part_of, team_parts
from school.services import revisions
from school.services.locks import lock_row
from school.services.system import System
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

OWN = "Nobody changes their own roles. Ask a colleague who may."


@audit.atomic()
def give_role(
    staff: StaffMember, *, by: StaffMember, role: Role, starts_on: date, ends_on: date | None = None
) -> RoleHeld:
    """Give somebody a role that opens no concerns, from a day on.

    Raises NotAllowed when it is not for this person to give, takes two people, or is held then already.
    """
    by, staff = _locked(staff, by=by)
    if role in OPENS_CONCERNS:
        raise NotAllowed(
            f"{role.words} opens concerns: one person proposes it, another approves it."
        )
    held = staff.roles_now_or_later() | {role}
    if not may_change_role_of(by.viewer(), held, staff_id=staff.pk):
        raise NotAllowed(_refusal(by, staff))
    _check_days(staff, role, starts_on=starts_on, ends_on=ends_on)
    return _give(staff, by=by, role=role, starts_on=starts_on, ends_on=ends_on)


@audit.atomic()
def propose_role(
    staff: StaffMember,
    *,
    by: StaffMember,
    role: Role,
    reason: str,
    starts_on: date,
    ends_on: date | None = None,
) -> RoleProposal:
    """Propose somebody for a role that opens concerns; it opens nothing until a second person approves.

    Raises NotAllowed when it is not for this person to propose, when nobody could approve it, and when it
    is held or proposed already.
    """
    by, staff = _locked(staff, by=by)
    if role not in OPENS_CONCERNS or not reason.strip():
        raise NotAllowed("Choose a role that opens concerns, and write down why.")
    if not may_propose_role_of(by.viewer(), staff_id=staff.pk):
        raise NotAllowed(
            OWN
            if by.pk == staff.pk
            else "Only those who answer for safeguarding propose this role."
        )
    _check_days(staff, role, starts_on=starts_on, ends_on=ends_on)
    now = clock.now()
    _check_nobody_waits(staff, role)
    if not approvers(staff.pk, proposed_by=by.pk, on=clock.today()):
        raise NotAllowed(
            "Nobody could approve it but you. Ask a deputy or the chair of governors to propose it: then "
            "you can approve it."
        )
    made = RoleProposal.objects.create(
        staff=staff,
        role=role.value,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason.strip(),
        proposed_at=now,
        proposed_by=by,
    )
    _record_proposal("propose", made, by=by)
    return made


@audit.atomic()
def approve_role(proposal: RoleProposal, *, by: StaffMember) -> RoleProposal:
    """Give the role that was proposed; it begins on its day, and not before today.

    Raises NotAllowed when it is not for this person to approve, when somebody has decided already, when it
    has waited too long, and when whoever proposed it could not do so now.
    """
    by, proposal = _locked_proposal(proposal, by=by)
    staff, role, today = proposal.staff, Role(proposal.role), clock.today()
    _check_open(proposal)
    if not proposal.is_waiting(now=clock.now()):
        raise NotAllowed("This has waited too long. It has to be proposed anew.")
    if proposal.is_over(on=today):
        raise NotAllowed(
            "The time for which this was proposed is over. It has to be proposed anew."
        )
    proposer = proposal.proposed_by
    may_still = proposer.user.is_active and may_propose_role_of(
        proposer.viewer(), staff_id=staff.pk
    )
    if not may_still:
        raise NotAllowed(
            f"{proposer}, who proposed it, does not answer for safeguarding any more. Decline it, and have "
            "it proposed anew."
        )
    begins = team.begins_on(proposal.starts_on, on=today)
    _check_days(staff, role, starts_on=begins, ends_on=proposal.ends_on)
    proposal.held = _give(staff, by=by, role=role, starts_on=begins, ends_on=proposal.ends_on)
    return _settle(proposal, team.Outcome.APPROVED, by=by)


@audit.atomic()
def decline_role(proposal: RoleProposal, *, by: StaffMember) -> RoleProposal:
    """Let nobody get the role that was proposed.

    Raises NotAllowed when it is not for this person to decide, or somebody has decided already.
    """
    by, proposal = _locked_proposal(proposal, by=by)
    _check_open(proposal)
    return _settle(proposal, team.Outcome.DECLINED, by=by)


@audit.atomic()
def take_back_proposal(proposal: RoleProposal, *, by: StaffMember) -> RoleProposal:
    """Take one's own proposal back.

    Raises NotAllowed when somebody else made it, or somebody has decided already.
    """
    lock_roles()
    proposal = _fresh(proposal)
    if proposal.proposed_by_id != by.pk:
        raise NotAllowed("Only the person who proposed it takes it back.")
    _check_open(proposal)
    return _settle(proposal, team.Outcome.TAKEN_BACK, by=by)


@audit.atomic()
def lapse_proposal(pk: int, *, by: System) -> RoleProposal | None:
    """Close a proposal that has waited too long; return None where somebody was quicker."""
    lock_roles()
    now = clock.now()
    proposal = RoleProposal.objects.lapsed(now=now).filter(pk=pk).select_related("staff").first()
    if proposal is None:
        return None
    proposal.outcome, proposal.settled_at = team.Outcome.LAPSED.value, now
    proposal.save(update_fields=["outcome", "settled_at"])
    _record_proposal("lapse", proposal, by=by)
    return proposal


@audit.atomic()
def end_role(held: RoleHeld, *, by: StaffMember, on: date | None) -> RoleHeld:
    """Let a role end with a day, that day included; without one, end it at once.

    Raises NotAllowed when it is not for this person to end, has ended, would go on for longer than it
    does, or would leave the school without a designated lead.
    """
    by, staff = _locked(held.staff, by=by)
    held = RoleHeld.objects.select_related("staff").get(pk=held.pk)
    now, today = clock.now(), clock.today()
    if not may_change_role_of(by.viewer(), staff.roles_now_or_later(), staff_id=staff.pk):
        raise NotAllowed(_refusal(by, staff))
    if held.is_over(on=today):
        raise NotAllowed(f"{staff} does not hold this role any more.")
    before, stood = team_parts(on=today), revisions.stands(held, ["ends_on", "ended_at"])
    others = [one for one in before if one != part_of(held)]
    if on is None:
        held.ends_on, held.ended_at = max(today, held.starts_on or today), now
        _check_led(staff, before, others)
    else:
        _check_end(held, on=on, first=today if staff.user.is_active else None)
        held.ends_on = on
        _check_led(staff, before, [*others, part_of(held)] if staff.user.is_active else others)
    # What a person has ended does not come again with the next sign-in at Microsoft, whoever gave it.
    held.stays_off = True
    held.save(update_fields=["ends_on", "ended_at", "stays_off"])
    revisions.note(held, revisions.since(held, stood), by=by)
    record_role("end", held, by=by)
    return held


@audit.atomic()
def appoint_first_lead(staff: StaffMember, *, by: System) -> RoleHeld:
    """Make somebody the designated lead of a school that has none: there is nobody to propose or approve.

    Raises NotAllowed when somebody is lead already: then two people make another one.
    """
    lock_roles()
    today = clock.today()
    staff = lock_row(StaffMember, staff.pk)
    if team.is_led(team_parts(on=today), on=today):
        raise NotAllowed(
            "Somebody is the designated lead already. Propose another one on the page of roles."
        )
    _check_days(staff, Role.DSL, starts_on=today, ends_on=None)
    return _give(staff, by=by, role=Role.DSL, starts_on=today, ends_on=None)


def check_led_without(staff: StaffMember) -> None:
    """Refuse to close the account of the only designated lead; the caller keeps the lock until the end.

    Raises NotAllowed.
    """
    lock_roles()
    today = clock.today()
    parts = team_parts(on=today)
    _check_led(staff, parts, [one for one in parts if one.staff_id != staff.pk])


def lock_roles() -> None:
    """Let one change of roles wait for another: two that are safe alone could leave nobody in the lead."""
    list(School.objects.select_for_update(no_key=True).filter(pk=1).values_list("pk"))


def _locked(staff: StaffMember, *, by: StaffMember) -> tuple[StaffMember, StaffMember]:
    """Take the lock; return who asks and whom it is about, as they are now."""
    lock_roles()
    staff = lock_row(StaffMember, staff.pk)
    return StaffMember.objects.get(pk=by.pk), staff


def _check_works(staff: StaffMember) -> None:
    if not staff.user.is_active:
        raise NotAllowed(f"The account of {staff} is closed.")


def _locked_proposal(
    proposal: RoleProposal, *, by: StaffMember
) -> tuple[StaffMember, RoleProposal]:
    """Take the lock; return who decides, and the proposal, as they are now."""
    by, _ = _locked(proposal.staff, by=by)
    proposal = _fresh(proposal)
    may = may_approve_role_of(
        by.viewer(), staff_id=proposal.staff_id, proposed_by=proposal.proposed_by_id
    )
    if not may:
        raise NotAllowed(
            "The designated lead or the headteacher decides about this: never the person who proposed it, "
            "nor the person concerned."
        )
    return by, proposal


def _fresh(proposal: RoleProposal) -> RoleProposal:
    rows = RoleProposal.objects.select_related("staff__user", "proposed_by__user")
    return rows.get(pk=proposal.pk)


def _check_open(proposal: RoleProposal) -> None:
    if proposal.settled_at is not None:
        raise NotAllowed("Somebody has decided about this already.")


def _check_nobody_waits(staff: StaffMember, role: Role) -> None:
    """Refuse a second proposal; one that has waited too long is the sweep's to close."""
    if RoleProposal.objects.unsettled().filter(staff=staff, role=role.value).exists():
        raise NotAllowed(
            f"{staff} is proposed for this role already. Somebody decides about that first."
        )


def _check_days(staff: StaffMember, role: Role, *, starts_on: date, ends_on: date | None) -> None:
    """Refuse days that are over or out of order, and a role that is held on one of them already."""
    _check_works(staff)
    if starts_on < clock.today():
        raise NotAllowed("It cannot begin before today.")
    if ends_on is not None and ends_on < starts_on:
        raise NotAllowed("It would end before it begins.")
    for row in RoleHeld.objects.filter(staff=staff, role=role.value, ended_at__isnull=True):
        if team.overlaps(starts_on, ends_on, row.starts_on, row.ends_on):
            until = f" until {_day(row.ends_on)}" if row.ends_on else ""
            since = f" from {_day(row.starts_on)}" if row.starts_on else ""
            raise NotAllowed(f"{staff} holds this role already{since}{until}.")


def _check_end(held: RoleHeld, *, on: date, first: date | None) -> None:
    """Refuse an end that is over, before the beginning, or later than the one it has.

    Of somebody who has left, the day may lie behind: nothing is open to them any more.
    """
    if first is not None and on < first:
        raise NotAllowed("It cannot end before today. To take it off now, end it at once.")
    if held.starts_on is not None and on < held.starts_on:
        raise NotAllowed("It would end before it begins. To take it back, end it at once.")
    if held.ends_on is not None and on > held.ends_on:
        raise NotAllowed(
            f"It ends on {_day(held.ends_on)}. To let it go on, give it anew from the day after."
        )


def _check_led(staff: StaffMember, before: Sequence[team.Part], after: Sequence[team.Part]) -> None:
    """Refuse what would leave the school without a designated lead on a day on which it would have one."""
    gap = team.unled_by(before, after, on=clock.today())
    if gap is not None:
        raise NotAllowed(
            f"Nobody but {staff} is the designated safeguarding lead on {_day(gap)}, and a school always "
            "has one. Propose another lead who begins by then, and have it approved first."
        )


def _refusal(by: StaffMember, staff: StaffMember) -> str:
    if by.pk == staff.pk:
        return OWN
    if opens_concerns(staff.roles_now_or_later()):
        return f"{staff} may read concerns: the designated lead or the headteacher changes their roles."
    return "The designated lead, the headteacher or IT changes roles."


def _give(
    staff: StaffMember,
    *,
    by: StaffMember | System,
    role: Role,
    starts_on: date,
    ends_on: date | None,
) -> RoleHeld:
    held = RoleHeld.objects.create(
        staff=staff, role=role.value, starts_on=starts_on, ends_on=ends_on
    )
    record_role("give", held, by=by)
    return held


def _settle(proposal: RoleProposal, outcome: team.Outcome, *, by: StaffMember) -> RoleProposal:
    proposal.outcome, proposal.settled_at, proposal.settled_by = outcome.value, clock.now(), by
    proposal.save(update_fields=["outcome", "settled_at", "settled_by", "held"])
    _record_proposal(
        {"approved": "approve", "declined": "decline"}.get(outcome, outcome), proposal, by=by
    )
    return proposal


def record_role(verb: str, held: RoleHeld, *, by: StaffMember | System) -> None:
    """Write down that a role was given or ended, with its days."""
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb=f"role.{verb}",
        object=f"school.roleheld:{held.pk}",
        staff=held.staff_id,
        role=held.role,
        starts_on=held.starts_on.isoformat() if held.starts_on else None,
        ends_on=held.ends_on.isoformat() if held.ends_on else None,
        at_once=held.ended_at is not None,
    )


def _record_proposal(verb: str, proposal: RoleProposal, *, by: StaffMember | System) -> None:
    """Write it down without its reason: the audit is read by more people."""
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb=f"role_proposal.{verb}",
        object=f"school.roleproposal:{proposal.pk}",
        staff=proposal.staff_id,
        role=proposal.role,
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
