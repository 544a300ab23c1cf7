"""Pupils, and the classes and sets in which they are taught."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from school import policy
from school.models.addressed import Addressed
from school.models.staff import StaffMember


class PupilQuerySet(models.QuerySet["Pupil"]):
    """Filters that chain."""

    def on_roll(self, *, on: date) -> Self:
        """Those who have not left."""
        return self.filter(Q(left_on__isnull=True) | Q(left_on__gt=on))


class Pupil(Addressed):
    """A child on roll, or who was."""

    given_name = models.CharField(max_length=80, help_text="As the child uses it.")
    family_name = models.CharField(max_length=80)
    year_group = models.PositiveSmallIntegerField(help_text="0 is Reception.")
    born_on = models.DateField(null=True, blank=True)
    email = models.EmailField(
        blank=True, help_text="Used only while the pupil answers for themselves (E41, E42)."
    )
    decides_from = models.DateField(
        null=True,
        blank=True,
        help_text="From when it is approved that the pupil answers alone (E42).",
    )
    decides_until = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    consent_mode = models.CharField(
        "whose yes is enough",
        max_length=5,
        blank=True,
        choices=[
            ("", "as the school's setting says"),
            ("any", "any one guardian who counts"),
            ("named", "the named guardian alone"),
            ("all", "all guardians who count"),
        ],
    )
    is_address_confidential = models.BooleanField(
        default=False, help_text="Mails name neither class, staff nor place (E33)."
    )
    is_contact_suspended = models.BooleanField(
        default=False, help_text="Nobody in the family is written to: bereavement, exclusion (E48)."
    )
    siblings = models.ManyToManyField("self", blank=True)

    objects = PupilQuerySet.as_manager()

    class Meta:
        ordering = ["year_group", "family_name", "given_name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(consent_mode__in=["", "any", "named", "all"]),
                name="pupil_consent_mode_is_known",
            ),
            models.CheckConstraint(
                condition=Q(email_confirmed_at=None, email_confirmed_by=None)
                | Q(email_confirmed_at__isnull=False, email_confirmed_by__isnull=False),
                name="pupil_email_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decides_until__isnull=True)
                | Q(decides_from__isnull=False, decides_until__gte=F("decides_from")),
                name="pupil_decides_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"

    def own(self) -> policy.Own:
        """Return what the rules need where the pupil answers for themselves."""
        return policy.Own(
            pupil_id=self.pk,
            born_on=self.born_on,
            decides_from=self.decides_from,
            decides_until=self.decides_until,
            address=self.email,
            is_closed=self.email_closed_at is not None,
            is_suspended=self.is_contact_suspended,
            left_on=self.left_on,
        )

    def answers_alone(self, *, on: date) -> bool:
        """Tell whether the pupil answers for themselves on a day, and no guardian does (E41, E42)."""
        return policy.answers_alone(self.own(), on=on)

    @property
    def full_label(self) -> str:
        """Return name and year: two children of one name are told apart (E11)."""
        year = f"Year {self.year_group}" if self.year_group else "Reception"
        return f"{self} ({year})"

    @property
    def short_name(self) -> str:
        """Return what a family page may show: first name and initial (E26)."""
        return f"{self.given_name} {self.family_name[:1]}."


class YearLead(models.Model):
    """A member of staff who leads a year group: hears of what concerns a pupil of that year (P11)."""

    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="years_led")
    year_group = models.PositiveSmallIntegerField(help_text="0 is Reception.")

    class Meta:
        ordering = ["year_group", "staff"]
        constraints = [
            models.UniqueConstraint(fields=["staff", "year_group"], name="year_lead_once")
        ]

    def __str__(self) -> str:
        year = f"Year {self.year_group}" if self.year_group else "Reception"
        return f"{self.staff}, {year}"


class TeachingGroup(models.Model):
    """A class or set: pupils taught together."""

    name = models.CharField(max_length=60, unique=True)
    year_group = models.PositiveSmallIntegerField(null=True, blank=True)
    pupils = models.ManyToManyField(Pupil, related_name="teaching_groups", blank=True)
    staff = models.ManyToManyField(StaffMember, related_name="teaching_groups", blank=True)

    class Meta:
        verbose_name = "class"
        verbose_name_plural = "classes"
        ordering = ["year_group", "name"]

    def __str__(self) -> str:
        return self.name
