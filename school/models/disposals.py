"""What was destroyed with a school year when its time was up: who proposed it, who agreed, how much went."""

from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from school.models.staff import StaffMember
from schoolsafe.lib.encryption import EncryptedTextField
from schoolsafe.lib.references import new_reference


class DisposalQuerySet(models.QuerySet["Disposal"]):
    """Filters that chain."""

    def open(self) -> Self:
        """Those that are neither withdrawn nor done."""
        return self.filter(withdrawn_at=None, finished_at=None)

    def under_way(self) -> Self:
        """Those to which two people have agreed and that are not done."""
        return self.open().exclude(agreed_at=None)


class Disposal(models.Model):
    """That calls, consent and letters of one school year are destroyed, and who left by then; once done, its certificate."""

    reference = models.CharField(max_length=8, unique=True, default=new_reference, editable=False)
    year_ends_on = models.DateField(help_text="The last day of the school year.")
    reasons = EncryptedTextField()
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField(null=True)
    agreed_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    rows = models.JSONField(default=dict, help_text="How many rows of each kind went.")
    kept_back = models.PositiveIntegerField(
        default=0, help_text="Calls that stayed: on hold, or not settled."
    )

    objects = DisposalQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["year_ends_on"],
                condition=Q(withdrawn_at=None, finished_at=None),
                name="disposal_open_once_a_year",
            ),
            models.CheckConstraint(
                condition=Q(agreed_at=None, agreed_by=None)
                | Q(agreed_at__isnull=False, agreed_by__isnull=False)
                & ~Q(agreed_by=F("proposed_by")),
                name="disposal_takes_two_people",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(agreed_at__isnull=False, withdrawn_at=None),
                name="disposal_is_done_once_agreed",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        """Return where those who may see it find it."""
        return reverse("disposal", args=[self.reference])

    @property
    def object(self) -> str:
        """Return the name under which the audit knows it."""
        return f"school.disposal:{self.reference}"

    @property
    def year(self) -> str:
        """Return the school year in words: 2019 to 2020."""
        return f"{self.year_ends_on.year - 1} to {self.year_ends_on.year}"

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Return how many rows of each kind went, in words."""
        named = {label: str(apps.get_model(label)._meta.verbose_name_plural) for label in self.rows}
        return sorted((named[label].capitalize(), count) for label, count in self.rows.items())
