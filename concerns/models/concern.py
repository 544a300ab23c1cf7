"""A concern: one row each, and who may see it."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.urls import reverse

from concerns import policy
from concerns.models.entries import Category
from concerns.models.people import ACCUSED, Exclusion, Involved, Shown, as_shown, teachers_in
from school.kin import home, marks
from school.models import Guardian, StaffMember
from school.roles import Viewer
from schoolsafe.lib.encryption import EncryptedTextField

# Without letters and digits that are mistaken for one another on the telephone.
REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX = "concerns.concern:"


def new_reference() -> str:
    """Return a random public reference: it counts nothing and names nothing (E8)."""
    return "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(8))


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
        together = kin(staff_id)
        emails = [row.email.strip().lower() for row in together if row.email]
        here = Involved.objects.filter(concern=OuterRef("pk")).alias(address=Lower("email"))
        adults = here.filter(kind__in=[Involved.Kind.STAFF, Involved.Kind.ADULT], part__in=ACCUSED)
        accused = adults.filter(Q(staff__in=together) | Q(address__in=emails))
        family = here.filter(pupil__guardians__in=_as_guardians(together))
        set_aside = Exclusion.objects.filter(concern=OuterRef("pk"), staff=staff_id)
        meant = _meaning(together)
        return self.filter(~Exists(accused), ~Exists(family), ~Exists(set_aside)).exclude(
            pk__in=meant
        )

    def logged_by(self, staff: StaffMember) -> Self:
        """Those a person wrote themselves."""
        return self.filter(reporter=staff)

    def open(self) -> Self:
        """Those in which somebody still has something to do."""
        return self.exclude(status=policy.Status.CLOSED)

    def waiting(self) -> Self:
        """Those nobody has acknowledged."""
        return self.filter(status=policy.Status.LOGGED)

    def climbing(self) -> Self:
        """Those that wait to be acknowledged or decided: somebody is told again and again."""
        return self.open().filter(Q(status=policy.Status.LOGGED) | Q(decided_at=None))


def kin(staff_id: int) -> list[StaffMember]:
    """Return a person and those of the staff who share their home, however it is spelt (E60)."""
    rows = StaffMember.objects.filter(Q(pk=staff_id) | ~Q(household="")).select_related("user")
    own = next((home(row.household) for row in rows if row.pk == staff_id), "")
    return [row for row in rows if row.pk == staff_id or (own and home(row.household) == own)]


def _meaning(people: Sequence[StaffMember]) -> list[int]:
    """Return the concerns in which words may mean one of these, as far as nobody has said."""
    rows = list(Involved.objects.unsettled())
    if not rows:
        return []
    models.prefetch_related_objects(people, "roles_held", "teaching_groups")
    teachers = teachers_in(rows)
    return [
        row.concern_id
        for row in rows
        if any(
            row.may_mean(person, teachers=teachers.get(row.concern_id, frozenset()))
            for person in people
        )
    ]


def marks_of(person: StaffMember | Guardian) -> frozenset[str]:
    """Return by what this person is known again on another record."""
    return marks(name=person.name, email=person.email, telephone=person.telephone)


def _as_guardians(staff: Sequence[StaffMember]) -> list[int]:
    """Return the guardians of children in concerns who may be one of these members of staff (E7)."""
    own = frozenset().union(*(marks_of(person) for person in staff))
    children = Involved.objects.exclude(pupil=None).values("pupil")
    guardians = Guardian.objects.filter(pupils__in=children).distinct()
    return [guardian.pk for guardian in guardians if marks_of(guardian) & own]


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
    def people(self) -> list[Shown]:
        """Return who is in it, each once, with the words in which they were written of."""
        return as_shown(self.involved.all())

    @property
    def object(self) -> str:
        """Return the name under which the audit and the notices know it: a number would count (E8)."""
        return f"{PREFIX}{self.reference}"

    @staticmethod
    def reference_in(name: str) -> str:
        """Return the reference in such a name."""
        return name.removeprefix(PREFIX)

    def facts(
        self, *, excluded: frozenset[int] = frozenset(), parties: Iterable[policy.Party] = ()
    ) -> policy.Facts:
        """Return what the rules need; `excluded` and `parties` come from concerns.selectors."""
        return policy.Facts(
            status=policy.Status(self.status),
            urgency=policy.Urgency(self.urgency),
            desk=policy.Desk(self.desk),
            reporter_id=self.reporter_id,
            logged_at=self.logged_at,
            clock_began_at=self.clock_began_at,
            excluded=excluded,
            parties=tuple(parties),
            taken_by=self.acknowledged_by_id,
            is_hurried=self.is_hurried,
            acknowledge_by=self.acknowledge_by,
            decide_by=self.decide_by,
            is_decided=self.decided_at is not None,
        )
