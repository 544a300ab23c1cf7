"""A concern: one row each, and who may see it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse

from concerns import policy
from concerns.models.entries import Category
from concerns.models.homes import Home, home_of
from concerns.models.people import Shown, as_shown
from concerns.models.shares import Opening, Share
from school.models import StaffMember
from school.roles import Viewer
from schoolsafe.lib.encryption import EncryptedTextField
from schoolsafe.lib.references import new_reference as new_reference

PREFIX = "concerns.concern:"
OPEN = [status.value for status in policy.Status if status is not policy.Status.CLOSED]


class ConcernQuerySet(models.QuerySet["Concern"]):
    """Filters that chain; every read of a page starts from `visible_to` or `logged_by`."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Those this person may read: the same rule as policy.may_view, in SQL.

        Only the words in what is asked for are opened: narrow down first, where there is much.
        """
        if not policy.may_work_queue(viewer):
            return self.none()
        return self.filter(desk__in=_desks(viewer)).outside_of(viewer.staff_id)

    def perhaps_visible_to(self, viewer: Viewer) -> Self:
        """Those this person may read unless words mean them: of these `visible_to` is asked next."""
        return self.filter(desk__in=_desks(viewer)).apart_from(home_of(viewer.staff_id))

    def shared_with(self, viewer: Viewer, *, now: datetime) -> Self:
        """Those a reader has shared with this person: policy.sight in SQL."""
        shares = Share.objects.running(now).filter(staff=viewer.staff_id)
        return self.filter(pk__in=shares.values("concern")).outside_of(viewer.staff_id)

    def opened_by(self, viewer: Viewer, *, now: datetime) -> Self:
        """Those this person has opened in an emergency and may still read: policy.sight in SQL."""
        if not policy.may_use_emergency_access(viewer):
            return self.none()
        opened = Opening.objects.running(now).filter(staff=viewer.staff_id)
        return self.filter(pk__in=opened.values("concern")).outside_of(viewer.staff_id)

    def outside_of(self, staff_id: int) -> Self:
        """Leave out those from which a member of staff is shut out, as things stand now."""
        home = home_of(staff_id)
        return self.apart_from(home).exclude(pk__in=home.meant_in(self))

    def apart_from(self, home: Home) -> Self:
        """Leave out those from which somebody is shut out by what the database can read itself.

        Each part is found from the person, by an index, and never by walking through concerns.
        """
        return (
            self.exclude(pk__in=home.accused_in())
            .exclude(pk__in=home.family_in())
            .exclude(pk__in=home.set_aside_from())
        )

    def logged_by(self, staff: StaffMember) -> Self:
        """Those a person wrote themselves."""
        return self.filter(reporter=staff)

    def open(self) -> Self:
        """Those in which somebody still has something to do."""
        # By name, so that the index on them is walked: they are few among many.
        return self.filter(status__in=OPEN)

    def waiting(self) -> Self:
        """Those nobody has acknowledged."""
        return self.filter(status=policy.Status.LOGGED)

    def climbing(self) -> Self:
        """Those that wait to be acknowledged or decided: somebody is told again and again."""
        return self.open().filter(Q(status=policy.Status.LOGGED) | Q(decided_at=None))


def _desks(viewer: Viewer) -> list[str]:
    """Return at which desks this person reads."""
    return [desk.value for desk, roles in policy.READERS.items() if viewer.holds(*roles)]


class Concern(models.Model):
    """One thing that troubled somebody: what they wrote is never edited, only added to (E12)."""

    reference = models.CharField(max_length=8, unique=True, default=new_reference, editable=False)
    key = models.UUIDField(unique=True, help_text="From the form: a second click files nothing.")
    reporter = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="concerns")
    categories = models.ManyToManyField(Category, blank=True)
    urgency = models.CharField(
        max_length=10,
        choices=[(urgency.value, urgency.value) for urgency in policy.Urgency],
        help_text="As what it counts: the reporter's word until the team says otherwise (A13).",
    )
    reported_urgency = models.CharField(
        max_length=10,
        choices=[(urgency.value, urgency.value) for urgency in policy.Urgency],
        help_text="The reporter's word; it stays.",
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
    is_self_referral = models.BooleanField(
        default=False, help_text="Whoever logged it tells of themselves (E5)."
    )
    level = models.CharField(
        max_length=4,
        default=policy.Level.FULL,
        choices=[(level.value, level.value) for level in policy.Level],
        help_text="Low: in the register of low-level concerns about adults (G10).",
    )
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
    owner = models.ForeignKey(
        StaffMember,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who is in charge of it: who acknowledged it, until they hand it on (A29).",
    )
    decide_by = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    handed_to = models.CharField(
        max_length=60, blank=True, help_text="The product that holds the file, once handed over."
    )
    taken_over_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody said that it is there (A50)."
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ConcernQuerySet.as_manager()

    class Meta:
        ordering = ["-logged_at", "-pk"]
        indexes = [
            models.Index(fields=["status", "-logged_at"], name="concern_by_status"),
            # At some desks there are few, and their reader finds them without passing all others.
            models.Index(fields=["desk", "status", "-logged_at"], name="concern_by_desk"),
            models.Index(
                fields=["level", "-logged_at"],
                condition=Q(level="low"),
                name="concern_low_level",
            ),
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
                condition=Q(reported_urgency__in=[urgency.value for urgency in policy.Urgency]),
                name="concern_reported_urgency_is_known",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, owner__isnull=True)
                | Q(acknowledged_at__isnull=False, owner__isnull=False),
                name="concern_is_owned_once_acknowledged",
            ),
            models.CheckConstraint(
                condition=Q(level__in=[level.value for level in policy.Level]),
                name="concern_level_is_known",
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
            models.CheckConstraint(
                condition=~Q(handed_to="") | Q(taken_over_at__isnull=True),
                name="concern_is_handed_over_before_taken_over",
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
        self,
        *,
        excluded: frozenset[int] = frozenset(),
        parties: Iterable[policy.Party] = (),
        shared_with: frozenset[int] = frozenset(),
        opened_by: frozenset[int] = frozenset(),
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
            shared_with=shared_with,
            opened_by=opened_by,
            taken_by=self.owner_id,
            is_hurried=self.is_hurried,
            acknowledge_by=self.acknowledge_by,
            decide_by=self.decide_by,
            is_decided=self.decided_at is not None,
            level=policy.Level(self.level),
        )
