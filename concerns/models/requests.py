"""Requests to see what is kept about a child: who asked, what was done, and what was decided to leave."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan
from django.urls import reverse

from concerns.models.concern import Concern, new_reference
from concerns.models.family import family_among
from concerns.models.people import Involved
from concerns.policy import requests as policy
from school.models import Guardian, Pupil, StaffMember
from school.roles import Viewer
from schoolsafe.lib.encryption import EncryptedTextField

PREFIX = "concerns.request:"


class AccessRequestQuerySet(models.QuerySet["AccessRequest"]):
    """Filters that chain."""

    def open(self) -> Self:
        """Those that nobody has ended."""
        return self.filter(ended_at=None)

    def visible_to(self, viewer: Viewer) -> Self:
        """Those this person sees to: of no child of whom they stand outside one concern (E7, E94).

        Whether there is a concern at all says nothing: also of a child without any somebody may ask.
        """
        if not policy.may_handle_requests(viewer):
            return self.none()
        rows = Involved.objects.filter(pupil__in=self.values("pupil"))
        concerns = Concern.objects.filter(pk__in=rows.values("concern"))
        inside = set(concerns.outside_of(viewer.staff_id).values_list("pk", flat=True))
        shut = rows.exclude(concern__in=inside).values_list("pupil", flat=True)
        pupils = set(self.values_list("pupil", flat=True))
        family = family_among(viewer.staff_id, pupils)
        return self.exclude(pupil__in={*shut, *family})


class AccessRequest(models.Model):
    """That somebody asked to see what is kept about a pupil; what was done stands in its steps."""

    reference = models.CharField(max_length=8, unique=True, default=new_reference, editable=False)
    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="+")
    received_on = models.DateField(help_text="The day on which it was asked: the month begins.")
    heard = models.CharField(max_length=7, choices=[(one.value, one.label) for one in policy.Heard])
    asker = models.CharField(max_length=6, choices=[(one.value, one.label) for one in policy.Asker])
    name = EncryptedTextField(help_text="Who asks, as they call themselves.")
    words = EncryptedTextField(help_text="What they ask for, in their words.")
    guardian = models.ForeignKey(
        Guardian,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who they are on record, once somebody has checked it.",
    )
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    hold_number = models.PositiveBigIntegerField(
        null=True, help_text="Of the hold on the file that lasts as long as this is open (E96)."
    )
    identity_asked_on = models.DateField(null=True, blank=True)
    identity_on = models.DateField(null=True, blank=True)
    authority_on = models.DateField(null=True, blank=True)
    child_says = models.CharField(
        max_length=9, blank=True, choices=[(one.value, one.label) for one in policy.ChildSays]
    )
    extended_on = models.DateField(null=True, blank=True)
    is_flagged = models.BooleanField(default=False)
    advised_on = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(
        max_length=9, blank=True, choices=[(one.value, one.label) for one in policy.Ending]
    )

    objects = AccessRequestQuerySet.as_manager()

    class Meta:
        ordering = ["received_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(asker__in=[one.value for one in policy.Asker]),
                name="request_asker_is_known",
            ),
            models.CheckConstraint(
                condition=Q(GreaterThan(Length("name"), 0)), name="request_says_who_asks"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="")
                | Q(ended_at__isnull=False, ending__in=[one.value for one in policy.Ending]),
                name="request_ended_at_and_how",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        """Return where those who may see it find it."""
        return reverse("concerns:access", args=[self.reference])

    @property
    def object(self) -> str:
        """Return the name under which the audit and the notices know it."""
        return f"{PREFIX}{self.reference}"

    @staticmethod
    def reference_in(name: str) -> str:
        """Return the reference in such a name."""
        return name.removeprefix(PREFIX)

    def asked(self) -> policy.Asked:
        """Return what the rules need."""
        return policy.Asked(
            received_on=self.received_on,
            asker=policy.Asker(self.asker),
            born_on=self.pupil.born_on,
            identity_asked_on=self.identity_asked_on,
            identity_on=self.identity_on,
            has_authority=self.authority_on is not None,
            child_says=policy.ChildSays(self.child_says) if self.child_says else None,
            extended_on=self.extended_on,
            is_flagged=self.is_flagged,
            is_advised=self.advised_on is not None,
            is_ended=self.ended_at is not None,
        )


class AccessStep(models.Model):
    """One thing that was done about a request; appended, never edited (E12)."""

    request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(
        max_length=9, choices=[(kind.value, kind.value) for kind in policy.RequestStep]
    )
    at = models.DateTimeField(help_text="When it was written down.")
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    happened_on = models.DateField()
    answer = models.CharField(
        max_length=9,
        blank=True,
        choices=[(one.value, one.label) for one in (*policy.ChildSays, *policy.Ending)],
        help_text="What the child says, or how it ended.",
    )
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
                name="request_step_says_what_left_and_to_whom",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["noted", "id_asked", "approved", "released"])
                | Q(GreaterThan(Length("text"), 0)),
                name="request_step_has_reasons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class AccessDecision(models.Model):
    """What happens to one text of a concern in one request: appended, the newest counts."""

    request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="decisions")
    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=40, help_text="Which text of the concern.")
    sha256 = models.CharField(max_length=64, help_text="Of the text that was decided on.")
    choice = models.CharField(
        max_length=8, choices=[(one.value, one.label) for one in policy.Choice]
    )
    exemption = models.CharField(
        max_length=9, blank=True, choices=[(one.value, one.label) for one in policy.Exemption]
    )
    reasons = EncryptedTextField(blank=True)
    left_out = EncryptedTextField(blank=True, help_text="The words left out, one to a line.")
    at = models.DateTimeField()
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["request", "concern"], name="decision_in_request")]
        constraints = [
            models.CheckConstraint(
                condition=Q(choice="give", exemption="")
                | Q(
                    choice__in=["part", "withhold"],
                    exemption__in=[one.value for one in policy.Exemption],
                )
                & Q(GreaterThan(Length("reasons"), 0)),
                name="decision_says_why_something_is_left_out",
            ),
            models.CheckConstraint(
                condition=~Q(choice="part") | Q(GreaterThan(Length("left_out"), 0)),
                name="decision_says_which_words_are_left_out",
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.pk}"


class AccessSeen(models.Model):
    """As which an approval saw one concern: what was decided of all its texts, as one hash."""

    step = models.ForeignKey(AccessStep, on_delete=models.PROTECT, related_name="seen")
    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "access seen"
        constraints = [
            models.UniqueConstraint(fields=["step", "concern"], name="approval_sees_concern_once")
        ]

    def __str__(self) -> str:
        return f"seen {self.pk}"
