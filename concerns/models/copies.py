"""Copies of a child's file that left the house: that they were made, never their content."""

import secrets
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan

from concerns.models.concern import Concern
from school.models import Pupil, StaffMember
from school.roles import Viewer
from schoolsafe.lib.encryption import EncryptedTextField


def new_code() -> str:
    """Return a random name of a copy, as it stands on each of its pages."""
    return secrets.token_hex(6)


class CopyQuerySet(models.QuerySet["Copy"]):
    """Filters that chain."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Those of which this person may read every concern: its size tells of the others (E8)."""
        through = Copy.concerns.through.objects
        copied = through.filter(copy__in=self.values("pk")).values("concern")
        seen = Concern.objects.filter(pk__in=copied).visible_to(viewer)
        held = through.filter(copy=OuterRef("pk"))
        unseen = held.exclude(concern__in=seen.values("pk"))
        return self.filter(Exists(held), ~Exists(unseen))


class Copy(models.Model):
    """One copy of what somebody could read about a pupil: who made it, for whom, why, and its hash."""

    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    for_whom = EncryptedTextField()
    reason = EncryptedTextField()
    concerns = models.ManyToManyField(Concern, related_name="copies")
    is_alone = models.BooleanField(
        default=False, help_text="It holds one concern alone: it is not the file of the child."
    )
    is_whole = models.BooleanField(
        default=False, help_text="Nothing was left out of it but the names on record."
    )
    sha256 = models.CharField(max_length=64, help_text="Of the locked file, byte for byte.")
    text_sha256 = models.CharField(
        max_length=64, help_text="Of all its text, as its last page says."
    )

    objects = CopyQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name_plural = "copies"
        constraints = [
            models.CheckConstraint(
                # An encrypted field can't be compared, but an empty one is stored empty.
                condition=Q(GreaterThan(Length("for_whom"), 0), GreaterThan(Length("reason"), 0)),
                name="copy_says_for_whom_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"copy {self.code}"
