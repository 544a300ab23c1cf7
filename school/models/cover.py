"""Who answers besides the weekly rota, and the holes in it that were told of."""

from django.db import models
from django.db.models import F, Q

from school.cover import Kind
from school.models.staff import StaffMember
from schoolsafe.lib import clock


class Cover(models.Model):
    """A stretch in which somebody answers besides the rota: for a colleague, or through a holiday.

    Its end is left out. In the holidays the ladder of a concern ends at whoever has one.
    """

    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="covers")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="cover_in_order")
        ]

    def __str__(self) -> str:
        return f"{self.staff} answers from {clock.day_in_words(self.starts_at)}"


class CoverHole(models.Model):
    """A stretch in which nobody answered, as it was told to whoever keeps the rota."""

    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in Kind])
    told_at = models.DateTimeField()
    told_again_at = models.DateTimeField(null=True, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="cover_hole_in_order"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in Kind]), name="cover_hole_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Nobody from {clock.day_in_words(self.starts_at)}"
