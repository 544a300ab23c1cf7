"""Destroying letters whose time is up and that belong to nothing that is destroyed by itself."""

from collections.abc import Callable, Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from audit import services as audit
from notices.models import Delivery, Notice
from notices.policy import State
from school.models import Pupil
from school.services import System

OVER = [State.SENT.value, State.FAILED.value, State.DROPPED.value]
# What has a time of its own: letters about these go with what they are about.
WITH_THEIR_OWN = ("concerns.", "meetings.")
BATCH = 500
# Returns which of these pupils are held.
Held = Callable[[Collection[int]], set[int]]


def first_letter() -> datetime | None:
    """Return when the oldest of these letters ended, None where there is none."""
    return _letters().order_by("ended_at").values_list("ended_at", flat=True).first()


def letters_due(*, since: datetime, before: datetime, held: Held) -> int:
    """Return how many letters that ended in this time would go: none of a pupil who is held."""
    rows = _letters().filter(ended_at__gte=since, ended_at__lt=before).only("pupil", "pupil_ids")
    pupils = [_pupils(row) for row in rows.order_by()]
    kept = held({pk for some in pupils for pk in some})
    return sum(not kept & some for some in pupils)


def _letters() -> QuerySet[Notice]:
    """Return the letters that are over and belong to nothing that is destroyed by itself."""
    own = Q()
    for name in WITH_THEIR_OWN:
        own |= Q(about__startswith=name)
    return Notice.objects.filter(state__in=OVER).exclude(own)


@audit.atomic()
def destroy_letters(
    *, by: System, since: datetime, before: datetime, held: Held, after: int = 0
) -> tuple[dict[str, int], int]:
    """Destroy a batch of letters that ended in this time; return what went, and up to which number it looked.

    Nothing of a pupil who is held. Nought as the number says that there is nothing more to look at.
    """
    rows = list(
        _letters()
        .select_for_update(of=("self",))
        .filter(ended_at__gte=since, ended_at__lt=before, pk__gt=after)
        .order_by("pk")
        .defer("letter")[:BATCH]
    )
    pupils = {pk for row in rows for pk in _pupils(row)}
    list(Pupil.objects.select_for_update().filter(pk__in=pupils).order_by("pk"))
    kept = held(pupils)
    gone = [row.pk for row in rows if not kept & _pupils(row)]
    tries, _ = Delivery.objects.filter(notice__in=gone).delete()
    Notice.objects.filter(pk__in=gone).delete()
    counts = {"notices.notice": len(gone), "notices.delivery": tries}
    last = rows[-1].pk if len(rows) == BATCH else 0
    return {label: count for label, count in counts.items() if count}, last


def _pupils(row: Notice) -> set[int]:
    return {*row.pupil_ids, *((row.pupil_id,) if row.pupil_id is not None else ())}
