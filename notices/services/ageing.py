"""Destroying letters whose time is up and that belong to nothing that is destroyed by itself."""

from collections.abc import Callable, Collection
from datetime import datetime

from django.db.models import Q

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


@audit.atomic()
def destroy_letters(
    *, by: System, since: datetime, before: datetime, held: Held, after: int = 0
) -> tuple[dict[str, int], int]:
    """Destroy a batch of letters that ended in this time; return what went, and up to which number it looked.

    Nothing of a pupil who is held. Nought as the number says that there is nothing more to look at.
    """
    own = Q()
    for name in WITH_THEIR_OWN:
        own |= Q(about__startswith=name)
    rows = list(
        Notice.objects.select_for_update(of=("self",))
        .filter(state__in=OVER, ended_at__gte=since, ended_at__lt=before, pk__gt=after)
        .exclude(own)
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
