"""Who is in a concern, and who stands outside it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Lower
from django.db.models.lookups import GreaterThan

from concerns import policy
from school import names
from school.models import Pupil, StaffMember, TeachingGroup
from schoolsafe.lib.encryption import EncryptedTextField

ACCUSED = [part.value for part in policy.Part if part.is_accused]
# An encrypted field can't be compared, but an empty one is stored empty.
HAS_NAME = Q(GreaterThan(Length("name"), 0))


def words_may_mean(
    words: str, person: StaffMember, *, teachers: Collection[int] = frozenset()
) -> bool:
    """Tell whether words about an adult may mean a member of staff, by name or by part (E2, E3).

    `teachers` are those who teach the children in the concern: 'his teacher' may mean them.
    """
    if names.may_mean(words, person.name):
        return True
    parts = policy.parts_meant(words)
    if parts and person.viewer().holds(*parts):
        return True
    taught = policy.taught_by(words)
    if taught is None:
        return False
    if not taught.is_said and person.pk in teachers:
        return True
    groups = person.teaching_groups.all()
    return any(group.year_group in taught.years or taught.is_class(group.name) for group in groups)


def teachers_of(pupils: Collection[int]) -> frozenset[int]:
    """Return who on the staff teaches one of these children."""
    if not pupils:
        return frozenset()
    groups = TeachingGroup.objects.filter(pupils__in=pupils, staff__isnull=False)
    return frozenset(groups.values_list("staff", flat=True))


def teachers_in(rows: Iterable["Involved"]) -> dict[int, frozenset[int]]:
    """Return for each concern in which a teacher is written of who teaches its children.

    In one query at most, and in none where nobody writes of a teacher.
    """
    ids = {row.concern_id for row in rows if row.is_open and policy.taught_by(str(row.name))}
    found: dict[int, set[int]] = {pk: set() for pk in ids}
    if ids:
        ties = Involved.objects.filter(concern__in=ids, pupil__teaching_groups__staff__isnull=False)
        for concern_id, staff_id in ties.values_list("concern", "pupil__teaching_groups__staff"):
            found[concern_id].add(staff_id)
    return {pk: frozenset(staff) for pk, staff in found.items()}


class InvolvedQuerySet(models.QuerySet["Involved"]):
    """Filters that chain."""

    def unsettled(self) -> Self:
        """Adults in words of whom nobody has said yet whether a member of staff is meant."""
        return self.filter(kind=Involved.Kind.ADULT, part__in=ACCUSED, settled_at=None)


class Involved(models.Model):
    """A person in a concern and the part they have in it: on roll, on the staff, or in free text."""

    class Kind(models.TextChoices):
        """Where the person is known from."""

        PUPIL = "pupil", "Pupil on roll"
        STAFF = "staff", "Member of staff"
        CHILD = "child", "Another child"
        ADULT = "adult", "Another adult"

    concern = models.ForeignKey(
        "concerns.Concern", on_delete=models.PROTECT, related_name="involved"
    )
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
        default=False,
        help_text="Works, helps or governs here, or may: nobody is sure (E6).",
    )
    settled_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody said whether a member of staff is meant."
    )
    settled_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    meant = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who these words mean, once it is said: one person, not two.",
    )
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

    objects = InvolvedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "people involved"
        indexes = [
            models.Index(Lower("email"), name="involved_address"),
            models.Index(
                fields=["concern"],
                name="involved_unsettled",
                condition=Q(kind="adult", settled_at=None),
            ),
        ]
        constraints = [
            # A witness may turn out to be whom it is about: both stand there, the graver counts.
            models.UniqueConstraint(
                fields=["concern", "pupil", "part"], name="involved_pupil_once_in_a_part"
            ),
            models.UniqueConstraint(
                fields=["concern", "staff", "part"], name="involved_staff_once_in_a_part"
            ),
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
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by__isnull=True)
                | Q(settled_at__isnull=False, settled_by__isnull=False),
                name="involved_settled_at_and_by",
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
    def is_open(self) -> bool:
        """Tell whether this is an adult in words of whom nobody has said who is meant."""
        return self.kind == self.Kind.ADULT and self.settled_at is None

    def may_mean(self, person: StaffMember, *, teachers: Collection[int] = frozenset()) -> bool:
        """Tell whether what was written may mean this person, as far as nobody has said."""
        return self.is_open and words_may_mean(str(self.name), person, teachers=teachers)

    @property
    def is_adult(self) -> bool:
        """Tell whether this is an adult."""
        return self.kind in {self.Kind.STAFF, self.Kind.ADULT}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A person in a concern as a page shows them: the row, and in which words they were written of."""

    row: Involved
    written: tuple[str, ...] = ()


def as_shown(rows: Iterable[Involved], *, until: datetime | None = None) -> list[Shown]:
    """Return these people, each once: words beside whom they mean, as far as it was said by then."""
    known = list(rows)
    ids = {row.pk for row in known}
    words: dict[int, list[Involved]] = defaultdict(list)
    for row in known:
        is_said = until is None or (row.settled_at is not None and row.settled_at <= until)
        if row.meant_id in ids and is_said:
            words[row.meant_id].append(row)
    beside = {row.pk for group in words.values() for row in group}
    return [
        Shown(row=row, written=tuple(said.who for said in words[row.pk]))
        for row in known
        if row.pk not in beside
    ]


class ExclusionQuerySet(models.QuerySet["Exclusion"]):
    """Filters that chain."""

    def standing(self) -> Self:
        """Those that hold: the child for whose sake somebody stood outside is still in it (E11)."""
        return self.filter(lifted_at=None)


class Exclusion(models.Model):
    """A person outside a concern: why, since when, and whether they had read it before (E4).

    It is lifted when the child whose family they are was in it by mistake (E11).
    """

    concern = models.ForeignKey(
        "concerns.Concern", on_delete=models.PROTECT, related_name="exclusions"
    )
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=60, choices=[(why.value, why.value) for why in policy.Why])
    since = models.DateTimeField()
    had_read = models.BooleanField(default=False)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ExclusionQuerySet.as_manager()

    class Meta:
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["concern", "staff"],
                condition=Q(lifted_at__isnull=True),
                name="exclusion_stands_once",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="exclusion_lifted_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} since {self.since:%d %b}"
