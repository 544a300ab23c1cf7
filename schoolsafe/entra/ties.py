"""Tying and untying, and the letters about it: nobody opens an account to a stranger unseen."""

from uuid import UUID

from audit import services as audit
from school import services
from school.models import StaffMember
from school.roles import opens_concerns
from schoolsafe import accounts
from schoolsafe.entra.provider import chosen


@audit.atomic()
def tie(staff: StaffMember, *, by: StaffMember, object_id: UUID) -> None:
    """Let a Microsoft account of the school open this person's account, and tell them.

    Raises NotAllowed as `services.tie_to_microsoft` does.
    """
    tenant = UUID(chosen().tenant)
    staff = services.tie_to_microsoft(staff, by=by, tenant=tenant, object_id=object_id)
    tell(staff, "microsoft_tied", by=by, account=str(object_id))


@audit.atomic()
def untie(staff: StaffMember, *, by: StaffMember) -> None:
    """Let no Microsoft account open this person's account, and tell them.

    Raises NotAllowed as `services.untie_from_microsoft` does.
    """
    staff = services.untie_from_microsoft(staff, by=by)
    services.end_sessions_at_microsoft(staff, by=by)
    tell(staff, "microsoft_untied", by=by)


def tell(staff: StaffMember, what: str, *, by: StaffMember, account: str = "") -> None:
    """Tell the person, and where the account opens concerns everybody else who answers for them."""
    accounts.tell_of_change(staff.user, what, by=by.pk, account=account)
    held = staff.roles_now_or_later()
    if opens_concerns(held):
        accounts.tell_of_access([staff], what, by=by.pk)
