"""Answers and what they rest on: added to, never changed."""

import json
from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from consent import policy
from consent.models.asked import PaperForm, Request, Wording
from consent.policy import Channel, Cover, Kind, Objection
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib.encryption import EncryptedFileField, EncryptedTextField
from schoolsafe.lib.scans import ScanKind
from schoolsafe.lib.words import marked

RELATIONSHIPS = [
    ("mother", marked("Mother")),
    ("father", marked("Father")),
    ("step_parent", marked("Step-parent")),
    ("carer", marked("Carer or foster carer")),
    ("grandparent", marked("Grandparent")),
    ("social_worker", marked("Social worker")),
    ("self", marked("I am the pupil, and I decide this myself")),
    ("other", marked("Somebody else")),
]


class StandingConsentQuerySet(models.QuerySet["StandingConsent"]):
    """Filters that chain."""

    def current(self, *, on: date) -> Self:
        """Those that nobody has ended, and whose school year is not over."""
        return self.filter(ended_at=None, until__gte=on)


class Answer(models.Model):
    """What one person said to one version of the text. Answers are added, never changed.

    `at` is when it was said, `recorded_at` when it was written down; the latest said is what counts.
    `address_changed_at` stands on a yes by link from an address that was changed lately: when.
    """

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="answers")
    wording = models.ForeignKey(Wording, on_delete=models.PROTECT, related_name="answers")
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in Kind])
    may_be_recorded = models.BooleanField(null=True)
    name = models.CharField(max_length=120, blank=True)
    relationship = models.CharField(max_length=20, blank=True, choices=RELATIONSHIPS)
    is_by_someone_else = models.BooleanField(default=False)
    objection = models.CharField(
        max_length=10, blank=True, choices=[(why.value, why.words) for why in Objection]
    )
    wants_call = models.BooleanField(default=False)
    standing = models.ForeignKey(
        "StandingConsent", on_delete=models.PROTECT, null=True, related_name="resting"
    )
    channel = models.CharField(
        max_length=10, choices=[(channel.value, channel.value) for channel in Channel]
    )
    recorded_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, related_name="+"
    )
    form = models.ForeignKey(PaperForm, on_delete=models.PROTECT, null=True, related_name="answers")
    shown = EncryptedTextField()
    note = EncryptedTextField(blank=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    address_changed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(
                fields=["address_changed_at"],
                name="answer_from_changed_address",
                condition=Q(address_changed_at__isnull=False),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in Kind]), name="answer_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["link", "standing"], recorded_by=None)
                | (~Q(channel__in=["link", "standing"]) & Q(recorded_by__isnull=False)),
                name="answer_names_its_recorder",
            ),
            models.CheckConstraint(
                condition=Q(form=None) | Q(channel="paper"), name="answer_form_is_on_paper"
            ),
            models.CheckConstraint(
                condition=Q(channel="standing", kind="yes", standing__isnull=False)
                | (~Q(channel="standing") & Q(standing=None)),
                name="answer_rests_on_a_standing_yes",
            ),
            models.CheckConstraint(
                condition=Q(may_be_recorded__isnull=True) | Q(kind="yes"),
                name="answer_recording_needs_yes",
            ),
            models.CheckConstraint(condition=Q(at__lte=F("recorded_at")), name="answer_in_order"),
            models.CheckConstraint(
                condition=Q(objection="", wants_call=False) | Q(kind="no"),
                name="answer_objection_needs_no",
            ),
            models.CheckConstraint(
                condition=~Q(kind="unclear", channel="link"), name="answer_unclear_is_not_by_link"
            ),
        ]

    def __str__(self) -> str:
        return f"answer {self.pk}"

    @property
    def text_shown(self) -> dict[str, Any]:
        """Return exactly what the person had read."""
        shown: dict[str, Any] = json.loads(self.shown)
        return shown

    @property
    def waits_for_address(self) -> bool:
        """Tell whether it is a yes that waits until it is sure whose the address is (E34)."""
        return self.address_changed_at is not None and not hasattr(self, "check_made")

    def words(self) -> str:
        """Say it in a word or two for staff."""
        if self.standing_id is not None:
            return "yes for this school year"
        return {
            policy.Kind.YES: "yes",
            policy.Kind.NO: "no",
            policy.Kind.WITHDRAWN: "withdrawn",
            policy.Kind.UNCLEAR: "unclear",
        }[policy.Kind(self.kind)]


class Scan(models.Model):
    """A picture of the paper on which an answer came back (E50): one for each answer, never changed."""

    answer = models.OneToOneField(Answer, on_delete=models.PROTECT, related_name="scan")
    kind = models.CharField(max_length=4, choices=[(kind.value, kind.value) for kind in ScanKind])
    size = models.PositiveIntegerField()
    content = EncryptedFileField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in ScanKind]), name="scan_kind_is_known"
            )
        ]

    def __str__(self) -> str:
        return f"scan of answer {self.answer_id}"

    @property
    def media_type(self) -> str:
        """Return what a browser is told that it is."""
        return ScanKind(self.kind).media_type

    @property
    def words(self) -> str:
        """Return what it is, for a person."""
        return f"{self.kind.upper()}, {max(self.size // 1024, 1)} KB"


class StandingConsent(models.Model):
    """A yes of one guardian for one pupil, to all calls of a kind in a school year; never edited.

    It was given on the receipt of an answer, by the same person. Staff are named when they ended it;
    without them the family did.
    """

    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, related_name="+")
    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="standing_consents")
    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="standing_given")
    kind = models.CharField(max_length=100)
    kind_name = models.CharField(max_length=120)
    adults = models.CharField(max_length=120)
    platform = models.CharField(max_length=60)
    is_recorded = models.BooleanField()
    until = models.DateField()
    shown = EncryptedTextField()
    link_version = models.PositiveIntegerField(default=1)
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True, related_name="+")
    ended_reason = EncryptedTextField(blank=True)

    objects = StandingConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["guardian", "pupil", "kind", "is_recorded", "until"],
                name="standing_once_at_a_time",
                condition=Q(ended_at=None),
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__gte=F("given_at")),
                name="standing_ends_after_it_was_given",
            ),
        ]

    def __str__(self) -> str:
        return f"standing consent {self.pk}"

    @property
    def cover(self) -> Cover:
        """Return what it covers."""
        return Cover(
            kind=self.kind,
            kind_name=self.kind_name,
            adults=self.adults,
            platform=self.platform,
            is_recorded=self.is_recorded,
            until=self.until,
        )

    @property
    def text_shown(self) -> dict[str, Any]:
        """Return exactly what the person had read."""
        shown: dict[str, Any] = json.loads(self.shown)
        return shown


class Check(models.Model):
    """What was found about an answer that somebody else gave (E26), or of a changed address (E34).

    Without a member of staff the address had stood long enough, and nobody had objected.
    """

    answer = models.OneToOneField(Answer, on_delete=models.PROTECT, related_name="check_made")
    is_accepted = models.BooleanField()
    checked_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, related_name="+"
    )
    checked_at = models.DateTimeField()
    note = EncryptedTextField(blank=True)

    class Meta:
        ordering = ["checked_at"]

    def __str__(self) -> str:
        return f"check of answer {self.answer_id}"


class Invalidation(models.Model):
    """That an answer never counted: recorded by mistake, or taken back on its receipt.

    Another act than withdrawing, which ends a yes that counted until then. Staff are named; without
    them the person undid their own answer.
    """

    answer = models.OneToOneField(Answer, on_delete=models.PROTECT, related_name="invalidation")
    at = models.DateTimeField()
    by_staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True, related_name="+")
    reason = EncryptedTextField(blank=True)

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"invalidation of answer {self.answer_id}"
