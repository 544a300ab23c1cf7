"""Who works or governs at the school: roles, duty, absences."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from school import supply
from school.roles import OPENS_CONCERNS, Role, Viewer
from schoolsafe.lib import clock


def held_on(on: date, before: str = "") -> Q:
    """Return what holds of a role that is held on a day; `before` leads to it."""
    begun = Q(**{f"{before}starts_on__isnull": True}) | Q(**{f"{before}starts_on__lte": on})
    return begun & not_over(on, before)


def not_over(on: date, before: str = "") -> Q:
    """Return what holds of a role that is held on a day or will be."""
    goes_on = Q(**{f"{before}ends_on__isnull": True}) | Q(**{f"{before}ends_on__gte": on})
    return goes_on & Q(**{f"{before}ended_at__isnull": True})


class StaffMemberQuerySet(models.QuerySet["StaffMember"]):
    """Filters that chain."""

    def working(self) -> Self:
        """Those whose account is open: of supply staff, on the days for which they are here."""
        today = clock.today()
        return self.filter(
            Q(works_from__isnull=True) | Q(works_from__lte=today),
            Q(works_until__isnull=True) | Q(works_until__gte=today),
            user__is_active=True,
        )

    def tied(self) -> Self:
        """Those whom somebody has tied to their Microsoft account."""
        return self.filter(entra_tied_at__isnull=False)

    def holding(self, *roles: Role, on: date) -> Self:
        """Those who hold one of these roles on that day."""
        return self.filter(
            held_on(on, "roles_held__"),
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
    line_manager = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reports",
        help_text="Whoever reports to somebody, also through others, reads no concern about them (E1).",
    )
    entra_id = models.UUIDField(
        "object id in Microsoft Entra",
        null=True,
        blank=True,
        unique=True,
        help_text="Under which Microsoft Graph finds this person's calendar; not the address.",
    )
    # That the id opens this account was said by a person: the id alone, noted for Graph, does not.
    entra_tenant = models.UUIDField("tenant in Microsoft Entra", null=True, blank=True)
    entra_tied_at = models.DateTimeField("tied to the Microsoft account", null=True, blank=True)
    entra_tied_by = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="tied by",
    )
    entra_groups_unknown_at = models.DateTimeField(
        "Microsoft did not say the groups",
        null=True,
        blank=True,
        help_text="At the last sign-in with Microsoft: no role changed by it.",
    )
    # Of supply staff: outside these days, both included, their account opens nothing.
    works_from = models.DateField(null=True, blank=True)
    works_until = models.DateField(null=True, blank=True)
    signed_out_at = models.DateTimeField(
        "signed out everywhere",
        null=True,
        blank=True,
        help_text="No browser that was let in before counts as this person's own.",
    )

    objects = StaffMemberQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(line_manager=F("pk")), name="staff_manage_nobody_themselves"
            ),
            models.CheckConstraint(
                condition=Q(
                    entra_tenant__isnull=True,
                    entra_tied_at__isnull=True,
                    entra_tied_by__isnull=True,
                )
                | Q(
                    entra_id__isnull=False,
                    entra_tenant__isnull=False,
                    entra_tied_at__isnull=False,
                    entra_tied_by__isnull=False,
                ),
                name="staff_tied_by_somebody_to_an_account_of_a_tenant",
            ),
            models.CheckConstraint(
                condition=~Q(entra_tied_by=F("pk")), name="staff_tie_nobody_themselves"
            ),
        ]

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

    def is_eligible_on(self, day: date) -> bool:
        """Tell whether this person may be the adult on a call of a day; supply staff on theirs (E59)."""
        is_here = supply.works(self.works_from, self.works_until, on=day)
        return self.is_eligible_for_calls and self.user.is_active and is_here

    def viewer(self) -> Viewer:
        """Return this person as the rules see them today."""
        today = clock.today()
        held = [row.role for row in self.roles_held.all() if row.is_held(on=today)]
        return Viewer(staff_id=self.pk, roles=frozenset(Role(role) for role in held))

    def roles_now_or_later(self) -> frozenset[Role]:
        """Return the roles that this person holds today or will: what guards their account."""
        today = clock.today()
        return frozenset(
            Role(row.role) for row in self.roles_held.all() if not row.is_over(on=today)
        )


class UntiedSignIn(models.Model):
    """Somebody who signed in at Microsoft and is tied to nobody here: it opens nothing."""

    object_id = models.UUIDField("object id in Microsoft Entra", unique=True)
    name = models.CharField(max_length=120, blank=True)
    user_name = models.CharField(max_length=120, blank=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_at__gte=F("first_at")), name="untied_sign_in_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.user_name})"


class RoleHeldQuerySet(models.QuerySet["RoleHeld"]):
    """Filters that chain."""

    def working(self) -> Self:
        """Those of people whose account is open."""
        return self.filter(staff__user__is_active=True)

    def held(self, *, on: date) -> Self:
        """Those held on a day."""
        return self.filter(held_on(on))

    def not_over(self, *, on: date) -> Self:
        """Those held on a day, and those that begin later."""
        return self.filter(not_over(on))


class RoleHeld(models.Model):
    """A role that a person holds, from a day, until a day, both included.

    With `ended_at` it was ended at once at that moment, and is held no more, whatever its days say. What
    came `from_microsoft` goes with the group that gave it; `stays_off` where a person has ended it, so that
    no group gives it again at the next sign-in.
    """

    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="roles_held")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    from_microsoft = models.BooleanField(default=False)
    stays_off = models.BooleanField(default=False)

    objects = RoleHeldQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "roles held"
        constraints = [
            models.UniqueConstraint(
                fields=["staff", "role"],
                name="role_held_once_without_end",
                condition=Q(ends_on__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]), name="role_is_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="role_in_order",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ends_on__isnull=False),
                name="role_ended_at_once_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(from_microsoft=False)
                | ~Q(role__in=sorted(role.value for role in OPENS_CONCERNS)),
                name="role_from_microsoft_opens_no_concerns",
            ),
            models.CheckConstraint(
                condition=Q(stays_off=False) | Q(ends_on__isnull=False),
                name="role_stays_off_once_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff}: {self.role}"

    @property
    def words(self) -> str:
        """Return the role as people say it."""
        return Role(self.role).words

    def is_held(self, *, on: date) -> bool:
        """Tell whether the role is held on that day."""
        begun = self.starts_on is None or self.starts_on <= on
        return begun and not self.is_over(on=on)

    def is_over(self, *, on: date) -> bool:
        """Tell whether it ended before that day, or was ended at once."""
        return self.ended_at is not None or (self.ends_on is not None and self.ends_on < on)


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
        return f"{self.staff}, {self.get_weekday_display()} {clock.wall_in_words(self.starts_at)}"


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
        return f"{self.staff} away from {clock.day_in_words(self.starts_at)}"
