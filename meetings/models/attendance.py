"""What Teams reported of a call afterwards, and who people said that somebody was."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from meetings.models.call import Meeting
from school.models import Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.encryption import EncryptedTextField


class AttendanceReport(models.Model):
    """One report of Teams about a call; the file itself is not kept.

    Teams writes one each time the meeting is started, so that a call may have several. `consented`
    are the pupils whose yes stood when the report came: what happens to a yes afterwards does not
    change what was right on the call.
    """

    UPLOAD, GRAPH = "upload", "graph"

    meeting = models.ForeignKey(
        Meeting, verbose_name="call", on_delete=models.PROTECT, related_name="attendance_reports"
    )
    source = models.CharField(max_length=6, choices=[(UPLOAD, "Upload"), (GRAPH, "Microsoft 365")])
    digest = models.CharField(max_length=64, help_text="The same file twice is one report.")
    layout = models.CharField(max_length=12)
    language = models.CharField(max_length=2, blank=True)
    title = EncryptedTextField(blank=True, default="")
    meeting_reference = EncryptedTextField(blank=True, default="")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    has_intervals = models.BooleanField()
    is_partial = models.BooleanField()
    consented = models.JSONField(default=list)
    brought_at = models.DateTimeField()
    brought_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    names_due_at = models.DateTimeField(
        null=True,
        blank=True,
        db_index=True,
        help_text="Who is not named by then is taken for the worst that they could be.",
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "digest"], name="attendance_report_once"),
            models.CheckConstraint(
                condition=Q(source="upload", brought_by__isnull=False)
                | Q(source="graph", brought_by__isnull=True),
                name="attendance_report_brought_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__gte=F("started_at")), name="attendance_report_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"report of {clock.in_words(self.started_at)}"


class Participant(models.Model):
    """One entry of a report: somebody of the school, or what the report calls somebody unknown.

    Of whom we know by account or address, no name and no address is kept a second time.
    """

    report = models.ForeignKey(
        AttendanceReport, on_delete=models.PROTECT, related_name="participants"
    )
    key = models.CharField(max_length=40, help_text="What the report makes of them; not a name.")
    staff = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    pupil = models.ForeignKey(
        Pupil, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    name = EncryptedTextField(blank=True, default="")
    address = EncryptedTextField(blank=True, default="")
    flags = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["report", "key"], name="participant_by_key")]
        constraints = [
            models.CheckConstraint(
                condition=Q(staff__isnull=True) | Q(pupil__isnull=True),
                name="participant_is_one_person",
            ),
            # An encrypted field can't be compared, but an empty one is stored empty.
            models.CheckConstraint(
                condition=Q(staff__isnull=True, pupil__isnull=True)
                | Q(Exact(Length("name"), 0), Exact(Length("address"), 0)),
                name="participant_known_is_not_named_again",
            ),
        ]

    def __str__(self) -> str:
        return f"participant {self.pk}"


class Presence(models.Model):
    """From when until when one entry of a report was on the call."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="presences")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField()

    class Meta:
        ordering = ["joined_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(left_at__gte=F("joined_at")), name="presence_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{clock.second_in_words(self.joined_at)} to {clock.second_in_words(self.left_at)}"


class Recognition(models.Model):
    """Who somebody said that an entry is: a person of the call, or nobody we know.

    The newest counts; those before stay. It holds for every report of the call in which the entry
    stands, because its key is made of what the reports say.
    """

    meeting = models.ForeignKey(
        Meeting, verbose_name="call", on_delete=models.PROTECT, related_name="recognitions"
    )
    key = models.CharField(max_length=40)
    staff = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    pupil = models.ForeignKey(
        Pupil, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recognised_at = models.DateTimeField()
    recognised_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(staff__isnull=True) | Q(pupil__isnull=True),
                name="recognition_is_one_person",
            )
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.staff or self.pupil or 'nobody we know'}"
