"""Reads about who signs in with which Microsoft account."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from school.models import StaffMember, UntiedSignIn

# As many as a page can show; whoever is not among them comes again.
MOST_SHOWN = 50
# Who was not tied by then comes again, or never should have come.
KEPT = timedelta(days=14)


def tied_to(*, tenant: UUID, object_id: UUID) -> StaffMember | None:
    """Return the member of staff whom somebody has tied to this account of this tenant."""
    return (
        StaffMember.objects.tied()
        .filter(entra_tenant=tenant, entra_id=object_id)
        .select_related("user")
        .first()
    )


def is_tied_to(staff: StaffMember, *, tenant: UUID, object_id: str) -> bool:
    """Tell whether a member of staff still is tied to this account."""
    is_same = (staff.entra_tenant, str(staff.entra_id)) == (tenant, object_id)
    return staff.entra_tied_at is not None and is_same


def tied_staff() -> QuerySet[StaffMember]:
    """Return those who sign in with a Microsoft account."""
    people = StaffMember.objects.tied().select_related("user", "entra_tied_by")
    return people.prefetch_related("roles_held")


def untied_staff() -> QuerySet[StaffMember]:
    """Return those who work here and are tied to no Microsoft account."""
    people = StaffMember.objects.working().filter(entra_tied_at=None)
    return people.prefetch_related("roles_held")


def untied_sign_ins(*, now: datetime) -> QuerySet[UntiedSignIn]:
    """Return who signed in at Microsoft in the last two weeks and is tied to nobody."""
    return UntiedSignIn.objects.filter(last_at__gte=now - KEPT)[:MOST_SHOWN]
