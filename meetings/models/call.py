"""A call and who is on it."""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from consent.models import Question
from meetings import policy
from school.models import Pupil, StaffMember, TeachingGroup
from school.roles import Viewer, may_see_all_meetings
from schoolsafe.lib.encryption import EncryptedTextField


class Purpose(models.Model):
    """Why a call is held, with what that means for recording (P3); an admin edits these."""

    name = models.CharField(max_length=80, unique=True)
    recording_rule = models.CharField(
        max_length=12,
        choices=[
            ("required", "must be recorded"),
            ("advised", "recording advised"),
            ("optional", "as the host thinks right"),
            ("not_allowed", "may not be recorded"),
        ],
        default="optional",
    )
    guidance = models.TextField(blank=True)
    is_offered = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(recording_rule__in=[rule.value for rule in policy.RecordingRule]),
                name="purpose_rule_is_known",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Series(models.Model):
    """Calls that were planned together; each is a call of its own in everything but this."""

    every_weeks = models.PositiveSmallIntegerField()
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    plan_key = models.UUIDField(
        unique=True, null=True, help_text="From the form: a second click plans nothing."
    )

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "series"
        constraints = [
            models.CheckConstraint(
                condition=Q(every_weeks__gte=1), name="series_every_week_or_more"
            )
        ]

    def __str__(self) -> str:
        return f"series {self.pk}"

    @property
    def about(self) -> str:
        """Return the reference under which other rooms and the audit know this series."""
        return f"meetings.series:{self.pk}"


class MeetingQuerySet(models.QuerySet["Meeting"]):
    """Filters that chain."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Those a person may know of: their own, or all for those who review."""
        if may_see_all_meetings(viewer):
            return self
        # EXISTS looks at the calls that a page shows; IN would first collect all the person ever had.
        own = Seat.objects.filter(meeting=OuterRef("pk"), staff=viewer.staff_id)
        return self.filter(Exists(own))


class Meeting(models.Model):
    """One video call with pupils. Facts only: whether it may go ahead is computed."""

    title = models.CharField(max_length=120)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="meetings")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    scheduled_at = models.DateTimeField(help_text="When its times were last set.")
    status = models.CharField(
        max_length=10,
        default=policy.Status.DRAFT.value,
        choices=[
            ("draft", "Draft"),
            ("asked", "Families asked"),
            ("shared", "Shared"),
            ("open", "Open"),
            ("ended", "Ended"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
    )
    is_recorded = models.BooleanField(default=False)
    is_never_recorded = models.BooleanField(
        default=False, help_text="Families were asked about it where the school records no calls."
    )
    recording_declined_because = models.CharField(max_length=300, blank=True)
    join_url = EncryptedTextField(blank=True, default="")
    link_proves_tenant = models.BooleanField(default=False)
    link_digest = models.CharField(
        max_length=64,
        blank=True,
        db_index=True,
        help_text="Tells that two calls have one Teams link.",
    )
    link_leaked_at = models.DateTimeField(
        null=True, blank=True, help_text="When its Teams link leaked; empty once a new one is in."
    )
    question = models.OneToOneField(
        Question, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    series = models.ForeignKey(
        Series, on_delete=models.PROTECT, null=True, blank=True, related_name="meetings"
    )
    group = models.ForeignKey(
        TeachingGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    class_link_version = models.PositiveIntegerField(default=1)
    on_hold_since = models.DateTimeField(null=True, blank=True)
    planned_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    plan_key = models.UUIDField(
        unique=True, null=True, help_text="From the form: a second click plans nothing."
    )
    # Drawn by chance: a parent of children at two schools must not have two calls of one name.
    calendar_id = models.UUIDField(default=uuid4, editable=False)
    calendar_number = models.PositiveIntegerField(
        default=0, help_text="Rises with every change of what stands in calendars."
    )
    opened_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = "call"
        ordering = ["-starts_at", "-pk"]
        indexes = [
            models.Index(fields=["-starts_at", "-id"], name="meeting_newest_first"),
            models.Index(fields=["status", "starts_at"], name="meeting_by_status"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in policy.Status]),
                name="meeting_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="meeting_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def about(self) -> str:
        """Return the reference under which other rooms and the audit know this meeting."""
        return f"meetings.meeting:{self.pk}"


class Seat(models.Model):
    """An adult on the call."""

    meeting = models.ForeignKey(
        Meeting, verbose_name="call", on_delete=models.PROTECT, related_name="seats"
    )
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="seats")
    role = models.CharField(
        max_length=8,
        choices=[("host", "Host"), ("co_host", "Co-host"), ("reserve", "Reserve")],
    )
    dropped_out_at = models.DateTimeField(null=True, blank=True)
    called_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "staff"], name="seat_once"),
            models.UniqueConstraint(
                fields=["meeting"], condition=Q(role="host"), name="seat_one_host"
            ),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in policy.SeatRole]),
                name="seat_role_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff}, {self.get_role_display()}"


class Place(models.Model):
    """A pupil invited to the call."""

    meeting = models.ForeignKey(
        Meeting, verbose_name="call", on_delete=models.PROTECT, related_name="places"
    )
    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="places")
    link_version = models.PositiveIntegerField(default=1)
    taken_off_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "pupil"], name="place_once")]

    def __str__(self) -> str:
        return f"{self.pupil}"


class Check(models.Model):
    """One thing an adult confirmed at the start, by themselves (P6, P7)."""

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="checks")
    item = models.CharField(
        max_length=12,
        choices=[
            ("background", "Neutral background"),
            ("conduct", "Conduct as in school"),
            ("participants", "Participants list open"),
            ("one_room", "No breakout rooms"),
            ("recording", "Recording on"),
        ],
    )
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seat", "item"], name="check_once"),
            models.CheckConstraint(
                condition=Q(item__in=[item.value for item in policy.CheckItem]),
                name="check_item_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seat}: {self.item}"
