"""Roles that a group or an app role of Microsoft Entra gives: the table, and what follows at a sign-in."""

from datetime import datetime

from audit import services as audit
from school.claims import (
    Claim,
    Claims,
    Kind,
    Unknown,
    claimed_roles,
    cleaned,
    fault_of,
    is_taken_back,
    may_be_mapped,
    to_give,
)
from school.models import RoleClaim, RoleHeld, StaffMember
from school.roles import Role, may_manage_accounts
from school.selectors.claims import claims_table, held_for_claims, lost_without
from school.services import revisions
from school.services.roles import lock_roles, record_role
from school.services.system import System
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def map_claim(*, by: StaffMember, claim: Claim, role: Role, note: str = "") -> RoleClaim:
    """Let a group or an app role give a role to whoever signs in with it.

    Raises NotAllowed when it is not for this person to say, for a role that opens concerns, for what can
    be no group or app role, and where it gives one already.
    """
    lock_roles()
    _check_may(by)
    if not may_be_mapped(role):
        raise NotAllowed(f"{role.words} opens concerns: two people give it, and no group.")
    value = cleaned(claim.kind, claim.value)
    fault = fault_of(Claim(kind=claim.kind, value=value))
    if fault:
        raise NotAllowed(fault)
    same = RoleClaim.objects.filter(kind=claim.kind.value, value=value).first()
    if same is not None:
        raise NotAllowed(
            f"It stands in the table already and gives the role {same.words}. Remove that first."
        )
    row = RoleClaim.objects.create(
        kind=claim.kind.value,
        value=value,
        role=role.value,
        note=note.strip(),
        written_at=clock.now(),
        written_by=by,
    )
    _record("map", row, by=by)
    return row


@audit.atomic()
def unmap_claim(row: RoleClaim, *, by: StaffMember) -> int:
    """Let a group or an app role give nothing any more; return how many people lose the role by it.

    They lose it at once where nothing else in the table gives that role, and keep what was given by hand;
    otherwise each of them at their next sign-in. Raises NotAllowed when it is not for this person to say,
    and when it is gone already.
    """
    lock_roles()
    _check_may(by)
    known = RoleClaim.objects.filter(pk=row.pk).first()
    if known is None:
        raise NotAllowed("Somebody has removed it already.")
    lost = list(lost_without(known).order_by("pk"))
    revisions.note_gone(known, by=by)
    _record("unmap", known, by=by)
    known.delete()
    for held in lost:
        _take_back(held, by=by, now=clock.now())
    return len(lost)


@audit.atomic()
def follow_claims(staff: StaffMember, *, by: System, claims: Claims) -> None:
    """Give somebody who has signed in the roles that their claims give, and take back what these gave.

    What was given by hand stays as it is. Where the claims are not known nothing changes, and that is noted;
    nor does anything where the table is empty.
    """
    if not RoleClaim.objects.exists():
        return
    lock_roles()
    staff = StaffMember.objects.select_for_update(no_key=True).get(pk=staff.pk)
    _note_unknown(staff, claims, by=by)
    if isinstance(claims, Unknown):
        return
    claimed = claimed_roles(claims_table(), claims, staff_id=staff.pk)
    rows = list(RoleHeld.objects.filter(staff=staff).order_by("pk"))
    held = held_for_claims(rows)
    now = clock.now()
    for row, seen in zip(rows, held, strict=True):
        if is_taken_back(seen, claimed):
            _take_back(row, by=by, now=now)
    is_supply = staff.works_from is not None or staff.works_until is not None
    for role in sorted(to_give(held, claimed, is_supply=is_supply)):
        _give(staff, role, by=by)


def take_back_claimed(staff: StaffMember, *, by: StaffMember) -> None:
    """Take back what came from Microsoft: no sign-in there tells of this person any more.

    Part of a service that holds the lock of the roles.
    """
    for held in RoleHeld.objects.filter(staff=staff, from_microsoft=True).order_by("pk"):
        if not held.is_over(on=clock.today()):
            _take_back(held, by=by, now=clock.now())


def _check_may(by: StaffMember) -> None:
    if not may_manage_accounts(by.viewer()):
        raise NotAllowed(
            "The designated lead, the headteacher or IT says which group gives a role."
        )


def _note_unknown(staff: StaffMember, claims: Claims, *, by: System) -> None:
    """Let people see of whom Microsoft did not say the groups, until it does."""
    now = clock.now() if isinstance(claims, Unknown) else None
    if now is None and staff.entra_groups_unknown_at is None:
        return
    staff.entra_groups_unknown_at = now
    staff.save(update_fields=["entra_groups_unknown_at"])
    if isinstance(claims, Unknown):
        audit.record(
            at=clock.now(),
            actor=by.actor,
            verb="role_claim.unknown",
            object=f"school.staffmember:{staff.pk}",
            reason=claims.value,
        )


def _give(staff: StaffMember, role: Role, *, by: System) -> None:
    held = RoleHeld.objects.create(
        staff=staff, role=role.value, starts_on=clock.today(), from_microsoft=True
    )
    record_role("give", held, by=by)


def _take_back(held: RoleHeld, *, by: StaffMember | System, now: datetime) -> None:
    """End it at once: what was open by it is shut at the next page."""
    today = clock.local(now).date()
    before = revisions.stands(held, ["ends_on", "ended_at"])
    held.ends_on, held.ended_at = max(today, held.starts_on or today), now
    held.save(update_fields=["ends_on", "ended_at"])
    revisions.note(held, revisions.since(held, before), by=by)
    record_role("end", held, by=by)


def _record(verb: str, row: RoleClaim, *, by: StaffMember) -> None:
    """Write it down with the id of a group, without its note and without the value of an app role: text."""
    group = {"group": row.value} if row.kind == Kind.GROUP.value else {}
    audit.record(
        at=row.written_at if verb == "map" else clock.now(),
        actor=by.actor,
        verb=f"role_claim.{verb}",
        object=f"school.roleclaim:{row.pk}",
        kind=row.kind,
        role=row.role,
        **group,
    )
