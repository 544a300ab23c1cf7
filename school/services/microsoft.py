"""Which Microsoft account opens whose account here, and who came with one that opens none."""

from uuid import UUID

from django.db import IntegrityError

from audit import services as audit
from school.models import StaffMember, UntiedSignIn
from school.roles import may_tie_account_of, opens_concerns
from school.selectors.microsoft import KEPT
from school.services import revisions
from school.services.claims import take_back_claimed
from school.services.locks import lock_row
from school.services.roles import lock_roles
from school.services.system import System
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

LONGEST = 120
TIE = ["entra_id", "entra_tenant", "entra_tied_at", "entra_tied_by"]


@audit.atomic()
def note_untied_sign_in(*, by: System, object_id: UUID, name: str, user_name: str) -> UntiedSignIn:
    """Note that somebody signed in at Microsoft who is tied to nobody, and forget whoever came long ago."""
    now = clock.now()
    UntiedSignIn.objects.filter(last_at__lt=now - KEPT).delete()
    told = {"name": _short(name), "user_name": _short(user_name), "last_at": now}
    row, _ = UntiedSignIn.objects.update_or_create(
        object_id=object_id, defaults=told, create_defaults=told | {"first_at": now}
    )
    audit.record(
        at=now,
        actor=by.actor,
        verb="staff.untied_sign_in",
        object=f"school.untiedsignin:{row.pk}",
    )
    return row


@audit.atomic()
def tie_to_microsoft(
    staff: StaffMember, *, by: StaffMember, tenant: UUID, object_id: UUID
) -> StaffMember:
    """Let a Microsoft account open the account of a member of staff who has none yet.

    Raises NotAllowed when it is not for this person to say, when either of the two is tied already, and
    when the records note another id.
    """
    staff = _locked(staff, by=by)
    _check_free(staff, object_id)
    before = revisions.stands(staff, TIE)
    staff.entra_id, staff.entra_tenant = object_id, tenant
    staff.entra_tied_at, staff.entra_tied_by = clock.now(), by
    try:
        with audit.atomic():
            staff.save(update_fields=TIE)
    except IntegrityError as fault:
        raise NotAllowed(_taken(object_id)) from fault
    revisions.note(staff, revisions.since(staff, before), by=by)
    UntiedSignIn.objects.filter(object_id=object_id).delete()
    _record("staff.tie_to_microsoft", staff, by=by)
    return staff


@audit.atomic()
def untie_from_microsoft(staff: StaffMember, *, by: StaffMember) -> StaffMember:
    """Let no Microsoft account open the account of a member of staff any more.

    The id stays on their record, for their calendar; roles that came from Microsoft go. Raises NotAllowed
    when it is not for this person to say, and when there is no tie.
    """
    lock_roles()
    staff = _locked(staff, by=by)
    if staff.entra_tied_at is None:
        raise NotAllowed(f"{staff} is not tied to a Microsoft account.")
    _take_off(staff, by=by)
    return staff


@audit.atomic()
def review_tie(staff: StaffMember, *, by: StaffMember) -> bool:
    """Take off a tie that whoever made it could not make now; tell whether it was.

    Somebody whom IT has tied may be given a role that opens concerns: IT ties no such account.
    """
    lock_roles()
    staff = lock_row(StaffMember, staff.pk)
    maker = staff.entra_tied_by
    held = staff.roles_now_or_later()
    if maker is None or not opens_concerns(held):
        return False
    if may_tie_account_of(maker.viewer(), held, staff_id=staff.pk):
        return False
    _take_off(staff, by=by)
    return True


def _take_off(staff: StaffMember, *, by: StaffMember) -> None:
    """Take off a tie, and what came from Microsoft with it."""
    before = revisions.stands(staff, TIE)
    staff.entra_tenant = staff.entra_tied_at = staff.entra_tied_by = None
    staff.save(update_fields=["entra_tenant", "entra_tied_at", "entra_tied_by"])
    revisions.note(staff, revisions.since(staff, before), by=by)
    take_back_claimed(staff, by=by)
    _record("staff.untie_from_microsoft", staff, by=by)


def _locked(staff: StaffMember, *, by: StaffMember) -> StaffMember:
    """Lock a member of staff whose tie this person may change."""
    staff = lock_row(StaffMember, staff.pk)
    held = staff.roles_now_or_later()
    if staff.pk == by.pk:
        raise NotAllowed("Nobody ties their own account. Ask a colleague who may.")
    if not may_tie_account_of(by.viewer(), held, staff_id=staff.pk):
        raise NotAllowed(
            f"The account of {staff} opens concerns: the designated lead or the headteacher ties it."
        )
    return staff


def _check_free(staff: StaffMember, object_id: UUID) -> None:
    """Refuse where one of the two is taken."""
    if not staff.user.is_active:
        raise NotAllowed(f"The account of {staff} is closed.")
    if staff.entra_tied_at is not None:
        raise NotAllowed(
            f"{staff} is tied to a Microsoft account already. Take that tie off first."
        )
    if StaffMember.objects.filter(entra_id=object_id).exclude(pk=staff.pk).exists():
        raise NotAllowed(_taken(object_id))
    if staff.entra_id not in {None, object_id}:
        raise NotAllowed(
            f"The records note another object id for {staff}. Look which one is right, and change it there first."
        )


def _taken(object_id: UUID) -> str:
    """Say whose a Microsoft account is already."""
    other = StaffMember.objects.filter(entra_id=object_id).first()
    if other is None:
        return "Somebody else has just used this object id. Look at the list again."
    if other.entra_tied_at is None:
        return f"This object id stands in the records of {other}. Take it out there first."
    return f"This Microsoft account is tied to {other} already. Nothing was changed."


def _record(verb: str, staff: StaffMember, *, by: StaffMember) -> None:
    audit.record(at=clock.now(), actor=by.actor, verb=verb, object=f"school.staffmember:{staff.pk}")


def _short(text: str) -> str:
    """Cut what Microsoft says to what is kept; PostgreSQL takes no zero character."""
    return text.replace("\x00", "")[:LONGEST]
