"""What was shared, what happened, how it ended and what went wrong."""

from collections.abc import Collection
from datetime import datetime

from django.db import models
from django.db.models import Q

from meetings import policy
from meetings.models.call import Meeting
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.encryption import EncryptedTextField


class Share(models.Model):
    """What went where, when, by whom (P9). The Teams address is in none of them."""

    EMAIL, PARENT_HUB, PURPLE_MASH = "email", "parent_hub", "purple_mash"

    meeting = models.ForeignKey(
        Meeting, verbose_name="call", on_delete=models.PROTECT, related_name="shares"
    )
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
    is_renewal = models.BooleanField(
        default=False, help_text="In place of a link that no longer works, by itself."
    )
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
        return f"{self.get_channel_display()}, {clock.in_words(self.shared_at)}"


class LeakedLink(models.Model):
    """A Teams link that leaked: no call may ever have it again (E71). The address is not in it."""

    meeting = models.ForeignKey(
        Meeting, verbose_name="call", on_delete=models.PROTECT, related_name="leaks"
    )
    link_digest = models.CharField(max_length=64, unique=True)
    meeting_digest = models.CharField(
        max_length=64,
        db_index=True,
        help_text="Of the Teams meeting itself, however its address is written.",
    )
    leaked_at = models.DateTimeField()
    reported_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["leaked_at", "pk"]

    def __str__(self) -> str:
        return f"leaked {clock.in_words(self.leaked_at)}"


class RegisterEntry(models.Model):
    """One line of the live register; appended, never changed (P10, P11)."""

    meeting = models.ForeignKey(
        Meeting, verbose_name="call", on_delete=models.PROTECT, related_name="register"
    )
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
    for_family = EncryptedTextField(
        blank=True, default="", help_text="What the host wrote for the family about a removal."
    )
    at = models.DateTimeField()
    pressed_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was pressed, if it had to wait for a connection."
    )
    press_key = models.UUIDField(
        null=True, blank=True, help_text="From the device: a press sent again is one line."
    )
    actor = models.CharField(max_length=40)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "register entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in policy.EntryKind]),
                name="register_kind_is_known",
            ),
            models.UniqueConstraint(
                fields=["actor", "press_key", "kind", "pupil"],
                condition=Q(press_key__isnull=False),
                name="register_press_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {clock.second_in_words(self.at)}"

    @property
    def happened_at(self) -> datetime:
        """Return when it was pressed: it may have been written down later."""
        return self.pressed_at or self.at

    @property
    def is_decision(self) -> bool:
        """Tell whether somebody on the call decided something about the pupil with it."""
        return policy.EntryKind(self.kind) not in policy.NO_DECISION


class Closing(models.Model):
    """How a call was ended, as the host answered (P12, P13, P2)."""

    meeting = models.OneToOneField(
        Meeting, verbose_name="call", on_delete=models.PROTECT, related_name="closing"
    )
    took_place = models.BooleanField(default=True)
    hung_up = models.BooleanField(default=False)
    was_recorded = models.BooleanField(default=False)
    recording_kept_at = models.CharField(max_length=300, blank=True)
    was_troubling = models.BooleanField(default=False)
    note = EncryptedTextField(blank=True, default="")
    left_early = models.ManyToManyField(Pupil, related_name="+", blank=True)
    destroy_by = models.DateField(
        null=True, blank=True, help_text="By when the recording is destroyed."
    )
    destroyed_at = models.DateTimeField(null=True, blank=True)
    destroyed_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(destroyed_at__isnull=True, destroyed_by__isnull=True)
                | Q(destroyed_at__isnull=False, destroyed_by__isnull=False),
                name="closing_destroyed_pair",
            ),
            models.CheckConstraint(
                condition=Q(was_recorded=True)
                | Q(destroy_by__isnull=True, destroyed_at__isnull=True),
                name="closing_destroys_what_was_recorded",
            ),
        ]

    def __str__(self) -> str:
        return f"closed {clock.in_words(self.closed_at)}"

    def leavers(self, *, but: Collection[int] = ()) -> list[Pupil]:
        """Return who left before the end, without some pupils."""
        return [pupil for pupil in self.left_early.all() if pupil.pk not in but]


class Incident(models.Model):
    """Something about a call that the safeguarding team must settle.

    Once for each call and kind; again, as the next `turn`, where a later attendance report shows more
    than what was settled. `seconds` is how long it was, as far as a report has shown it.
    """

    meeting = models.ForeignKey(
        Meeting, verbose_name="call", on_delete=models.PROTECT, related_name="incidents"
    )
    kind = models.CharField(
        max_length=16,
        choices=[
            ("unclosed", "The call was never closed"),
            ("hung_up", "Hung up without 'End meeting'"),
            ("not_recorded", "One adult and no recording"),
            ("recorded_anyway", "Recorded, and families had agreed to no recording"),
            ("alone_on_call", "One adult alone with one pupil"),
            ("unattended", "Pupils on a call without an adult"),
            ("not_empty", "Somebody was in the call after its end"),
            ("link_leaked", "A link to the call leaked"),
            ("one_to_one", "Attendance report: one adult alone with one pupil"),
            ("no_staff", "Attendance report: pupils without any staff"),
            ("no_consent", "Attendance report: a pupil without consent"),
            ("unknown_person", "Attendance report: somebody unknown"),
            ("before_opening", "Attendance report: a pupil before the door was opened"),
            ("after_removal", "Attendance report: a pupil who had been removed"),
            ("rejoined", "Attendance report: a pupil back after the end"),
        ],
    )
    turn = models.PositiveSmallIntegerField(default=1)
    seconds = models.PositiveIntegerField(null=True, blank=True)
    raised_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_note = EncryptedTextField(blank=True, default="")

    class Meta:
        ordering = ["-raised_at", "-pk"]
        constraints = [
            # A link can leak again when the first time is settled: that is another thing to settle.
            models.UniqueConstraint(
                fields=["meeting", "kind", "turn"],
                condition=~Q(kind="link_leaked"),
                name="incident_once",
            ),
            models.UniqueConstraint(
                fields=["meeting", "kind"],
                condition=Q(kind="link_leaked", settled_at__isnull=True),
                name="incident_of_leak_once_at_a_time",
            ),
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
