"""What is wished of Microsoft for a call, how far that is, and what Microsoft said last."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from meetings import policy
from meetings.models.call import Meeting
from school.models import StaffMember
from schoolsafe.lib.encryption import EncryptedTextField

OVER = (policy.EventState.CANCELLED.value, policy.EventState.UNWANTED.value)


def not_on_loan(now: datetime) -> Q:
    """Return what tells a row that nobody has in hand."""
    return Q(leased_until=None) | Q(leased_until__lt=now)


class TeamsEventQuerySet(models.QuerySet["TeamsEvent"]):
    """Filters that chain."""

    def due(self, *, now: datetime) -> Self:
        """Those with something to do now that nobody has in hand."""
        return self.filter(not_on_loan(now), try_at__lte=now)

    def standing(self) -> Self:
        """Those that are, or are to be, the event of their call."""
        return self.exclude(state__in=OVER)


class TeamsEvent(models.Model):
    """A wish for an event in Outlook with its Teams meeting, and how far it has come.

    The `transaction` is stored before Microsoft is asked for anything, so that no event is made
    twice and one whose answer was lost is found again. `turn` fences off a driver that comes back
    late; `failed_at` stands once a person has to look.
    """

    meeting = models.ForeignKey(
        Meeting, verbose_name="call", on_delete=models.PROTECT, related_name="teams_events"
    )
    organiser = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    organiser_entra_id = models.UUIDField()
    transaction = models.UUIDField(unique=True)
    state = models.CharField(
        max_length=10,
        default=policy.EventState.WANTED.value,
        choices=[(one.value, one.value) for one in policy.EventState],
    )
    wanted_at = models.DateTimeField()
    wanted_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    try_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    turn = models.PositiveIntegerField(default=0)
    event_id = models.CharField(max_length=400, blank=True)
    join_url = EncryptedTextField(blank=True, default="")
    link_digest = models.CharField(max_length=64, blank=True)
    sent = models.CharField(max_length=64, blank=True)
    fault = models.CharField(max_length=300, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    hardened_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TeamsEventQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["try_at"], name="teams_event_due", condition=Q(try_at__isnull=False)
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting"],
                name="teams_event_one_stands",
                condition=~Q(state__in=["unwanted", "cancelled"]),
            ),
            models.CheckConstraint(
                condition=Q(state__in=[one.value for one in policy.EventState]),
                name="teams_event_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(failed_at=None) | Q(failed_at__isnull=False, try_at=None),
                name="teams_event_failed_rests",
            ),
            models.CheckConstraint(
                condition=Q(state="cancelled", ended_at__isnull=False)
                | (~Q(state="cancelled") & Q(ended_at=None)),
                name="teams_event_ended_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"event of {self.meeting}: {self.state}"


class TeamsReadingQuerySet(models.QuerySet["TeamsReading"]):
    """Filters that chain."""

    def due(self, *, now: datetime) -> Self:
        """Those that are to be read now and that nobody has in hand."""
        return self.filter(not_on_loan(now), due_at__lte=now)


class TeamsReading(models.Model):
    """What Microsoft last said of the meeting behind a call's link, and when it is asked again.

    `said` is kept when a later try fails: it is shown with its age. It is about the link whose
    digest stands beside it, and about no other. `asked_at` stands while somebody waits for an answer,
    `set_right_at` while somebody wishes that what is wrong be set right before it is read.
    """

    meeting = models.OneToOneField(
        Meeting, verbose_name="call", on_delete=models.PROTECT, related_name="teams_reading"
    )
    link_digest = models.CharField(max_length=64)
    due_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    set_right_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=300, blank=True)
    said = models.JSONField(default=dict)
    options_url = EncryptedTextField(blank=True, default="")
    # In it stands the thread of the meeting, from which its link could be put together.
    online_id = EncryptedTextField(blank=True, default="")
    leased_until = models.DateTimeField(null=True, blank=True)
    turn = models.PositiveIntegerField(default=0)

    objects = TeamsReadingQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["due_at"], name="teams_reading_due", condition=Q(due_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"reading of {self.meeting}"


class ReportSearchQuerySet(models.QuerySet["ReportSearch"]):
    """Filters that chain."""

    def due(self, *, now: datetime) -> Self:
        """Those for which Microsoft is to be asked now and that nobody has in hand."""
        return self.filter(not_on_loan(now), due_at__lte=now)


class ReportSearch(models.Model):
    """The search for what Teams reports of the meeting behind a call's link, once the call is over.

    A call whose link was renewed while it ran was in two meetings and has two. `answered_at` is when
    Microsoft last said which reports there are; `fault` is why it did not, or why one was not taken.
    """

    meeting = models.ForeignKey(
        Meeting, verbose_name="call", on_delete=models.PROTECT, related_name="report_searches"
    )
    link_digest = models.CharField(max_length=64)
    organiser_entra_id = models.UUIDField()
    # In it stands the thread of the meeting, from which its link could be put together.
    online_id = EncryptedTextField()
    due_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=300, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    turn = models.PositiveIntegerField(default=0)

    objects = ReportSearchQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["due_at"], name="report_search_due", condition=Q(due_at__isnull=False)
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "link_digest"], name="report_search_once")
        ]

    def __str__(self) -> str:
        return f"search for the reports of {self.meeting}"
