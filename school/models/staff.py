"""Who works or governs at the school: roles, duty, absences."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from school.roles import Role, Viewer
from schoolsafe.lib import clock


class StaffMemberQuerySet(models.QuerySet["StaffMember"]):
    """Filters that chain."""

    def working(self) -> Self:
        """Those whose account is open."""
        return self.filter(user__is_active=True)

    def holding(self, *roles: Role, on: date) -> Self:
        """Those who hold one of these roles on that day."""
        return self.filter(
            Q(roles_held__starts_on__isnull=True) | Q(roles_held__starts_on__lte=on),
            Q(roles_held__ends_on__isnull=True) | Q(roles_held__ends_on__gte=on),
            roles_held__role__in=[role.value for role in roles],
        ).distinct()


class StaffMember(models.Model):
    """A person who works or governs at the school: one to one with an account."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="staff_member"
    )
    name = models.CharField(max_length=120)
    telephone = models.CharField(max_length=40, blank=True)
    is_eligible_for_calls = models.BooleanField(
        default=True, help_text="May count as the adult on a call with pupils (E59)."
    )
    household = models.CharField(
        max_length=40,
        blank=True,
        help_text="Staff who share a home or are relatives carry the same word here (E60).",
    )
    entra_id = models.UUIDField(
        "object id in Microsoft Entra",
        null=True,
        blank=True,
        unique=True,
        help_text="Under which Microsoft Graph finds this person's calendar; not the address.",
    )

    objects = StaffMemberQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> str:
        """Return the name under which the audit knows this person."""
        return f"staff:{self.pk}"

    @property
    def email(self) -> str:
        """Return the address of the account."""
        return str(self.user.email)

    def viewer(self) -> Viewer:
        """Return this person as the rules see them today."""
        today = clock.today()
        held = [row.role for row in self.roles_held.all() if row.is_held(on=today)]
        return Viewer(staff_id=self.pk, roles=frozenset(Role(role) for role in held))


class RoleHeld(models.Model):
    """A role that a person holds, from a day, until a day."""

    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="roles_held")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "roles held"
        constraints = [
            models.UniqueConstraint(fields=["staff", "role"], name="role_held_once"),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]), name="role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff}: {self.role}"

    def is_held(self, *, on: date) -> bool:
        """Tell whether the role is held on that day."""
        begun = self.starts_on is None or self.starts_on <= on
        return begun and (self.ends_on is None or on <= self.ends_on)


class DutySlot(models.Model):
    """A weekly stretch in which a member of the safeguarding team is on duty."""

    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="duty_slots")
    weekday = models.PositiveSmallIntegerField(
        choices=list(
            enumerate(
                ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
            )
        )
    )
    starts_at = models.TimeField()
    ends_at = models.TimeField()

    class Meta:
        ordering = ["weekday", "starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="duty_in_order"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="duty_weekday_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.staff}, {self.get_weekday_display()} {self.starts_at:%H:%M}"


class Absence(models.Model):
    """A stretch in which a member of staff is away and is not told things, both ends included."""

    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gte=F("starts_at")), name="absence_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.staff} away from {self.starts_at:%d %b}"
