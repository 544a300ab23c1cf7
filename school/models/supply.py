"""Supply staff: from when until when somebody is here, and who saw that they may be."""

from django.db import models
from django.db.models import F, Q

from school.models.staff import StaffMember
from schoolsafe.lib import clock


class SupplyStay(models.Model):
    """One engagement of supply staff: their account opens nothing before and after it."""

    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="stays")
    starts_on = models.DateField()
    ends_on = models.DateField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Where it was ended at once.")
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    checked_by = models.ForeignKey(
        StaffMember,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who saw identity and the agency's word on checks; nobody: not an adult on a call.",
    )

    class Meta:
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="supply_stay_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.staff} from {clock.date_in_words(self.starts_on)} until {clock.date_in_words(self.ends_on)}"
