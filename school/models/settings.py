"""What was changed of what the policy leaves to the school: by whom, when, why, and who approved it."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan

from school.models.staff import StaffMember


class SettingChange(models.Model):
    """One change of one setting: in force from its approval on, or proposed and waiting, or let go.

    Rows are added; only how a waiting one ends is written into it later. What holds now stands on the
    row of the school, where every rule reads it.
    """

    name = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    value = models.JSONField(null=True)
    why = models.CharField(max_length=500)
    weakens = models.BooleanField(
        help_text="It guards less than the clause asks for: the headteacher approved it."
    )
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    dropped_at = models.DateTimeField(null=True, blank=True)
    dropped_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                name="setting_change_one_waits",
                condition=Q(approved_at=None, dropped_at=None),
            ),
            models.CheckConstraint(
                condition=Q(GreaterThan(Length("why"), 0)), name="setting_change_says_why"
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="setting_change_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(dropped_at=None, dropped_by=None)
                | Q(dropped_at__isnull=False, dropped_by__isnull=False),
                name="setting_change_dropped_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None) | Q(dropped_at=None),
                name="setting_change_ends_one_way",
            ),
            # Only what weakens a clause waits for somebody.
            models.CheckConstraint(
                condition=Q(weakens=True)
                | Q(
                    approved_at__isnull=False,
                    approved_at=F("asked_at"),
                    approved_by=F("asked_by"),
                ),
                name="setting_change_waits_where_it_weakens",
            ),
        ]
        indexes = [models.Index(fields=["name", "-id"], name="setting_change_history")]

    def __str__(self) -> str:
        return f"change of {self.name}"

    @property
    def waits(self) -> bool:
        """Tell whether nobody has decided about it yet."""
        return self.approved_at is None and self.dropped_at is None


class Logo(models.Model):
    """A logo that the school chose, or that it chose to have none: rows are added, the newest holds.

    `digest` stands in its address, so that browsers may keep it; an empty one is none.
    """

    picture = models.BinaryField(help_text="A PNG that was drawn here.")
    digest = models.CharField(max_length=32, blank=True)
    why = models.CharField(max_length=500)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(GreaterThan(Length("why"), 0)), name="logo_says_why")
        ]

    def __str__(self) -> str:
        return f"logo {self.pk}"
