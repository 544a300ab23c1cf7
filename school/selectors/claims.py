"""Reads about the groups and app roles of Microsoft Entra that give roles."""

from django.db.models import QuerySet

from school.claims import Claims, Held, Mapped, Unknown
from school.models import RoleClaim, RoleHeld, StaffMember
from school.roles import Role
from schoolsafe.lib import clock


def claims_table() -> list[Mapped]:
    """Return the whole table as the rules see it."""
    return [row.mapped for row in RoleClaim.objects.all()]


def claims_that_matter(claims: Claims) -> Claims:
    """Keep of what a token says only what stands in the table: the rest is nobody's business here."""
    if isinstance(claims, Unknown):
        return claims
    return claims & {row.claim for row in claims_table()}


def claim_rows() -> list[tuple[RoleClaim, int]]:
    """Return the table for a page, each row with how many people lose its role at once if it goes."""
    rows = list(RoleClaim.objects.select_related("written_by"))
    return [(row, lost_without(row).count()) for row in rows]


def lost_without(row: RoleClaim) -> QuerySet[RoleHeld]:
    """Return the roles that nothing in the table would give any more without this row."""
    held = RoleHeld.objects.filter(role=row.role, from_microsoft=True)
    if RoleClaim.objects.filter(role=row.role).exclude(pk=row.pk).exists():
        return held.none()
    return held.not_over(on=clock.today())


def held_from_microsoft() -> QuerySet[RoleHeld]:
    """Return the roles that a group or an app role gave and that have not ended, by the names of their people."""
    rows = RoleHeld.objects.filter(from_microsoft=True).not_over(on=clock.today())
    return rows.select_related("staff").order_by("staff__name", "pk")


def claims_unknown() -> QuerySet[StaffMember]:
    """Return those of whom Microsoft did not say the groups when they last signed in with it."""
    return StaffMember.objects.filter(entra_groups_unknown_at__isnull=False).order_by("name", "pk")


def held_for_claims(rows: list[RoleHeld]) -> list[Held]:
    """Return somebody's roles as the rules about claims see them today."""
    today = clock.today()
    return [
        Held(
            role=Role(row.role),
            is_over=row.is_over(on=today),
            from_microsoft=row.from_microsoft,
            stays_off=row.stays_off,
        )
        for row in rows
    ]
