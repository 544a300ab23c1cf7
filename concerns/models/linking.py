"""Concerns about one event (E10), and pupils for whom one was filed by mistake (E11)."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from concerns import policy
from concerns.models.concern import Concern
from concerns.models.people import Involved
from school.models import Pupil, StaffMember
from school.roles import Viewer
from schoolsafe.lib import clock
from schoolsafe.lib.encryption import EncryptedTextField


class Link(models.Model):
    """Two concerns about one event: both texts stand as they are, neither becomes the other (E10).

    No entry of a chronology says so: each of both may be read by somebody who may not know of the other.
    """

    first = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="+")
    text = EncryptedTextField()
    at = models.DateTimeField()
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="link_has_one_order"),
            models.UniqueConstraint(
                fields=["first", "second"],
                condition=Q(ended_at__isnull=True),
                name="link_stands_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="link_ended_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"link {self.pk}"


class Counterpart(models.Model):
    """Two records of one event: what concerns the child, and the allegation about an adult (E104).

    By reference only: each has its own text, readers, and rule by which it is kept.
    """

    staff_record = models.OneToOneField(Concern, on_delete=models.PROTECT, related_name="+")
    pupil_record = models.OneToOneField(Concern, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(staff_record=F("pupil_record")), name="counterpart_is_another"
            ),
        ]

    def __str__(self) -> str:
        return f"counterpart {self.pk}"


class MovedQuerySet(models.QuerySet["Moved"]):
    """Filters that chain."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Those of concerns that somebody may read: of others not even the tombstone exists (E8)."""
        named = Concern.objects.filter(pk__in=self.values("concern"))
        return self.filter(concern__in=named.visible_to(viewer))


class Moved(models.Model):
    """A pupil for whom a concern was filed by mistake: a tombstone in their file, without content (E11).

    Their part in the concern is the right pupil's from then on; who had written it, and when, stays.
    """

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="moved")
    row = models.ForeignKey(
        Involved,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="moved",
        help_text="The part that became the right pupil's; none where they had it already.",
    )
    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(
        max_length=10, choices=[(part.value, part.label) for part in policy.Part]
    )
    added_at = models.DateTimeField(help_text="When the wrong pupil was named.")
    added_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=60, help_text="What whoever moved it was then, in words.")

    objects = MovedQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = "move from a wrong pupil"
        verbose_name_plural = "moves from wrong pupils"

    def __str__(self) -> str:
        return f"move {self.pk}"

    @property
    def words(self) -> str:
        """Return the tombstone: no content, no name."""
        day = clock.date_in_words(clock.local(self.at).date())
        return f"A record was filed here by mistake and moved on {day} by {self.role}."

    def was_there_at(self, at: datetime, by_id: int) -> bool:
        """Tell whether the wrong pupil was named by somebody at an instant."""
        return self.added_at == at and self.added_by_id == by_id
