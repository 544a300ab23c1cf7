"""Sight of one concern lent to one person: shared by a reader, or opened in an emergency."""

from datetime import date, datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan

from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.encryption import EncryptedTextField

# An encrypted field can't be compared, but an empty one is stored empty.
HAS_REASON = Q(GreaterThan(Length("reason"), 0))


class ShareQuerySet(models.QuerySet["Share"]):
    """Filters that chain."""

    def running(self, now: datetime) -> Self:
        """Those that have neither run out nor been ended."""
        return self.filter(ended_at=None, until__gt=now)


class Share(models.Model):
    """One concern shown to one member of staff, for a reason and until a date (A43)."""

    concern = models.ForeignKey("concerns.Concern", on_delete=models.PROTECT, related_name="shares")
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField()
    reason = EncryptedTextField()
    shows_work = models.BooleanField(
        default=False, help_text="What is done about it is shown too, not only the account."
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=HAS_REASON, name="share_has_reason"),
            models.CheckConstraint(condition=Q(until__gt=F("at")), name="share_in_order"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="share_ended_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.concern_id} with {self.staff_id}"

    @property
    def last_day(self) -> date:
        """Return the last day on which it can be read."""
        return clock.local(self.until - timedelta(seconds=1)).date()


class OpeningQuerySet(models.QuerySet["Opening"]):
    """Filters that chain."""

    def running(self, now: datetime) -> Self:
        """Those whose hour is not over."""
        return self.filter(until__gt=now)

    def unreviewed(self) -> Self:
        """Those of which nobody has written down whether they were justified."""
        return self.filter(reviewed_at=None)


class Opening(models.Model):
    """One concern opened in an emergency by somebody whose it is not, for an hour (A48)."""

    concern = models.ForeignKey(
        "concerns.Concern", on_delete=models.PROTECT, related_name="openings"
    )
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField()
    reason = EncryptedTextField()
    review_by = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    was_justified = models.BooleanField(null=True, blank=True)
    review = EncryptedTextField(blank=True)

    objects = OpeningQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=HAS_REASON, name="opening_has_reason"),
            models.CheckConstraint(condition=Q(until__gt=F("at")), name="opening_in_order"),
            models.CheckConstraint(
                condition=Q(
                    reviewed_at__isnull=True, reviewed_by__isnull=True, was_justified__isnull=True
                )
                | Q(
                    reviewed_at__isnull=False,
                    reviewed_by__isnull=False,
                    was_justified__isnull=False,
                )
                & Q(GreaterThan(Length("review"), 0)),
                name="opening_review_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(reviewed_by=F("staff")), name="opening_is_reviewed_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.concern_id} by {self.staff_id}"

    @property
    def object(self) -> str:
        """Return the name under which its ladder and its notices know it."""
        return f"concerns.opening:{self.pk}"
