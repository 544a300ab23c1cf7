"""Marks on a child's body, as somebody saw them."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan

from concerns import policy
from schoolsafe.lib.encryption import EncryptedTextField


class BodyMark(models.Model):
    """One mark on the outline of a child: where it was, and always words (A9). Never edited (E12)."""

    concern = models.ForeignKey("concerns.Concern", on_delete=models.PROTECT, related_name="marks")
    number = models.PositiveSmallIntegerField()
    side = models.CharField(
        max_length=5, choices=[(side.value, side.label) for side in policy.Side]
    )
    region = models.CharField(
        max_length=20, choices=[(region.value, region.label) for region in policy.Region]
    )
    x = models.PositiveSmallIntegerField(
        null=True, help_text="In thousandths of the outline; without it the middle of the place."
    )
    y = models.PositiveSmallIntegerField(null=True)
    words = EncryptedTextField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["concern", "number"], name="mark_number_once"),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=policy.MOST_MARKS),
                name="mark_number_is_possible",
            ),
            models.CheckConstraint(
                condition=Q(side__in=[side.value for side in policy.Side]),
                name="mark_side_is_known",
            ),
            models.CheckConstraint(
                condition=Q(region__in=[region.value for region in policy.Region]),
                name="mark_region_is_known",
            ),
            models.CheckConstraint(
                condition=Q(x__isnull=True, y__isnull=True)
                | Q(x__isnull=False, y__isnull=False, x__lte=1000, y__lte=1000),
                name="mark_is_on_the_outline",
            ),
            models.CheckConstraint(
                # An encrypted field can't be compared, but an empty one is stored empty.
                condition=Q(GreaterThan(Length("words"), 0)),
                name="mark_has_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.get_region_display()}, {self.get_side_display()}"

    @property
    def at(self) -> tuple[int, int]:
        """Return where it is drawn, in the measures of the outline."""
        middle = policy.centre(policy.Side(self.side), policy.Region(self.region)) or (500, 500)
        x, y = (self.x, self.y) if self.x is not None and self.y is not None else middle
        return x * policy.WIDTH // 1000, y * policy.HEIGHT // 1000
