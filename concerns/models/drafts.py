"""Concerns that somebody has begun and not sent."""

from typing import Self

from django.db import models

from school.models import StaffMember
from schoolsafe.lib.encryption import EncryptedTextField

PREFIX = "concerns.draft:"


class DraftQuerySet(models.QuerySet["Draft"]):
    """Filters that chain; every read of a page starts from `kept_by`."""

    def kept_by(self, staff: StaffMember) -> Self:
        """Those a person has begun themselves: nobody else ever sees one (A14)."""
        return self.filter(by=staff)


class Draft(models.Model):
    """A concern as typed so far, which nobody has read: it is gone once it is sent or thrown away."""

    key = models.UUIDField(unique=True, help_text="The form's: the concern gets the same.")
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    typed = EncryptedTextField(help_text="Everything that stood in the form.")
    begun_at = models.DateTimeField()
    saved_at = models.DateTimeField()

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["begun_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(saved_at__gte=models.F("begun_at")),
                name="draft_saved_after_it_was_begun",
            )
        ]

    def __str__(self) -> str:
        return str(self.key)

    @property
    def object(self) -> str:
        """Return the name under which the audit and the notices know it."""
        return f"{PREFIX}{self.key}"

    @staticmethod
    def key_in(name: str) -> str:
        """Return the key in such a name."""
        return name.removeprefix(PREFIX)
