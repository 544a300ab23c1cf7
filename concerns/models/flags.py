"""The standing of a child with the authorities: set, ended, never edited (A40)."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from concerns import policy
from concerns.models.family import family_among
from school import roles
from school.models import Pupil, StaffMember
from school.roles import Viewer
from schoolsafe.lib.encryption import EncryptedTextField


class StatusFlagQuerySet(models.QuerySet["StatusFlag"]):
    """Filters that chain."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Those this person may know of: never of their own family (E7, E8)."""
        if not roles.may_see_status(viewer):
            return self.none()
        family = family_among(viewer.staff_id, StatusFlag.objects.values("pupil"))
        return self.exclude(pupil__in=family)

    def open(self) -> Self:
        """Those that nobody has ended."""
        return self.filter(ended_on=None)


class StatusFlag(models.Model):
    """One status of a child, from a day until a day; who said so, and what there is to know of it."""

    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(
        max_length=30, choices=[(kind.value, kind.label) for kind in policy.FlagKind]
    )
    since = models.DateField()
    notes = EncryptedTextField(blank=True)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    ended_on = models.DateField(null=True, blank=True)
    end_notes = EncryptedTextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = StatusFlagQuerySet.as_manager()

    class Meta:
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "kind"], condition=Q(ended_on=None), name="flag_open_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in policy.FlagKind]),
                name="flag_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None, ended_at=None, ended_by=None)
                | Q(ended_on__isnull=False, ended_at__isnull=False, ended_by__isnull=False),
                name="flag_ended_on_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("since")), name="flag_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
