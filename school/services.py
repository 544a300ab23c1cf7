"""Changes to the school's people."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth import get_user_model
from django.db import transaction

from audit import services as audit
from school.models import Absence, Guardian, Guardianship, Pupil, RoleHeld, StaffMember
from school.roles import Role
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@dataclass(frozen=True)
class System:
    """The named system person under whose name sweeps and set-up act."""

    name: str

    @property
    def actor(self) -> str:
        """Return the name under which the audit knows it."""
        return f"system:{self.name}"


SWEEP = System("sweep")
SETUP = System("setup")


@transaction.atomic
def employ(
    *,
    by: StaffMember | System,
    name: str,
    email: str,
    telephone: str = "",
    roles: tuple[Role, ...] = (Role.STAFF,),
    household: str = "",
    is_eligible_for_calls: bool = True,
    password: str | None = None,
    is_superuser: bool = False,
) -> StaffMember:
    """Give a person an account, their roles and a place in the staff list."""
    now = clock.now()
    user = get_user_model().objects.create_user(
        username=email, email=email, password=password, is_staff=True, is_superuser=is_superuser
    )
    staff = StaffMember.objects.create(
        user=user,
        name=name,
        telephone=telephone,
        household=household,
        is_eligible_for_calls=is_eligible_for_calls,
    )
    RoleHeld.objects.bulk_create([RoleHeld(staff=staff, role=role.value) for role in roles])
    audit.record(
        at=now,
        actor=by.actor,
        verb="staff.employ",
        object=f"school.staffmember:{staff.pk}",
        roles=sorted(role.value for role in roles),
    )
    return staff


@transaction.atomic
def record_absence(
    staff: StaffMember,
    *,
    by: StaffMember | System,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
) -> Absence:
    """Note that somebody is away: nothing is sent to them and no ladder waits for them."""
    absence = Absence.objects.create(
        staff=staff, starts_at=starts_at, ends_at=ends_at, reason=reason
    )
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb="staff.absence",
        object=f"school.staffmember:{staff.pk}",
    )
    return absence


@transaction.atomic
def block_contact(
    guardianship: Guardianship,
    *,
    by: StaffMember,
    blocked_from: date,
    reason: str,
    evidence: str,
    blocked_until: date | None = None,
) -> Guardianship:
    """Forbid all contact with a guardian about a pupil; it beats every other rule (E30).

    Raises NotAllowed when the person may not, or when the reason or its evidence is missing.
    """
    if not by.viewer().holds(Role.DSL, Role.HEADTEACHER):
        raise NotAllowed("Only the designated lead or the headteacher can block contact.")
    if not (reason.strip() and evidence.strip()):
        raise NotAllowed("A block needs its reason and where the evidence is kept.")
    guardianship = Guardianship.objects.select_for_update().get(pk=guardianship.pk)
    guardianship.blocked_from = blocked_from
    guardianship.blocked_until = blocked_until
    guardianship.block_reason = reason
    guardianship.block_evidence = evidence
    guardianship.block_approved_by = by
    guardianship.save()
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb="guardianship.block",
        object=f"school.guardianship:{guardianship.pk}",
    )
    return guardianship


@transaction.atomic
def leave(pupil: Pupil, *, by: StaffMember | System, on: date) -> Pupil:
    """Record a pupil's leaving date: from that day no link is theirs (E53)."""
    pupil = Pupil.objects.select_for_update().get(pk=pupil.pk)
    pupil.left_on = on
    pupil.save(update_fields=["left_on"])
    audit.record(
        at=clock.now(), actor=by.actor, verb="pupil.leave", object=f"school.pupil:{pupil.pk}"
    )
    return pupil


@transaction.atomic
def change_email(guardian: Guardian, *, by: StaffMember | System, email: str) -> Guardian:
    """Replace a guardian's address and note when (E34)."""
    now = clock.now()
    guardian = Guardian.objects.select_for_update().get(pk=guardian.pk)
    guardian.email = email
    guardian.email_changed_at = now
    guardian.save(update_fields=["email", "email_changed_at"])
    audit.record(
        at=now,
        actor=by.actor,
        verb="guardian.change_email",
        object=f"school.guardian:{guardian.pk}",
    )
    return guardian
