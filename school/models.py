"""The school: its settings, calendar, staff and roles, pupils, guardians and classes."""

from datetime import date, datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from school import policy
from school.roles import Role, Viewer
from schoolsafe.lib import clock


class SchoolQuerySet(models.QuerySet["School"]):
    """Reads of the one row."""

    def current(self) -> "School":
        """Return the school; raises School.DoesNotExist before the installation is set up."""
        return self.get(pk=1)


class School(models.Model):
    """The school itself: one row."""

    name = models.CharField(max_length=200)
    office_telephone = models.CharField(max_length=40)
    office_email = models.EmailField()
    nation = models.CharField(
        max_length=3,
        default="ENG",
        choices=[("ENG", "England"), ("WLS", "Wales"), ("SCT", "Scotland"), ("NIR", "N. Ireland")],
    )
    microsoft_tenant = models.UUIDField(
        null=True, blank=True, help_text="Teams links of any other organisation are refused."
    )
    care_telephone = models.CharField(
        "children's social care",
        max_length=40,
        help_text="Shown to a reporter whenever nobody at school has answered.",
    )
    care_out_of_hours_telephone = models.CharField(max_length=40)
    opens_at = models.TimeField(default="08:30")
    closes_at = models.TimeField(default="16:00")
    quiet_from = models.TimeField(
        default="20:00",
        help_text="Messages to families that can wait are not sent from then on.",
    )
    quiet_until = models.TimeField(
        default="07:30", help_text="They leave then. The same time twice: no quiet hours."
    )

    objects = SchoolQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="school_is_one_row")]

    def __str__(self) -> str:
        return self.name


class Term(models.Model):
    """A stretch of days in which the school teaches, both ends included."""

    name = models.CharField(max_length=60)
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        ordering = ["starts_on"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="term_in_order")
        ]

    def __str__(self) -> str:
        return self.name


class ClosedDay(models.Model):
    """A day inside a term on which the school is closed to pupils: INSET, snow, a local holiday."""

    day = models.DateField(unique=True)
    reason = models.CharField(max_length=100)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day}: {self.reason}"


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


class PupilQuerySet(models.QuerySet["Pupil"]):
    """Filters that chain."""

    def on_roll(self, *, on: date) -> Self:
        """Those who have not left."""
        return self.filter(Q(left_on__isnull=True) | Q(left_on__gt=on))


class Pupil(models.Model):
    """A child on roll, or who was."""

    given_name = models.CharField(max_length=80, help_text="As the child uses it.")
    family_name = models.CharField(max_length=80)
    year_group = models.PositiveSmallIntegerField(help_text="0 is Reception.")
    born_on = models.DateField(null=True, blank=True)
    email = models.EmailField(blank=True, help_text="Used from the 18th birthday only (E41).")
    left_on = models.DateField(null=True, blank=True)
    consent_mode = models.CharField(
        max_length=3,
        default="any",
        choices=[("any", "any one guardian who counts"), ("all", "all guardians who count")],
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

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def full_label(self) -> str:
        """Return name and year: two children of one name are told apart (E11)."""
        year = f"Year {self.year_group}" if self.year_group else "Reception"
        return f"{self} ({year})"

    @property
    def short_name(self) -> str:
        """Return what a family page may show: first name and initial (E26)."""
        return f"{self.given_name} {self.family_name[:1]}."


class Guardian(models.Model):
    """An adult with a tie to one or more pupils: parent, carer, social worker."""

    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    telephone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, default="en")
    email_changed_at = models.DateTimeField(null=True, blank=True)
    email_closed_at = models.DateTimeField(
        null=True, blank=True, help_text="When a message came back; nothing is sent there since."
    )
    pupils = models.ManyToManyField(Pupil, through="Guardianship", related_name="guardians")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> str:
        """Return the name under which the audit knows this person."""
        return f"guardian:{self.pk}"


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
    counts_for_consent = models.BooleanField(default=True)
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
        )


class TeachingGroup(models.Model):
    """A class or set: pupils taught together."""

    name = models.CharField(max_length=60, unique=True)
    year_group = models.PositiveSmallIntegerField(null=True, blank=True)
    pupils = models.ManyToManyField(Pupil, related_name="teaching_groups", blank=True)
    staff = models.ManyToManyField(StaffMember, related_name="teaching_groups", blank=True)

    class Meta:
        ordering = ["year_group", "name"]

    def __str__(self) -> str:
        return self.name


def away(staff_ids: list[int], at: datetime) -> set[int]:
    """Return which of these members of staff are absent at an instant."""
    rows: Any = Absence.objects.filter(staff__in=staff_ids, starts_at__lte=at, ends_at__gte=at)
    return set(rows.values_list("staff_id", flat=True))
