"""Rows of the Log of Concern, what the database refuses, and who may see which row."""

import secrets
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Length, Lower
from django.db.models.lookups import GreaterThan
from django.urls import reverse

from concerns import policy
from school.models import Pupil, StaffMember
from school.roles import Viewer
from schoolsafe.lib.encryption import EncryptedTextField

# Without letters and digits that are mistaken for one another on the telephone.
REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
# An encrypted field can't be compared, but an empty one is stored empty.
HAS_NAME = Q(GreaterThan(Length("name"), 0))
HAS_TEXT = Q(GreaterThan(Length("text"), 0))
ACCUSED = [part.value for part in policy.Part if part.is_accused]


def new_reference() -> str:
    """Return a random public reference: it counts nothing and names nothing (E8)."""
    return "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(8))


class Category(models.Model):
    """A kind of concern as the school names them; edited by the safeguarding lead."""

    name = models.CharField(max_length=80, unique=True)
    guidance = models.TextField(blank=True, help_text="Shown beside the category on the form.")
    is_used = models.BooleanField("offered on the form", default=True)

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


class ConcernQuerySet(models.QuerySet["Concern"]):
    """Filters that chain; every read of a page starts from `visible_to` or `logged_by`."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Those this person may read: the same rule as policy.may_view, in SQL."""
        desks = [desk.value for desk, roles in policy.READERS.items() if viewer.holds(*roles)]
        if not desks:
            return self.none()
        return self.filter(desk__in=desks).outside_of(viewer.staff_id)

    def outside_of(self, staff_id: int) -> Self:
        """Leave out those from which a member of staff is shut out, as things stand now."""
        kin_ids, kin_emails = kin(staff_id)
        here = Involved.objects.filter(concern=OuterRef("pk")).alias(address=Lower("email"))
        adults = here.filter(kind__in=[Involved.Kind.STAFF, Involved.Kind.ADULT], part__in=ACCUSED)
        accused = adults.filter(Q(staff__in=kin_ids) | Q(address__in=kin_emails))
        family = here.alias(guardian_address=Lower("pupil__guardians__email")).filter(
            guardian_address__in=kin_emails
        )
        set_aside = Exclusion.objects.filter(concern=OuterRef("pk"), staff=staff_id)
        return self.filter(~Exists(accused), ~Exists(family), ~Exists(set_aside))

    def logged_by(self, staff: StaffMember) -> Self:
        """Those a person wrote themselves."""
        return self.filter(reporter=staff)

    def waiting(self) -> Self:
        """Those nobody has acknowledged."""
        return self.filter(status=policy.Status.LOGGED)


def kin(staff_id: int) -> tuple[list[int], list[str]]:
    """Return a person and those who share their home: their ids and their addresses (E60)."""
    own = StaffMember.objects.filter(pk=staff_id).values("household")
    together = StaffMember.objects.filter(
        Q(pk=staff_id) | (Q(household__in=own) & ~Q(household=""))
    ).values_list("pk", "user__email")
    rows = list(together)
    return [pk for pk, _ in rows], [email.strip().lower() for _, email in rows if email]


class Concern(models.Model):
    """One thing that troubled somebody: what they wrote is never edited, only added to (E12)."""

    reference = models.CharField(max_length=8, unique=True, default=new_reference, editable=False)
    key = models.UUIDField(unique=True, help_text="From the form: a second click files nothing.")
    reporter = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="concerns")
    categories = models.ManyToManyField(Category, blank=True)
    urgency = models.CharField(
        max_length=10, choices=[(urgency.value, urgency.value) for urgency in policy.Urgency]
    )
    about = models.CharField(
        max_length=60,
        blank=True,
        db_index=True,
        help_text="What it arose from: meetings.meeting:12",
    )
    logged_at = models.DateTimeField()
    happened = models.CharField(
        max_length=10, choices=[(when.value, when.value) for when in policy.When]
    )
    happened_at = models.DateTimeField(null=True, blank=True)
    place = EncryptedTextField(blank=True)
    child_words = EncryptedTextField(blank=True)
    seen = EncryptedTextField(blank=True)
    thought = EncryptedTextField(blank=True)
    is_from_home = models.BooleanField(default=False)
    status = models.CharField(
        max_length=12,
        default=policy.Status.LOGGED,
        choices=[(status.value, status.value) for status in policy.Status],
    )
    desk = models.CharField(
        max_length=12, choices=[(desk.value, desk.label) for desk in policy.Desk]
    )
    clock_began_at = models.DateTimeField(help_text="From when the ladder is counted.")
    is_hurried = models.BooleanField(
        default=False, help_text="A call or an alert did not get through: real hours (P14)."
    )
    acknowledge_by = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decide_by = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ConcernQuerySet.as_manager()

    class Meta:
        ordering = ["-logged_at", "-pk"]
        indexes = [
            models.Index(fields=["status", "-logged_at"], name="concern_by_status"),
            models.Index(
                fields=["acknowledge_by"],
                condition=Q(status="logged"),
                name="concern_waiting",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in policy.Status]),
                name="concern_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(urgency__in=[urgency.value for urgency in policy.Urgency]),
                name="concern_urgency_is_known",
            ),
            models.CheckConstraint(
                condition=Q(desk__in=[desk.value for desk in policy.Desk]),
                name="concern_desk_is_known",
            ),
            models.CheckConstraint(
                condition=Q(happened="unknown") | Q(happened_at__isnull=False),
                name="concern_happened_at_is_known",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="concern_acknowledged_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(status="logged") | Q(acknowledged_at__isnull=False),
                name="concern_is_acknowledged_before_more",
            ),
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False, closed_by__isnull=False)
                | (~Q(status="closed") & Q(closed_at__isnull=True, closed_by__isnull=True)),
                name="concern_closed_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        """Return where those who may read it find it."""
        return reverse("concerns:detail", args=[self.reference])

    @property
    def object(self) -> str:
        """Return the name under which the audit and the notices know it."""
        return f"concerns.concern:{self.pk}"

    def facts(self, *, excluded: frozenset[int] = frozenset()) -> policy.Facts:
        """Return what the rules need; `excluded` comes from concerns.selectors."""
        return policy.Facts(
            status=policy.Status(self.status),
            urgency=policy.Urgency(self.urgency),
            desk=policy.Desk(self.desk),
            reporter_id=self.reporter_id,
            logged_at=self.logged_at,
            clock_began_at=self.clock_began_at,
            excluded=excluded,
            is_hurried=self.is_hurried,
            acknowledge_by=self.acknowledge_by,
            decide_by=self.decide_by,
            is_decided=self.decided_at is not None,
        )


class Involved(models.Model):
    """A person in a concern and the part they have in it: on roll, on the staff, or in free text."""

    class Kind(models.TextChoices):
        """Where the person is known from."""

        PUPIL = "pupil", "Pupil on roll"
        STAFF = "staff", "Member of staff"
        CHILD = "child", "Another child"
        ADULT = "adult", "Another adult"

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="involved")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    part = models.CharField(
        max_length=10, choices=[(part.value, part.label) for part in policy.Part]
    )
    pupil = models.ForeignKey(
        Pupil, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    staff = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    name = EncryptedTextField(blank=True)
    email = models.EmailField(
        blank=True, help_text="Shuts them out if they ever get an account here (E6)."
    )
    works_here = models.BooleanField(
        default=False, help_text="Supply, volunteer, contractor, governor, or has left (E6)."
    )
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "people involved"
        constraints = [
            models.UniqueConstraint(fields=["concern", "pupil"], name="involved_pupil_once"),
            models.UniqueConstraint(fields=["concern", "staff"], name="involved_staff_once"),
            models.CheckConstraint(
                condition=Q(kind="pupil", pupil__isnull=False, staff__isnull=True)
                | Q(kind="staff", staff__isnull=False, pupil__isnull=True)
                | (
                    Q(kind__in=["child", "adult"], staff__isnull=True, pupil__isnull=True)
                    & HAS_NAME
                ),
                name="involved_is_one_person",
            ),
            models.CheckConstraint(
                condition=Q(part__in=[part.value for part in policy.Part]),
                name="involved_part_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.who

    @property
    def who(self) -> str:
        """Return the person in words: a pupil with their year, so that namesakes are told apart (E11)."""
        if self.pupil is not None:
            return self.pupil.full_label
        return self.staff.name if self.staff is not None else str(self.name)

    @property
    def is_adult(self) -> bool:
        """Tell whether this is an adult."""
        return self.kind in {self.Kind.STAFF, self.Kind.ADULT}


class Entry(models.Model):
    """Something that was done or said about a concern; appended, never edited (E12)."""

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(
        max_length=15, choices=[(kind.value, kind.value) for kind in policy.EntryKind]
    )
    at = models.DateTimeField()
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    text = EncryptedTextField(blank=True)
    outcome = models.ForeignKey(
        Outcome, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    agency_reference = EncryptedTextField(blank=True)
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
                condition=~Q(kind__in=["decision", "referral"]) | Q(outcome__isnull=False),
                name="entry_decision_has_outcome",
            ),
            models.CheckConstraint(
                # Guidance G1: a decision without its reasons is not a record.
                condition=~Q(kind__in=["addendum", "decision", "referral", "closure", "reopening"])
                | HAS_TEXT,
                name="entry_has_reasons",
            ),
            models.CheckConstraint(
                condition=Q(called_at__isnull=True) | Q(called_at__lte=F("at")),
                name="entry_call_was_before_it_was_noted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Exclusion(models.Model):
    """A person outside a concern: why, since when, and whether they had read it before (E4)."""

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="exclusions")
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=60, choices=[(why.value, why.value) for why in policy.Why])
    since = models.DateTimeField()
    had_read = models.BooleanField(default=False)

    class Meta:
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["concern", "staff"], name="exclusion_once"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} since {self.since:%d %b}"
