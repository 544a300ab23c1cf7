"""That a pupil of 16 or 17 decides themselves: proposed by one person, approved by another (E42)."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan

from school.deciding import Ground, Stage, stage_of
from school.models.pupils import Pupil
from school.models.staff import StaffMember
from schoolsafe.lib.encryption import EncryptedTextField


class OwnConsent(models.Model):
    """A proposal that one pupil answers for themselves before 18, and what became of it.

    Nothing changes before it is approved. What then holds stands on the pupil's own row, where every
    rule reads it.
    """

    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="own_consents")
    ground = models.CharField(max_length=15, choices=[(one.value, one.words) for one in Ground])
    reasons = EncryptedTextField()
    begins_on = models.DateField()
    until = models.DateField(null=True, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pupil"], name="own_consent_one_open", condition=Q(ended_at=None)
            ),
            models.CheckConstraint(
                condition=Q(ground__in=[one.value for one in Ground]),
                name="own_consent_ground_is_known",
            ),
            # An encrypted field can't be compared, but an empty one is stored empty.
            models.CheckConstraint(
                condition=Q(GreaterThan(Length("reasons"), 0)), name="own_consent_has_reasons"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("begins_on")),
                name="own_consent_in_order",
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="own_consent_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("asked_by")),
                name="own_consent_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="own_consent_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"own consent {self.pk}"

    def stage(self, *, on: date) -> Stage:
        """Return how far it has come on a day."""
        return stage_of(
            begins_on=self.begins_on,
            until=self.until,
            is_approved=self.approved_at is not None,
            is_ended=self.ended_at is not None,
            on=on,
        )
