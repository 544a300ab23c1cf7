"""Questions to families with every version of their text, the people asked, and forms on paper."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from consent.policy import OWN_STAFF, Asked, Help
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib.encryption import EncryptedTextField


def as_facts(asked: Asked) -> dict[str, Any]:
    """Return what a family is told as JSON can hold it."""
    facts = asdict(asked)
    facts["starts_at"] = asked.starts_at.isoformat()
    facts["ends_at"] = asked.ends_at.isoformat()
    return facts


def as_asked(facts: dict[str, Any]) -> Asked:
    """Return what a family was told, read back from its row."""
    return Asked(
        title=facts["title"],
        purpose=facts["purpose"],
        starts_at=datetime.fromisoformat(facts["starts_at"]),
        ends_at=datetime.fromisoformat(facts["ends_at"]),
        staff=tuple(facts["staff"]),
        staff_ids=tuple(facts.get("staff_ids", ())),
        reserves=tuple(facts.get("reserves", ())),
        reserve_ids=tuple(facts.get("reserve_ids", ())),
        platform=facts["platform"],
        is_recorded=facts["is_recorded"],
        conduct=tuple(facts["conduct"]),
        kind=facts.get("kind", ""),
        adults=facts.get("adults", OWN_STAFF),
    )


class QuestionQuerySet(models.QuerySet["Question"]):
    """Filters that chain."""

    def open(self, *, now: datetime) -> Self:
        """Those that can still be answered."""
        return self.filter(closed_at=None, closes_at__gt=now)


class Question(models.Model):
    """One thing that families are asked about, as it is told now.

    Answers to a version below `material_version` were given to another plan: such a yes is void.
    """

    about = models.CharField(max_length=100, unique=True)
    version = models.PositiveIntegerField(default=1)
    material_version = models.PositiveIntegerField(default=1)
    facts = models.JSONField()
    asks_recording = models.BooleanField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True, related_name="+")
    series = models.CharField(
        max_length=100, blank=True, db_index=True, help_text="Calls that families read of together."
    )
    closes_at = models.DateTimeField(help_text="Answers are taken until then: the call's start.")
    ends_at = models.DateTimeField(help_text="The link lives until then: the call's end.")
    closed_at = models.DateTimeField(null=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["-ends_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gte=F("closes_at")), name="question_in_order"
            ),
            models.CheckConstraint(
                condition=Q(material_version__lte=F("version")), name="question_material_is_past"
            ),
        ]

    def __str__(self) -> str:
        return f"question about {self.about}"

    @property
    def asked(self) -> Asked:
        """Return what families are told now."""
        return as_asked(self.facts)

    def is_open(self, *, now: datetime) -> bool:
        """Tell whether an answer can be given now."""
        return self.closed_at is None and now < self.closes_at

    def is_alive(self, *, now: datetime) -> bool:
        """Tell whether its links open anything: a yes can be withdrawn until the call ends."""
        return now < self.ends_at


class Wording(models.Model):
    """One version of what was told; kept for good, because answers point at it (E51)."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="wordings")
    version = models.PositiveIntegerField()
    facts = models.JSONField()
    is_material = models.BooleanField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["question", "version"]
        constraints = [
            models.UniqueConstraint(fields=["question", "version"], name="wording_once_a_version")
        ]

    def __str__(self) -> str:
        return f"version {self.version} of {self.question_id}"

    @property
    def asked(self) -> Asked:
        """Return what families were told then."""
        return as_asked(self.facts)


class RequestQuerySet(models.QuerySet["Request"]):
    """Filters that chain."""

    def live(self) -> Self:
        """Those of pupils who are still to take part."""
        return self.filter(ended_at=None)


class Request(models.Model):
    """A question put to one person about one pupil.

    Without a guardian it is put to the pupil, where they answer alone; for a child of whom no guardian is on record
    it is the row on which the office writes down an answer (E45). A link of an earlier
    `link_version` opens nothing; answers written before `asked_at` belong to an earlier asking.
    """

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="requests")
    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="consent_requests")
    guardian = models.ForeignKey(
        Guardian, on_delete=models.PROTECT, null=True, related_name="consent_requests"
    )
    link_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failed_because = models.CharField(max_length=10, blank=True)
    disowned_at = models.DateTimeField(null=True)
    help_asked_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(
        null=True, help_text="When somebody of the staff last sent a reminder by hand."
    )
    help_needed = models.CharField(
        max_length=10, blank=True, choices=[(need.value, need.words) for need in Help]
    )

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["question", "pupil", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["question", "pupil", "guardian"], name="request_once_a_guardian"
            ),
            models.UniqueConstraint(
                fields=["question", "pupil"],
                name="request_once_a_pupil",
                condition=Q(guardian=None),
            ),
            models.CheckConstraint(
                condition=Q(help_asked_at=None, help_needed="")
                | Q(
                    help_asked_at__isnull=False,
                    help_needed__in=[need.value for need in Help],
                ),
                name="request_help_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"


class PaperForm(models.Model):
    """A form printed for one request: with which text, in which language, by whom.

    Its QR code names this row, so that what comes back is kept as an answer to the text on it.
    """

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="forms")
    wording = models.ForeignKey(Wording, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=10)
    printed_at = models.DateTimeField()
    printed_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["printed_at", "id"]

    def __str__(self) -> str:
        return f"form {self.pk}"


class LinkWish(models.Model):
    """That somebody typed an address at which they wait for a lost link.

    The page only writes this down; the sweep looks up whose address it is, so that the answer takes
    as long for an address that nobody has. `window` is the stretch of time in which it counts once.
    """

    digest = models.CharField(max_length=64)
    window = models.PositiveBigIntegerField()
    about = models.CharField(max_length=100, blank=True)
    address = EncryptedTextField()
    is_crowded = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "window"], name="link_wish_once_a_window")
        ]

    def __str__(self) -> str:
        return f"wish {self.pk}"
