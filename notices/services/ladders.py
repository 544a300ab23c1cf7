"""Ladders: a thing that must be answered climbs, rung by rung, until somebody has answered."""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F

from audit import services as audit
from notices import kinds
from notices.kinds import Climb, LadderKind
from notices.models import Ladder
from notices.policy import LADDER_BATCH, RETRY_AFTER
from notices.services.guard import Fault, guarded
from notices.services.outbox import queue
from school.services import SWEEP
from schoolsafe.lib import clock

logger = logging.getLogger(__name__)

# However a kind miscounts, a ladder takes one rung a minute at most (E85).
STEADY = timedelta(minutes=1)


def start_ladder(kind: str, about: str, *, due_at: datetime, now: datetime | None = None) -> None:
    """Start a thing's ladder; does nothing when one of this kind is open."""
    start_ladders(kind, [(about, due_at)], now=now)


def start_ladders(
    kind: str, things: Iterable[tuple[str, datetime]], *, now: datetime | None = None
) -> None:
    """Start the ladders of many things at once; those that have one keep it."""
    name = kinds.ladder_kind(kind).name
    now = now or clock.now()
    Ladder.objects.bulk_create(
        [Ladder(kind=name, about=about, due_at=due, started_at=now) for about, due in things],
        ignore_conflicts=True,
    )


def move_ladder(kind: str, about: str, *, due_at: datetime) -> None:
    """Put the next rung of an open ladder at another time."""
    Ladder.objects.open().filter(kind=kind, about=about).update(due_at=due_at, failures=0)


def stop_ladder(kind: str, about: str, *, now: datetime) -> None:
    """End a thing's ladder: somebody has answered, or nothing needs answering any more."""
    Ladder.objects.open().filter(kind=kind, about=about).update(ended_at=now, due_at=None)


def climb_due(*, now: datetime) -> int:
    """Let one batch of ladders of every kind take their next rung; return how many did."""
    due = set(Ladder.objects.due(now=now).order_by().values_list("kind", flat=True).distinct())
    return sum(_climb_kind(kind, now=now) for kind in kinds.ladder_kinds() if kind.name in due)


def _climb_kind(kind: LadderKind, *, now: datetime) -> int:
    """Climb one batch; one that will not climb together climbs one by one, each on its own."""
    climbed = guarded(lambda: _climb(kind, now=now), doing=f"ladder {kind.name}")
    if not isinstance(climbed, Fault):
        return climbed
    due = Ladder.objects.due(now=now).filter(kind=kind.name).order_by("due_at")
    for pk in list(due.values_list("pk", flat=True)[:LADDER_BATCH]):
        alone = guarded(_climber(kind, pk, now=now), doing=f"ladder {kind.name} {pk}")
        if isinstance(alone, Fault):
            _put_off(pk, now=now)
    return 0


def _climber(kind: LadderKind, pk: int, *, now: datetime) -> Callable[[], int]:
    """Return the work of one ladder on its own."""
    return lambda: _climb(kind, now=now, only=pk)


@audit.atomic()
def _climb(kind: LadderKind, *, now: datetime, only: int | None = None) -> int:
    """Lock a batch, ask the kind, queue what it says, move the rungs and write it down."""
    due = Ladder.objects.due(now=now).filter(kind=kind.name).order_by("due_at")
    if only is not None:
        due = due.filter(pk=only)
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    ladders = list(due[:LADDER_BATCH])
    if not ladders:
        return 0
    climbs = kind.climb(ladders, now)
    queue([draft for climb in climbs for draft in climb.drafts], now=now)
    _move(ladders, climbs, now=now)
    about = {ladder.pk: ladder.about for ladder in ladders}
    audit.record_many(
        at=now,
        rows=[
            audit.Row(
                actor=SWEEP.actor,
                verb=climb.verb,
                object=about[climb.ladder_id],
                detail=climb.detail,
            )
            for climb in climbs
            if climb.verb
        ],
    )
    return len(ladders)


def _move(ladders: Sequence[Ladder], climbs: Sequence[Climb], *, now: datetime) -> None:
    """Set every ladder of the batch to its next rung, or end it; one query per different time."""
    next_due = {climb.ladder_id: climb.next_due for climb in climbs}
    missing = [ladder.pk for ladder in ladders if ladder.pk not in next_due]
    if missing:
        # Left alone they would come back at once, for ever.
        raise ValueError(f"The ladder kind says nothing about {len(missing)} of its ladders.")
    for ladder in ladders:
        due = next_due[ladder.pk]
        ladder.due_at = None if due is None else max(due, now + STEADY)
        ladder.ended_at = now if due is None else None
        ladder.step += 1
        ladder.failures = 0
    times = {ladder.due_at for ladder in ladders}
    if len(times) > 2:
        Ladder.objects.bulk_update(ladders, ["due_at", "ended_at", "step", "failures"])
        return
    for due_at in times:
        Ladder.objects.filter(pk__in=[row.pk for row in ladders if row.due_at == due_at]).update(
            due_at=due_at, ended_at=now if due_at is None else None, step=F("step") + 1, failures=0
        )


def _put_off(pk: int, *, now: datetime) -> None:
    """Try a ladder that would not climb later, so that it does not stand before the others."""
    failures = Ladder.objects.values_list("failures", flat=True).get(pk=pk)
    wait = RETRY_AFTER[min(failures, 3)]
    Ladder.objects.open().filter(pk=pk).update(due_at=now + wait, failures=F("failures") + 1)


def repair(*, now: datetime) -> None:
    """Give every open thing that has lost its ladder a new one."""
    for kind in kinds.ladder_kinds():
        guarded(_repairer(kind, now=now), doing=f"repair of {kind.name}")


def _repairer(kind: LadderKind, *, now: datetime) -> Callable[[], None]:
    """Return the repair of one kind of ladder."""

    def mend() -> None:
        things = list(kind.unladdered(now))
        if things:
            logger.warning("%d open things had no ladder of kind %s", len(things), kind.name)
            with audit.atomic():
                start_ladders(kind.name, things, now=now)

    return mend
