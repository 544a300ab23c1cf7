"""What somebody has to do about a concern, and by when (A30)."""

from typing import Self

from django.db import models
from django.db.models import Q

from concerns.models.entries import Entry
from school.models import StaffMember
from schoolsafe.lib.encryption import EncryptedTextField

PREFIX = "concerns.task:"


class TaskQuerySet(models.QuerySet["Task"]):
    """Filters that chain."""

    def open(self) -> Self:
        """Those that are neither done nor cancelled."""
        return self.filter(done_at=None, cancelled_at=None)


class Task(models.Model):
    """Something to be done about a concern; without an owner it lies at the desk.

    How it ended, in words, stands in the chronology.
    """

    concern = models.ForeignKey("concerns.Concern", on_delete=models.PROTECT, related_name="tasks")
    what = EncryptedTextField()
    owner = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="concern_tasks"
    )
    due_on = models.DateField()
    chases = models.ForeignKey(
        Entry,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="chased_by",
        help_text="The referral or the hand-over whose answer it asks for; the answer ends it.",
    )
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    returned_at = models.DateTimeField(
        null=True, blank=True, help_text="When it went back to the desk: its owner may not read it."
    )
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(
                fields=["owner"],
                condition=Q(done_at__isnull=True, cancelled_at__isnull=True),
                name="task_open_of_owner",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="task_done_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
                name="task_cancelled_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(cancelled_at__isnull=True),
                name="task_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"task {self.pk}"

    @property
    def is_open(self) -> bool:
        """Tell whether somebody still has to do it."""
        return self.done_at is None and self.cancelled_at is None

    @property
    def object(self) -> str:
        """Return the name under which its ladder knows it; no page and no letter shows it."""
        return f"{PREFIX}{self.pk}"

    @staticmethod
    def pk_in(name: str) -> int:
        """Return the number in such a name."""
        return int(name.removeprefix(PREFIX))
