"""What our figures are held against: the least code that does the same kind of work.

Tables of its own in the same database, so that both sides pay for the same disk.
"""

from datetime import datetime, timedelta

from django.db import connection, models, transaction
from django.db.models import F, Q

BATCH = 200


class Slip(models.Model):
    """A consent slip: one row that holds all its page shows."""

    key = models.CharField(max_length=40, unique=True)
    pupil = models.CharField(max_length=80)
    meeting = models.CharField(max_length=120)
    staff = models.CharField(max_length=80)
    starts_at = models.DateTimeField()

    class Meta:
        app_label = "bench"

    def __str__(self) -> str:
        return self.key


class Climber(models.Model):
    """A row that climbs by one level whenever it is due."""

    title = models.CharField(max_length=200)
    is_open = models.BooleanField(default=True)
    level = models.SmallIntegerField(default=0)
    lead = models.IntegerField()
    due_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "bench"
        indexes = [models.Index(fields=["due_at"], name="bench_due", condition=Q(is_open=True))]

    def __str__(self) -> str:
        return self.title


class Letter(models.Model):
    """A letter to be sent, once."""

    key = models.CharField(max_length=80, unique=True)
    to = models.IntegerField()
    due_at = models.DateTimeField()

    class Meta:
        app_label = "bench"

    def __str__(self) -> str:
        return self.key


class Event(models.Model):
    """What happened, without a chain and without a lock."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    verb = models.CharField(max_length=64)
    object = models.CharField(max_length=100)
    detail = models.JSONField(default=dict)

    class Meta:
        app_label = "bench"

    def __str__(self) -> str:
        return self.verb


TABLES = (Slip, Climber, Letter, Event)


def build() -> None:
    """Make the control's tables."""
    with connection.schema_editor() as editor:
        for model in TABLES:
            editor.create_model(model)


def fill_slips(count: int, *, now: datetime) -> str:
    """Write slips and return the key of one in the middle."""
    Slip.objects.bulk_create(
        [
            Slip(
                key=f"k{number:036d}",
                pupil=f"Pupil {number}",
                meeting=f"Progress review {number}",
                staff=f"Teacher {number % 90}",
                starts_at=now + timedelta(hours=number % 900),
            )
            for number in range(count)
        ]
    )
    return f"k{count // 2:036d}"


def fill_climbers(count: int, *, due: int, now: datetime) -> None:
    """Write open rows of which some are due and the rest are not yet."""
    hour = timedelta(hours=1)
    Climber.objects.all().delete()
    Climber.objects.bulk_create(
        [
            Climber(
                title=f"Case {number}",
                lead=number % 50,
                due_at=now - hour if number < due else now + 24 * hour,
            )
            for number in range(count)
        ]
    )


def due_batch(*, now: datetime) -> list[Climber]:
    """The one indexed SELECT that asks for due rows."""
    rows = Climber.objects.filter(is_open=True, due_at__lte=now).order_by("due_at")
    if connection.features.has_select_for_update_skip_locked and connection.in_atomic_block:
        rows = rows.select_for_update(skip_locked=True)
    return list(rows.only("id", "level", "lead")[:BATCH])


@transaction.atomic
def climb(*, now: datetime) -> int:
    """Let one batch of due rows climb: two letters and an event each, and the next time."""
    rows = due_batch(now=now)
    Letter.objects.bulk_create(
        [
            Letter(key=f"{row.pk}:{row.level + 1}:{to}", to=to, due_at=now)
            for row in rows
            for to in (row.lead, 1000)
        ],
        ignore_conflicts=True,
    )
    Event.objects.bulk_create(
        [
            Event(at=now, actor="sweep", verb="case.climb", object=f"bench.case:{row.pk}")
            for row in rows
        ]
    )
    Climber.objects.filter(pk__in=[row.pk for row in rows]).update(
        level=F("level") + 1, due_at=now + timedelta(hours=24)
    )
    return len(rows)
