"""Who has read over what families read in other languages."""

from django.db import models
from django.db.models import Q

from schoolsafe.lib.languages import BY_CODE, TRANSLATED


class LanguageApproval(models.Model):
    """That a named speaker has read the catalogue of a language and found it right.

    It is about the catalogue with this digest: one that has changed since needs an approval again.
    """

    language = models.CharField(
        max_length=10, choices=[(code, BY_CODE[code].english) for code in TRANSLATED]
    )
    digest = models.CharField(max_length=64)
    speaker = models.CharField(max_length=120, help_text="Who read the texts and speaks it well.")
    recorded_by = models.ForeignKey(
        "school.StaffMember", on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField()

    class Meta:
        ordering = ["-approved_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(speaker=""), name="language_approval_names_speaker")
        ]

    def __str__(self) -> str:
        return f"{self.get_language_display()}, approved by {self.speaker}"
