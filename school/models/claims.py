"""The table of groups and app roles of Microsoft Entra, each with the role that it gives here."""

from django.db import models
from django.db.models import Q

from school.claims import LONGEST, Claim, Kind, Mapped, may_be_mapped
from school.models.staff import StaffMember
from school.roles import Role

GIVEN = sorted(role.value for role in Role if may_be_mapped(role))


class RoleClaim(models.Model):
    """One group or app role, and the role that whoever signs in with it gets; none that opens concerns."""

    kind = models.CharField(max_length=10, choices=[(one.value, one.words) for one in Kind])
    value = models.CharField(
        max_length=LONGEST, help_text="The object id of the group, or the value of the app role."
    )
    role = models.CharField(max_length=20, choices=[(role, role) for role in GIVEN])
    note = models.CharField(max_length=120, blank=True)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["role", "kind", "value"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="role_claim_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[one.value for one in Kind]), name="role_claim_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(role__in=GIVEN), name="role_claim_opens_no_concerns"
            ),
            models.CheckConstraint(condition=~Q(value=""), name="role_claim_has_value"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}: {self.role}"

    @property
    def words(self) -> str:
        """Return the role as people say it."""
        return Role(self.role).words

    @property
    def mapped(self) -> Mapped:
        """Return this row as the rules see it."""
        return Mapped(
            claim=Claim(kind=Kind(self.kind), value=self.value),
            role=Role(self.role),
            written_by=self.written_by_id,
        )
