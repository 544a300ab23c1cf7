"""Guardians, and what their tie to each pupil allows."""

from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import F, Func, Q, Value

from school import policy
from school.imports.roster import DOUBTS
from school.kin import by_kind, digest
from school.models.addressed import Addressed
from school.models.pupils import Pupil
from school.models.staff import StaffMember

# What the marks are made of, as one text: the database itself sees when they are out of date.
BETWEEN = "\x1f"
RECORD = Func(
    "name",
    Value(BETWEEN),
    "email",
    Value(BETWEEN),
    "telephone",
    # Django's own Concat fails on PostgreSQL where a name and an address are of two kinds of field.
    arg_joiner=" || ",
    template="(%(expressions)s)",
    output_field=models.TextField(),
)
UNMARKED = ~Q(marked_as=RECORD)


class GuardianQuerySet(models.QuerySet["Guardian"]):
    """Filters that chain."""

    def unmarked(self) -> Self:
        """Those whose marks are not made of what stands on record now."""
        return self.filter(UNMARKED)

    def marked(self, marks: Iterable[str]) -> Self:
        """Those who may carry one of these marks of `school.kin.marks`; nobody who does is missing.

        However a record was written, whoever is not marked anew yet may carry any mark, and is among
        them: the caller asks each again.
        """
        kept = [digest(*mark.split(":", 1)) for mark in marks]
        carries = Q(mail_mark__in=kept) | Q(telephone_mark__in=kept) | Q(name_mark__in=kept)
        # One after the other: of both at once the database would walk through everybody.
        plain = self.order_by()
        return plain.filter(carries).union(plain.unmarked(), all=True)


class Guardian(Addressed):
    """An adult with a tie to one or more pupils: parent, carer, social worker."""

    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    telephone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, default="en")
    pupils = models.ManyToManyField(Pupil, through="Guardianship", related_name="guardians")
    mail_mark = models.CharField(max_length=64, blank=True, editable=False)
    telephone_mark = models.CharField(max_length=64, blank=True, editable=False)
    name_mark = models.CharField(max_length=64, blank=True, editable=False)
    marked_as = models.TextField(
        blank=True,
        editable=False,
        help_text="What the marks were made of; they stand while it is so.",
    )

    objects = GuardianQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        indexes = [
            models.Index(fields=["mail_mark"], name="guardian_by_mail"),
            models.Index(fields=["telephone_mark"], name="guardian_by_telephone"),
            models.Index(fields=["name_mark"], name="guardian_by_name"),
            models.Index(fields=["id"], name="guardian_unmarked", condition=UNMARKED),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(email_confirmed_at=None, email_confirmed_by=None)
                | Q(email_confirmed_at__isnull=False, email_confirmed_by__isnull=False),
                name="guardian_email_confirmed_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> str:
        """Return the name under which the audit knows this person."""
        return f"guardian:{self.pk}"

    def mark(self) -> None:
        """Keep by what this person is known again, and of what that was made; the caller saves it."""
        found = by_kind(name=self.name, email=self.email, telephone=self.telephone)
        self.mail_mark = digest("mail", found["mail"])
        self.telephone_mark = digest("tel", found["tel"])
        self.name_mark = digest("name", found["name"])
        self.marked_as = BETWEEN.join([self.name, self.email, self.telephone])


class Guardianship(models.Model):
    """The tie between one guardian and one pupil, and what it allows."""

    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, related_name="guardianships")
    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="guardianships")
    relationship = models.CharField(max_length=40)
    has_parental_responsibility = models.BooleanField(default=True)
    has_care = models.BooleanField(default=True)
    is_corporate_parent = models.BooleanField(
        default=False, help_text="Social worker of the local authority that shares responsibility."
    )
    counts_for_consent = models.BooleanField(
        default=True,
        help_text="Needs parental responsibility, care, or the local authority's share in it.",
    )
    is_named_for_consent = models.BooleanField(
        "named for consent",
        default=False,
        help_text="Asked alone where the pupil's consent is with the named guardian.",
    )
    awaits_confirmation = models.BooleanField(
        default=False,
        help_text="Came from a file, which says nothing of responsibility: not asked before the "
        "school has confirmed it.",
    )
    doubt = models.CharField(
        max_length=20,
        blank=True,
        choices=[(one.value, words) for one, words in DOUBTS.items()],
        help_text="What the file said against asking; gone when the school has confirmed the tie.",
    )
    blocked_from = models.DateField("no contact from", null=True, blank=True)
    blocked_until = models.DateField("no contact until", null=True, blank=True)
    block_reason = models.CharField(max_length=200, blank=True)
    block_evidence = models.CharField(max_length=200, blank=True)
    block_approved_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["guardian", "pupil"], name="guardianship_once"),
            models.UniqueConstraint(
                fields=["pupil"],
                name="guardianship_one_named",
                condition=Q(is_named_for_consent=True),
            ),
            models.CheckConstraint(
                condition=Q(blocked_from__isnull=True)
                | (
                    ~Q(block_reason="") & ~Q(block_evidence="") & Q(block_approved_by__isnull=False)
                ),
                name="block_has_reason_evidence_approver",
            ),
            models.CheckConstraint(
                condition=Q(blocked_until__isnull=True) | Q(blocked_until__gte=F("blocked_from")),
                name="block_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guardian}, {self.relationship} of {self.pupil}"

    def facts(self) -> policy.Link:
        """Return what the contact rules need."""
        return policy.Link(
            guardian_id=self.guardian_id,
            pupil_id=self.pupil_id,
            address=self.guardian.email,
            telephone=self.guardian.telephone,
            is_closed=self.guardian.email_closed_at is not None,
            blocked_from=self.blocked_from,
            blocked_until=self.blocked_until,
            is_suspended=self.pupil.is_contact_suspended,
            left_on=self.pupil.left_on,
            born_on=self.pupil.born_on,
            decides_from=self.pupil.decides_from,
            decides_until=self.pupil.decides_until,
            has_parental_responsibility=self.has_parental_responsibility,
            has_care=self.has_care,
            is_corporate_parent=self.is_corporate_parent,
            counts_for_consent=self.counts_for_consent,
            is_named=self.is_named_for_consent,
            asks_named_only=self.pupil.consent_mode == policy.NAMED,
        )
