"""What was shared, what happened, how it ended and what went wrong."""

from django.db import models
from django.db.models import Q

from meetings import policy
from meetings.models.call import Meeting
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib.encryption import EncryptedTextField


class Share(models.Model):
    """What went where, when, by whom (P9). The Teams address is in none of them."""

    EMAIL, PARENT_HUB, PURPLE_MASH = "email", "parent_hub", "purple_mash"

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="shares")
    channel = models.CharField(
        max_length=12,
        choices=[
            (EMAIL, "E-mail"),
            (PARENT_HUB, "Parent Hub"),
            (PURPLE_MASH, "Purple Mash"),
        ],
    )
    guardian = models.ForeignKey(
        Guardian, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    pupil = models.ForeignKey(
        Pupil, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    link_version = models.PositiveIntegerField(null=True, blank=True)
    is_for_class = models.BooleanField(default=False)
    shared_at = models.DateTimeField()
    shared_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["shared_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__in=["email", "parent_hub", "purple_mash"]),
                name="share_channel_is_allowed",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}, {self.shared_at:%d %b %H:%M}"


class RegisterEntry(models.Model):
    """One line of the live register; appended, never changed (P10, P11)."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="register")
    kind = models.CharField(
        max_length=12, choices=[(kind.value, kind.value) for kind in policy.EntryKind]
    )
    pupil = models.ForeignKey(
        Pupil, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    staff = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = EncryptedTextField(blank=True, default="")
    at = models.DateTimeField()
    actor = models.CharField(max_length=40)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "register entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in policy.EntryKind]),
                name="register_kind_is_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%H:%M:%S}"


class Closing(models.Model):
    """How a call was ended, as the host answered (P12, P13, P2)."""

    meeting = models.OneToOneField(Meeting, on_delete=models.PROTECT, related_name="closing")
    took_place = models.BooleanField(default=True)
    hung_up = models.BooleanField(default=False)
    was_recorded = models.BooleanField(default=False)
    recording_kept_at = models.CharField(max_length=300, blank=True)
    was_troubling = models.BooleanField(default=False)
    note = EncryptedTextField(blank=True, default="")
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"closed {self.closed_at:%d %b %H:%M}"


class Incident(models.Model):
    """Something about a call that the safeguarding team must settle."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="incidents")
    kind = models.CharField(
        max_length=16,
        choices=[
            ("unclosed", "The call was never closed"),
            ("hung_up", "Hung up without 'End meeting'"),
            ("not_recorded", "One adult and no recording"),
            ("recorded_anyway", "Recorded, and families had agreed to no recording"),
            ("alone_on_call", "One adult alone with one pupil"),
        ],
    )
    raised_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_note = EncryptedTextField(blank=True, default="")

    class Meta:
        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "kind"], name="incident_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in policy.IncidentKind]),
                name="incident_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by__isnull=True)
                | Q(settled_at__isnull=False, settled_by__isnull=False),
                name="incident_settled_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.meeting}"
