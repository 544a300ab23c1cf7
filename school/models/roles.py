"""A proposal that somebody gets a role that opens concerns: made by one person, approved by another."""

from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan

from school.models.staff import RoleHeld, StaffMember
from school.roles import OPENS_CONCERNS, Role
from school.team import LAPSES_AFTER, Outcome, lapses_at
from schoolsafe.lib.encryption import EncryptedTextField


class RoleProposalQuerySet(models.QuerySet["RoleProposal"]):
    """Filters that chain."""

    def unsettled(self) -> Self:
        """Those about which nobody has decided."""
        return self.filter(settled_at=None)

    def waiting(self, *, now: datetime) -> Self:
        """Those that can still be approved."""
        return self.unsettled().filter(proposed_at__gt=now - LAPSES_AFTER)

    def lapsed(self, *, now: datetime) -> Self:
        """Those that waited too long, and of which nobody has been told."""
        return self.unsettled().filter(proposed_at__lte=now - LAPSES_AFTER)


class RoleProposal(models.Model):
    """A role that opens concerns, proposed for one person; it opens nothing until it is approved."""

    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="proposed_roles")
    role = models.CharField(
        max_length=20, choices=[(role.value, role.value) for role in Role if role in OPENS_CONCERNS]
    )
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    reason = EncryptedTextField()
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(
        max_length=10, blank=True, choices=[(one.value, one.words) for one in Outcome]
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    held = models.OneToOneField(
        RoleHeld, on_delete=models.PROTECT, null=True, blank=True, related_name="proposal"
    )

    objects = RoleProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["staff", "role"],
                name="role_proposal_one_open",
                condition=Q(settled_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(role__in=sorted(role.value for role in OPENS_CONCERNS)),
                name="role_proposal_opens_concerns",
            ),
            # An encrypted field can't be compared, but an empty one is stored empty.
            models.CheckConstraint(
                condition=Q(GreaterThan(Length("reason"), 0)), name="role_proposal_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="role_proposal_in_order",
            ),
            models.CheckConstraint(
                condition=~Q(proposed_by=F("staff")), name="role_proposal_by_another"
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by__isnull=True, outcome="")
                | Q(settled_at__isnull=False, settled_by__isnull=True, outcome="lapsed")
                | Q(
                    settled_at__isnull=False,
                    settled_by__isnull=False,
                    outcome__in=["approved", "declined", "taken_back"],
                ),
                name="role_proposal_settled_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(outcome="approved", held__isnull=False)
                | (~Q(outcome="approved") & Q(held__isnull=True)),
                name="role_proposal_gives_when_approved",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="approved")
                | (~Q(settled_by=F("proposed_by")) & ~Q(settled_by=F("staff"))),
                name="role_proposal_approved_by_a_third",
            ),
        ]

    def __str__(self) -> str:
        return f"proposal {self.pk}"

    @property
    def words(self) -> str:
        """Return the role as people say it."""
        return Role(self.role).words

    @property
    def lapses_at(self) -> datetime:
        """Return from when nobody can approve it any more."""
        return lapses_at(self.proposed_at)

    def is_waiting(self, *, now: datetime) -> bool:
        """Tell whether it can still be approved."""
        return self.settled_at is None and now < self.lapses_at

    def is_over(self, *, on: date) -> bool:
        """Tell whether the role would have ended before that day."""
        return self.ends_on is not None and self.ends_on < on
