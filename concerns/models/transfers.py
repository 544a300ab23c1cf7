"""Children who leave: where their file goes, what was sent when, and who has it."""

from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan
from django.urls import reverse

from concerns.models.concern import Concern, new_reference
from concerns.models.copies import Copy
from concerns.models.people import Involved
from concerns.policy import transfer as policy
from school.models import Pupil, StaffMember
from school.roles import Viewer
from schoolsafe.lib.encryption import EncryptedTextField

PREFIX = "concerns.transfer:"


class TransferQuerySet(models.QuerySet["Transfer"]):
    """Filters that chain."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Those of pupils of whom this person may read something (E8)."""
        rows = Involved.objects.filter(pupil__in=self.values("pupil"))
        seen = Concern.objects.filter(pk__in=rows.values("concern")).visible_to(viewer)
        return self.filter(pupil__in=rows.filter(concern__in=seen).values("pupil"))

    def open(self) -> Self:
        """Those in which something is left to do."""
        sent = Q(whither=policy.Whither.SCHOOL, received_at__isnull=False)
        told = Q(whither__in=[policy.Whither.HOME, policy.Whither.ABROAD])
        return self.exclude(
            Q(whither=policy.Whither.STAYS) | sent | (told & Q(authority_at__isnull=False))
        )


class Transfer(models.Model):
    """The leaving of one pupil with records: one row, also when they come back and leave again (E92)."""

    reference = models.CharField(max_length=8, unique=True, default=new_reference, editable=False)
    pupil = models.OneToOneField(Pupil, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    left_on = models.DateField()
    whither = models.CharField(
        max_length=7, blank=True, choices=[(one.value, one.label) for one in policy.Whither]
    )
    place = EncryptedTextField(blank=True, help_text="The next school, or what is known.")
    sent_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    authority_at = models.DateTimeField(null=True, blank=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        ordering = ["left_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(whither__in=["", *(one.value for one in policy.Whither)]),
                name="transfer_whither_is_known",
            ),
            models.CheckConstraint(
                condition=Q(received_at__isnull=True)
                | Q(sent_at__isnull=False, received_at__gte=F("sent_at")),
                name="transfer_is_received_after_it_was_sent",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        """Return where those who may see it find it."""
        return reverse("concerns:transfer", args=[self.reference])

    @property
    def object(self) -> str:
        """Return the name under which the audit and the notices know it."""
        return f"{PREFIX}{self.reference}"

    @staticmethod
    def reference_in(name: str) -> str:
        """Return the reference in such a name."""
        return name.removeprefix(PREFIX)

    def leaving(self) -> policy.Leaving:
        """Return what the rules need."""
        return policy.Leaving(
            left_on=self.left_on,
            whither=policy.Whither(self.whither) if self.whither else None,
            sent_at=self.sent_at,
            received_at=self.received_at,
            authority_at=self.authority_at,
        )

    def begin_again(self, left_on: date, *, now: datetime) -> None:
        """Take up a leaving anew: what was done for the last one stays in its steps (E92)."""
        self.raised_at, self.left_on = now, left_on
        self.whither, self.place = "", ""
        self.sent_at = self.received_at = self.authority_at = None


class TransferStep(models.Model):
    """One thing that happened on the way of a file; appended, never edited (E12)."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(
        max_length=9, choices=[(kind.value, kind.value) for kind in policy.StepKind]
    )
    at = models.DateTimeField(help_text="When it was written down.")
    by = models.ForeignKey(
        StaffMember,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Nobody where the roll itself says so.",
    )
    happened_at = models.DateTimeField()
    whither = models.CharField(
        max_length=7, blank=True, choices=[(one.value, one.label) for one in policy.Whither]
    )
    whom = EncryptedTextField(blank=True, help_text="The school or office, and the person there.")
    way = models.CharField(
        max_length=10, blank=True, choices=[(way.value, way.label) for way in policy.Way]
    )
    copy = models.ForeignKey(
        Copy, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    text = EncryptedTextField(blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(happened_at__lte=F("at")), name="transfer_step_is_noted_afterwards"
            ),
            models.CheckConstraint(
                condition=~Q(kind="sent")
                | Q(copy__isnull=False) & ~Q(way="") & Q(GreaterThan(Length("whom"), 0)),
                name="transfer_step_says_what_was_sent_how_and_to_whom",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["received", "authority", "ahead"])
                | Q(GreaterThan(Length("whom"), 0)),
                name="transfer_step_says_with_whom",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["raised", "returned"]) | Q(by__isnull=False),
                name="transfer_step_is_somebodys",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
