"""The holes of the rota that whoever keeps it is told of: each once, and once more when it is near (G12)."""

from dataclasses import dataclass
from datetime import datetime

from audit import services as audit
from school import cover, selectors
from school.models import CoverHole, School
from school.services.system import System


@dataclass(frozen=True, kw_only=True)
class Warned:
    """Which holes are to be told of now, by the numbers of their rows."""

    fresh: tuple[int, ...] = ()
    again: tuple[int, ...] = ()


@audit.atomic()
def note_holes(*, by: System, now: datetime) -> Warned:
    """Write down which holes are told of now, and which are gone; return those to tell of.

    One at a time: two sweeps at once tell of a hole once.
    """
    School.objects.select_for_update().get(pk=1)
    news = cover.news(selectors.cover_holes(now), selectors.known_holes(), now=now)
    CoverHole.objects.filter(pk__in=news.gone).update(gone_at=now)
    CoverHole.objects.filter(pk__in=news.again).update(told_again_at=now)
    rows = CoverHole.objects.bulk_create(
        [
            CoverHole(
                starts_at=hole.starts_at,
                ends_at=hole.ends_at,
                kind=hole.kind.value,
                told_at=now,
                told_again_at=now if cover.is_near(hole, now) else None,
            )
            for hole in news.fresh
        ]
    )
    warned = Warned(fresh=tuple(row.pk for row in rows), again=news.again)
    if news:
        audit.record(
            at=now,
            actor=by.actor,
            verb="rota.look",
            object="school.school:1",
            told=list(warned.fresh),
            told_again=list(warned.again),
            gone=list(news.gone),
        )
    return warned
