"""What came from a file: the file's names for people and classes, and each run."""

from django.db import models
from django.db.models import F, Q

from school.models.guardians import Guardian
from school.models.pupils import Pupil, TeachingGroup
from school.models.staff import StaffMember
from schoolsafe.lib.encryption import EncryptedTextField


class SourcedId(models.Model):
    """The name that one source has for a pupil, a guardian or a class."""

    source = models.CharField(max_length=20)
    identifier = models.CharField(max_length=120)
    pupil = models.ForeignKey(
        Pupil, on_delete=models.CASCADE, null=True, blank=True, related_name="sourced_ids"
    )
    guardian = models.ForeignKey(
        Guardian, on_delete=models.CASCADE, null=True, blank=True, related_name="sourced_ids"
    )
    group = models.ForeignKey(
        TeachingGroup, on_delete=models.CASCADE, null=True, blank=True, related_name="sourced_ids"
    )

    class Meta:
        ordering = ["pk"]
        constraints = (
            [
                models.UniqueConstraint(
                    fields=["source", "identifier"],
                    name=f"sourced_{kind}_once",
                    condition=Q(**{f"{kind}__isnull": False}),
                )
                for kind in ("pupil", "guardian", "group")
            ]
            + [
                models.UniqueConstraint(
                    fields=["source", kind],
                    name=f"sourced_{kind}_by_one_name",
                    condition=Q(**{f"{kind}__isnull": False}),
                )
                for kind in ("pupil", "guardian", "group")
            ]
            + [
                models.CheckConstraint(
                    condition=Q(pupil__isnull=False, guardian=None, group=None)
                    | Q(pupil=None, guardian__isnull=False, group=None)
                    | Q(pupil=None, guardian=None, group__isnull=False),
                    name="sourced_id_of_one",
                )
            ]
        )

    def __str__(self) -> str:
        return f"{self.source} {self.identifier}"


class HeadingMapping(models.Model):
    """What a school has said of the headings of one source: in place of those that are ready-made."""

    source = models.SlugField(max_length=20, unique=True)
    title = models.CharField(max_length=80)
    columns = models.JSONField(help_text="For each field the headings under which it may stand.")
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["source"]

    def __str__(self) -> str:
        return self.title


class ImportRun(models.Model):
    """One file set: proposed, then approved or thrown away; what was approved can be undone.

    What the files said of people is kept encrypted until that is decided, and then no longer.
    """

    PROPOSED, APPLIED, UNDONE, DROPPED = "proposed", "applied", "undone", "dropped"

    source = models.CharField(max_length=20)
    file_digest = models.CharField(max_length=64)
    file_name = EncryptedTextField(
        blank=True, default="", help_text="The name under which it came: it may name a child."
    )
    stage = models.CharField(
        max_length=8,
        default=PROPOSED,
        choices=[
            (PROPOSED, "Proposed"),
            (APPLIED, "Applied"),
            (UNDONE, "Undone"),
            (DROPPED, "Thrown away"),
        ],
    )
    roster = EncryptedTextField(blank=True, default="")
    counts = models.JSONField(default=dict, help_text="How many changes of each kind were made.")
    left = models.PositiveIntegerField(
        null=True, blank=True, help_text="How many changes were not made when it was decided."
    )
    done = EncryptedTextField(blank=True, default="", help_text="What was made, for undoing it.")
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(stage__in=["proposed", "applied", "undone", "dropped"]),
                name="import_stage_is_known",
            ),
            models.CheckConstraint(
                condition=Q(stage="proposed") | Q(decided_at__gte=F("proposed_at")),
                name="import_decided_after_proposing",
            ),
        ]

    def __str__(self) -> str:
        return f"import {self.pk}"
