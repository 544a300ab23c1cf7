"""How long concerns are kept beyond what is in them: holds, days that were set, and what was destroyed."""

from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.urls import reverse

from concerns import policy
from concerns.models.concern import Concern, new_reference
from concerns.models.people import Involved
from concerns.models.requests import AccessRequest
from school.models import Pupil, StaffMember
from school.roles import Viewer
from schoolsafe.lib.encryption import EncryptedTextField


class HoldQuerySet(models.QuerySet["Hold"]):
    """Filters that chain."""

    def open(self) -> Self:
        """Those that nobody has lifted."""
        return self.filter(lifted_at=None)

    def of_a_pupil_for(self, viewer: Viewer) -> Self:
        """Those on a pupil's file whose reasons this person may read, their own family's apart.

        One for a request only where they see to the request: that there is one of which they are not
        told would tell whoever is accused that they stand outside something about this child (E8).
        """
        desks = [desk.value for desk, roles in policy.READERS.items() if viewer.holds(*roles)]
        rows = self.filter(desk__in=desks).exclude(pupil=None)
        asked = AccessRequest.objects.filter(hold_number__in=rows.for_requests().values("pk"))
        # Mostly there is none: who stands outside is asked only where there is.
        if not asked.exists():
            return rows
        others = asked.exclude(pk__in=asked.visible_to(viewer).values("pk"))
        return rows.exclude(pk__in=others.values("hold_number"))

    def for_requests(self) -> Self:
        """Those that keep what somebody has asked to see (E96)."""
        return self.filter(why=policy.HoldWhy.ACCESS)


class Hold(models.Model):
    """What stops the destruction of one concern, or of every concern in which a pupil is (E96).

    `desk` says on which desk the reasons of a hold on a pupil may be read: whoever is accused must
    not learn from it that the headteacher holds something.
    """

    concern = models.ForeignKey(
        Concern, on_delete=models.PROTECT, null=True, blank=True, related_name="holds"
    )
    pupil = models.ForeignKey(
        Pupil, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    desk = models.CharField(
        max_length=12, choices=[(desk.value, desk.label) for desk in policy.Desk]
    )
    why = models.CharField(
        max_length=10, choices=[(why.value, why.label) for why in policy.HoldWhy]
    )
    reasons = EncryptedTextField()
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lifted_because = EncryptedTextField(blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["placed_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(concern__isnull=False, pupil=None)
                | Q(concern=None, pupil__isnull=False),
                name="hold_is_on_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(why__in=[why.value for why in policy.HoldWhy]),
                name="hold_why_is_known",
            ),
            models.CheckConstraint(
                condition=Q(desk__in=[desk.value for desk in policy.Desk]),
                name="hold_desk_is_known",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="hold_lifted_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"


class Birth(models.Model):
    """When somebody in a concern was born who has no record of their own that says so (E99).

    It stands here and not on the record of a member of staff: a date there would tell that there is
    something about them.
    """

    involved = models.ForeignKey(Involved, on_delete=models.PROTECT, related_name="births")
    born_on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"birth {self.pk}"


class KeptUntil(models.Model):
    """A day until which somebody decided to keep a concern, with the reasons; the newest counts."""

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="kept_until")
    day = models.DateField()
    reasons = EncryptedTextField()
    at = models.DateTimeField()
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = "kept until"

    def __str__(self) -> str:
        return f"until {self.day}"


class Proposal(models.Model):
    """What one person proposed to destroy, until somebody else agrees or it ends."""

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="proposals")
    due_on = models.DateField()
    reasons = EncryptedTextField()
    at = models.DateTimeField()
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["concern"], condition=Q(ended_at=None), name="proposal_open_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="proposal_ended_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"proposal {self.pk}"


class CertificateQuerySet(models.QuerySet["Certificate"]):
    """Filters that chain."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Those of the desks on which this person may be one of the two, and those they gave themselves."""
        desks = [desk.value for desk, roles in policy.SECONDS.items() if viewer.holds(*roles)]
        own = f"staff:{viewer.staff_id}"
        return self.filter(Q(desk__in=desks) | Q(proposed_by=own) | Q(agreed_by=own))


class Certificate(models.Model):
    """That concerns were destroyed: when, how many, by which two people. It is kept for ever.

    No foreign keys, no names and no words: it outlives the people, and comes back into a database
    that is restored from before them (E97).
    """

    reference = models.CharField(max_length=8, unique=True, default=new_reference, editable=False)
    at = models.DateTimeField()
    desk = models.CharField(max_length=12)
    proposed_by = models.CharField(max_length=64)
    agreed_by = models.CharField(max_length=64)
    share_a_home = models.BooleanField(default=False, help_text="The two share a home (E60).")
    rows = models.JSONField(default=dict, help_text="How many rows of which kind went.")

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        """Return where those who may see it find it."""
        return reverse("concerns:certificate", args=[self.reference])

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Return how many rows of which kind went, for a person; a kind may be gone since itself."""
        known = {model._meta.label_lower: model._meta for model in apps.get_models()}
        return [
            (str(known[label].verbose_name_plural) if label in known else label, count)
            for label, count in self.rows.items()
        ]

    @property
    def object(self) -> str:
        """Return the name under which the audit knows it."""
        return f"concerns.certificate:{self.reference}"


class Destroyed(models.Model):
    """One concern that is no more: its reference, the rule and its day."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="destroyed")
    reference = models.CharField(max_length=8, unique=True)
    rule = models.CharField(max_length=10)
    due_on = models.DateField()

    class Meta:
        ordering = ["reference"]
        verbose_name_plural = "destroyed"

    def __str__(self) -> str:
        return self.reference

    @property
    def rule_words(self) -> str:
        """Return the rule for a person."""
        return policy.Rule(self.rule).words
