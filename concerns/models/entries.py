"""What was done about a concern, and the lists a school words for itself."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan

from concerns import policy
from school.models import StaffMember
from schoolsafe.lib.encryption import EncryptedTextField

# An encrypted field can't be compared, but an empty one is stored empty.
HAS_TEXT = Q(GreaterThan(Length("text"), 0))


class Category(models.Model):
    """A kind of concern as the school names them; edited by the safeguarding lead."""

    name = models.CharField(max_length=80, unique=True)
    guidance = models.TextField(blank=True, help_text="Shown beside the category on the form.")
    is_used = models.BooleanField("offered on the form", default=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class Outcome(models.Model):
    """What may be decided about a concern; edited by the safeguarding lead."""

    name = models.CharField(max_length=120, unique=True)
    is_referral = models.BooleanField(default=False, help_text="Somebody outside was told.")
    is_used = models.BooleanField("offered on the form", default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """Something that was done or said about a concern; appended, never edited (E12)."""

    concern = models.ForeignKey(
        "concerns.Concern", on_delete=models.PROTECT, related_name="entries"
    )
    kind = models.CharField(
        max_length=15, choices=[(kind.value, kind.value) for kind in policy.EntryKind]
    )
    at = models.DateTimeField()
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    text = EncryptedTextField(blank=True)
    outcome = models.ForeignKey(
        Outcome, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    agency_reference = EncryptedTextField(blank=True)
    called = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    called_at = models.DateTimeField(null=True, blank=True)
    was_reached = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = "entries"
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(kind="call", called__isnull=False, called_at__isnull=False)
                    & Q(was_reached__isnull=False)
                )
                | (
                    ~Q(kind="call")
                    & Q(called__isnull=True, called_at__isnull=True, was_reached__isnull=True)
                ),
                name="entry_call_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["decision", "referral"]) | Q(outcome__isnull=False),
                name="entry_decision_has_outcome",
            ),
            models.CheckConstraint(
                # Guidance G1: a decision without its reasons is not a record.
                condition=~Q(kind__in=["addendum", "decision", "referral", "closure", "reopening"])
                | HAS_TEXT,
                name="entry_has_reasons",
            ),
            models.CheckConstraint(
                condition=Q(called_at__isnull=True) | Q(called_at__lte=F("at")),
                name="entry_call_was_before_it_was_noted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
