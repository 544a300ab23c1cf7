"""Who holds which role, who is proposed for one, and what the safeguarding team lacks."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from school import team as rules
from school.calendar import is_school_day, opening
from school.models import Absence, RoleHeld, RoleProposal, StaffMember
from school.roles import SAFEGUARDING_TEAM, Role, Viewer, may_approve_role_of
from school.team import LOOKS_AHEAD, Member, Part, Team
from school.terms import calendar
from schoolsafe.lib import clock
from schoolsafe.lib.rules import Finding

# For so long a role that ended stays in sight.
ENDED_LATELY = timedelta(days=90)
# What shows that it is somebody; recovery codes alone do not count as having set one up.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
ORDER = {role.value: place for place, role in enumerate(Role)}


@dataclass(frozen=True, kw_only=True)
class Holder:
    """One person with their roles: now, later, and ended lately."""

    staff: StaffMember
    now: list[RoleHeld]
    later: list[RoleHeld]
    ended: list[RoleHeld]


def role_holders(*, search: str = "", role: Role | None = None, on: date) -> QuerySet[StaffMember]:
    """Return the staff, found by their names and by a role that they hold or will.

    Whoever has left is among them until their roles have an end: their files are kept from then on.
    """
    open_roles = RoleHeld.objects.not_over(on=on).filter(staff=OuterRef("pk"))
    people = StaffMember.objects.filter(Q(user__is_active=True) | Exists(open_roles))
    for word in search.split():
        people = people.filter(name__icontains=word)
    if role is not None:
        people = people.filter(Exists(open_roles.filter(role=role.value)))
    return people.select_related("user").prefetch_related("roles_held").order_by("name", "pk")


def sorted_roles(staff: StaffMember, *, on: date, ended_since: date | None = None) -> Holder:
    """Return somebody's roles sorted by time; those that ended before `ended_since` are left out."""
    rows = sorted(
        staff.roles_held.all(), key=lambda row: (ORDER[row.role], row.starts_on or date.min, row.pk)
    )
    over = [row for row in rows if row.is_over(on=on)]
    return Holder(
        staff=staff,
        now=[row for row in rows if row.is_held(on=on)],
        later=[row for row in rows if not row.is_over(on=on) and not row.is_held(on=on)],
        ended=[row for row in over if ended_since is None or (row.ends_on or on) >= ended_since],
    )


def role_proposals(staff: StaffMember | None = None) -> QuerySet[RoleProposal]:
    """Return what was proposed, newest first: for everybody, or for one person."""
    people = ("staff__user", "proposed_by__user", "settled_by")
    rows = RoleProposal.objects.select_related(*people).prefetch_related("proposed_by__roles_held")
    return rows.filter(staff=staff) if staff is not None else rows


def waiting_proposals(now: datetime) -> list[RoleProposal]:
    """Return every proposal that can still be approved, newest first."""
    return [row for row in role_proposals().filter(settled_at=None) if row.is_waiting(now=now)]


def proposals_to_approve(viewer: Viewer, now: datetime) -> list[RoleProposal]:
    """Return the proposals that wait for this person."""
    if not may_approve_role_of(viewer, staff_id=0, proposed_by=0):
        return []
    return [row for row in waiting_proposals(now) if may_settle(viewer, row)]


def may_settle(viewer: Viewer, row: RoleProposal) -> bool:
    """Tell whether a person may approve or decline a proposal."""
    return may_approve_role_of(viewer, staff_id=row.staff_id, proposed_by=row.proposed_by_id)


def approvers(staff_id: int, *, proposed_by: int, on: date) -> list[StaffMember]:
    """Return who could approve that somebody proposes this person, by name."""
    people = StaffMember.objects.working().holding(Role.DSL, Role.HEADTEACHER, on=on)
    return list(
        people.exclude(pk__in={staff_id, proposed_by}).select_related("user").order_by("name")
    )


def lapsed_proposals(now: datetime) -> list[int]:
    """Return the proposals that have waited too long, by their numbers."""
    return list(RoleProposal.objects.lapsed(now=now).order_by("pk").values_list("pk", flat=True))


def team_parts(*, on: date) -> list[Part]:
    """Return who leads safeguarding and who deputises, from a day on."""
    rows = RoleHeld.objects.working().not_over(on=on)
    return [part_of(row) for row in rows.filter(role__in=[one.value for one in SAFEGUARDING_TEAM])]


def part_of(row: RoleHeld | RoleProposal) -> Part:
    """Return a role that somebody holds, or is to hold, as the rules of the team see it."""
    return Part(staff_id=row.staff_id, role=Role(row.role), first=row.starts_on, last=row.ends_on)


def team(now: datetime, *, also: Iterable[StaffMember] = ()) -> Team:
    """Return the safeguarding team as the rules see it; `also` are people who are to join it."""
    today = clock.local(now).date()
    parts = team_parts(on=today)
    numbers = {part.staff_id for part in parts} | {one.pk for one in also}
    return Team(parts=tuple(parts), people=_members(numbers, now), hours=_hours(today))


def brought_by_giving(
    staff: StaffMember, role: Role, *, starts_on: date, ends_on: date | None, now: datetime
) -> list[Finding]:
    """Return what the team would lack from the day on which somebody gets a role, and would not without."""
    if role not in SAFEGUARDING_TEAM:
        return []
    day = max(starts_on, clock.local(now).date())
    before = team(now, also=[staff])
    part = Part(staff_id=staff.pk, role=role, first=starts_on, last=ends_on)
    after = replace(before, parts=(*before.parts, part))
    return rules.new(rules.lacks(before, on=day), rules.lacks(after, on=day))


def brought_by_ending(held: RoleHeld, *, on: date | None, now: datetime) -> list[Finding]:
    """Return what the team would lack once a role has ended, with a day or at once, and does not before."""
    if Role(held.role) not in SAFEGUARDING_TEAM:
        return []
    day = clock.local(now).date() if on is None else on + timedelta(days=1)
    before = team(now)
    own = part_of(held)
    kept = [part for part in before.parts if part != own]
    until = day - timedelta(days=1)
    after = replace(before, parts=(*kept, replace(own, last=until)))
    return rules.new(rules.lacks(before, on=day), rules.lacks(after, on=day))


def team_lacks(now: datetime) -> list[Finding]:
    """Return what the safeguarding team lacks now and in the weeks ahead."""
    return rules.lacks_ahead(team(now), on=clock.local(now).date())


def _members(numbers: Iterable[int], now: datetime) -> dict[int, Member]:
    """Return by what these people can be reached, and when they are away."""
    away: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    known = list(numbers)
    for row in Absence.objects.filter(staff__in=known, ends_at__gte=now):
        away[row.staff_id].append((row.starts_at, row.ends_at))
    shown = Authenticator.objects.filter(user=OuterRef("user"), type__in=FACTORS)
    people = StaffMember.objects.filter(pk__in=known)
    with_factor = set(people.filter(Exists(shown)).values_list("pk", flat=True))
    return {
        one.pk: Member(
            staff_id=one.pk,
            name=one.name,
            has_factor=one.pk in with_factor or _shows_it_at_microsoft(one),
            has_telephone=bool(one.telephone.strip()),
            away=tuple(away[one.pk]),
        )
        for one in people
    }


def _shows_it_at_microsoft(staff: StaffMember) -> bool:
    """Tell whether somebody shows their second factor where they sign in with Microsoft.

    Only where the sign-in asks for it: what a token may say by itself is no promise.
    """
    entra = settings.ENTRA
    return staff.entra_tied_at is not None and entra is not None and entra.factor_claim == "acrs"


def _hours(today: date) -> list[tuple[datetime, datetime]]:
    """Return the school hours of the coming weeks, in term."""
    known = calendar()
    ahead = [today + timedelta(days=day) for day in range(LOOKS_AHEAD.days + 1)]
    return [opening(known, day) for day in ahead if is_school_day(known, day)]
