"""That a family asks something about its own data, and what was done about it."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan
from django.urls import reverse

from school import rights
from school.models.guardians import Guardian
from school.models.pupils import Pupil
from school.models.staff import StaffMember
from schoolsafe.lib.encryption import EncryptedTextField
from schoolsafe.lib.references import new_reference

PREFIX = "school.familyrequest:"


class FamilyRequestQuerySet(models.QuerySet["FamilyRequest"]):
    """Filters that chain."""

    def open(self) -> Self:
        """Those that nobody has ended."""
        return self.filter(ended_at=None)


class FamilyRequest(models.Model):
    """What somebody asks about data: about a pupil, or about a guardian themselves.

    With a pupil it is about that pupil, and the guardian, if any, is who asks. Without one it is about the
    guardian, and about the children of whom they may know.
    """

    reference = models.CharField(max_length=8, unique=True, default=new_reference, editable=False)
    right = models.CharField(max_length=7, choices=[(one.value, one.label) for one in rights.Right])
    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, null=True, related_name="+")
    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, null=True, related_name="+")
    is_by_another = models.BooleanField(
        default=False, help_text="Somebody asks for them: a solicitor, a relative."
    )
    heard = models.CharField(max_length=7, choices=[(one.value, one.label) for one in rights.Heard])
    name = EncryptedTextField(help_text="Who asks, as they call themselves, and where they are.")
    words = EncryptedTextField(help_text="What they ask for, in their words.")
    received_on = models.DateField(help_text="The day on which it was asked: the month begins.")
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    identity_asked_on = models.DateField(null=True)
    identity_on = models.DateField(null=True)
    authority_on = models.DateField(null=True)
    extended_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=9, blank=True, choices=[(one.value, one.label) for one in rights.Outcome]
    )
    ground = models.CharField(
        max_length=14, blank=True, choices=[(one.value, one.label) for one in rights.Ground]
    )

    objects = FamilyRequestQuerySet.as_manager()

    class Meta:
        ordering = ["received_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(right__in=[one.value for one in rights.Right]),
                name="family_request_right_is_known",
            ),
            models.CheckConstraint(
                condition=Q(pupil__isnull=False) | Q(guardian__isnull=False),
                name="family_request_is_about_somebody",
            ),
            models.CheckConstraint(
                condition=Q(GreaterThan(Length("name"), 0)) & Q(GreaterThan(Length("words"), 0)),
                name="family_request_says_who_and_what",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome="", ground="")
                | Q(
                    ended_at__isnull=False,
                    outcome="refused",
                    ground__in=[one.value for one in rights.Ground],
                )
                | Q(
                    ended_at__isnull=False,
                    outcome__in=["given", "made", "elsewhere", "added", "withdrawn"],
                    ground="",
                ),
                name="family_request_ended_at_and_how",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        """Return where those who answer it find it."""
        return reverse("family_request", args=[self.reference])

    @property
    def object(self) -> str:
        """Return the name under which the audit and the notices know it."""
        return f"{PREFIX}{self.reference}"

    @property
    def pupils(self) -> frozenset[int]:
        """Return the child it is about, if it is about one."""
        return frozenset({self.pupil_id} if self.pupil_id is not None else ())

    @property
    def about(self) -> Pupil | Guardian:
        """Return whom it is about."""
        found = self.pupil or self.guardian
        assert found is not None  # noqa: S101 - a constraint holds it
        return found

    @property
    def about_words(self) -> str:
        """Return whom it is about, so that two of one name are told apart."""
        return self.pupil.full_label if self.pupil is not None else str(self.guardian)

    def wish(self) -> rights.Wish:
        """Return what the rules need."""
        return rights.Wish(
            right=rights.Right(self.right),
            received_on=self.received_on,
            is_for_another=self.is_by_another
            or (self.pupil_id is not None and self.guardian_id is not None),
            identity_asked_on=self.identity_asked_on,
            identity_on=self.identity_on,
            has_authority=self.authority_on is not None,
            extended_on=self.extended_on,
            is_released=self.steps.filter(kind=rights.Step.RELEASED).exists(),
            is_ended=self.ended_at is not None,
        )


class FamilyRequestStep(models.Model):
    """One thing that was done about a request; appended, never edited (E12)."""

    request = models.ForeignKey(FamilyRequest, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(
        max_length=9, choices=[(kind.value, kind.value) for kind in rights.Step]
    )
    at = models.DateTimeField(help_text="When it was written down.")
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    happened_on = models.DateField()
    whom = EncryptedTextField(blank=True)
    text = EncryptedTextField(blank=True)
    code = models.CharField(max_length=12, blank=True, help_text="Of the file that was made.")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the locked file.")
    text_sha256 = models.CharField(max_length=64, blank=True, help_text="Of all its text.")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="released")
                | ~Q(code="") & ~Q(sha256="") & Q(GreaterThan(Length("whom"), 0)),
                name="family_step_says_what_left_and_to_whom",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["noted", "released"]) | Q(GreaterThan(Length("text"), 0)),
                name="family_step_has_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
