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
HAS_PERSON = Q(GreaterThan(Length("person"), 0))
HAS_REFERENCE = Q(GreaterThan(Length("agency_reference"), 0))
HAS_AGENCY = Q(agency__isnull=False)
WITH_WORDS = [
    "addendum",
    "decision",
    "referral",
    "closure",
    "reopening",
    "weighing",
    "handover",
    "task_done",
    "task_cancelled",
    "answer",
    "shared",
    "not_shared",
    "disagreement",
    "question",
    "withdrawal",
    "correction",
    "move",
    "second_refused",
    "lowered",
    "raised",
    "settled",
    "kept_here",
]
FOLLOWING = ["answer", "withdrawal", "holder_told", "taken_over", "kept_here"]


class Category(models.Model):
    """A kind of concern as the school names them; edited by the safeguarding lead."""

    name = models.CharField(max_length=80, unique=True)
    guidance = models.TextField(blank=True, help_text="Shown beside the category on the form.")
    is_used = models.BooleanField("offered on the form", default=True)
    is_sexual_abuse = models.BooleanField(
        "child sexual abuse",
        default=False,
        help_text="Whoever would destroy such a concern is warned; kept 75 years if the school says so.",
    )
    is_about_adult = models.BooleanField(
        "about an adult at school",
        default=False,
        help_text="The form is not sent before it says which adult, so that they cannot read it (E1).",
    )

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


class Agency(models.Model):
    """Somebody outside with whom the school works; edited by the safeguarding lead."""

    name = models.CharField(max_length=120, unique=True)
    takes_reports = models.BooleanField(
        default=False, help_text="The police or the local authority: a personal report goes there."
    )
    is_used = models.BooleanField("offered on the form", default=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "agencies"

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
    follows = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="followed_by",
        help_text="What it answers or corrects; a correction without one is of the account itself.",
    )
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    person = EncryptedTextField(
        blank=True, help_text="Whom outside it was said to, or the product."
    )
    dealt_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody outside was told, or answered."
    )
    how = models.CharField(
        max_length=10, blank=True, choices=[(how.value, how.label) for how in policy.How]
    )
    agency_reference = EncryptedTextField(blank=True)
    result = models.CharField(
        max_length=10, blank=True, choices=[(one.value, one.label) for one in policy.Result]
    )
    staff = models.ForeignKey(
        StaffMember,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who has it from now on; of a personal report: whose duty it is (G15).",
    )
    told_by = models.ForeignKey(
        StaffMember,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who made a personal report (G15).",
    )
    holder_knows = models.BooleanField(
        null=True, blank=True, help_text="Whether they know whose duty it is that it was made."
    )
    urgency = models.CharField(
        max_length=10,
        blank=True,
        choices=[(urgency.value, urgency.value) for urgency in policy.Urgency],
        help_text="As what it counts from now on.",
    )
    was_alone = models.BooleanField(
        default=False, help_text="Closed by one person: nobody else could read it (A32)."
    )
    task = models.ForeignKey(
        "concerns.Task", on_delete=models.PROTECT, null=True, blank=True, related_name="entries"
    )
    copy = models.ForeignKey(
        "concerns.Copy",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Which copy was taken over into the product that holds the file.",
    )
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
                condition=~Q(kind="decision") | Q(outcome__isnull=False),
                name="entry_decision_has_outcome",
            ),
            models.CheckConstraint(
                # Guidance G1: a decision without its reasons is not a record.
                condition=~Q(kind__in=WITH_WORDS) | HAS_TEXT,
                name="entry_has_reasons",
            ),
            models.CheckConstraint(
                # A34: no referral without its date.
                condition=~Q(kind__in=["referral", "notification"])
                | Q(agency__isnull=False, dealt_at__isnull=False),
                name="entry_says_who_outside_was_told_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(kind="shared") | Q(dealt_at__isnull=False) & (HAS_PERSON | HAS_AGENCY),
                name="entry_says_with_whom_it_was_shared",
            ),
            models.CheckConstraint(
                condition=Q(kind="notification", staff__isnull=False, told_by__isnull=False)
                & Q(holder_knows__isnull=False)
                | ~Q(kind="notification") & Q(told_by__isnull=True, holder_knows__isnull=True),
                name="entry_says_whose_report_it_was",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=FOLLOWING) | Q(follows__isnull=False),
                name="entry_says_what_it_answers",
            ),
            models.CheckConstraint(
                condition=Q(dealt_at__isnull=True) | Q(dealt_at__lte=F("at")),
                name="entry_was_noted_after_it_was_dealt_with",
            ),
            models.CheckConstraint(
                condition=~Q(kind__startswith="task") | Q(task__isnull=False),
                name="entry_names_its_task",
            ),
            models.CheckConstraint(
                condition=~Q(kind="handed_over") | HAS_PERSON,
                name="entry_says_to_which_product",
            ),
            models.CheckConstraint(
                # A50: handed over is not received; under which reference they have it is the receipt.
                condition=~Q(kind="taken_over") | HAS_REFERENCE,
                name="entry_says_under_which_reference",
            ),
            models.CheckConstraint(
                condition=Q(called_at__isnull=True) | Q(called_at__lte=F("at")),
                name="entry_call_was_before_it_was_noted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
