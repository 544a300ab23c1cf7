"""Whoever waits for a lost link: looked up by the sweep, and written to if they are on record."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from consent import services
from consent.models import LinkWish
from consent.services.wishing import LOST
from notices.kinds import Climb, LadderKind
from notices.models import Ladder


def fulfils(name: str, send: Callable[[LinkWish, datetime], None]) -> LadderKind:
    """Return the ladder of one kind of wish: a single rung, on which what is due is queued."""

    def climb(ladders: Sequence[Ladder], now: datetime) -> list[Climb]:
        numbers = {ladder.pk: int(ladder.about.rpartition(":")[2]) for ladder in ladders}
        wishes = LinkWish.objects.in_bulk(list(numbers.values()))
        for number in numbers.values():
            if number in wishes:
                send(wishes[number], now)
        return [Climb(ladder_id=ladder.pk, drafts=(), next_due=None) for ladder in ladders]

    return LadderKind(name=name, climb=climb, unladdered=_nothing)


def _nothing(now: datetime) -> Iterable[tuple[str, datetime]]:
    """Return no wish: its ladder is written with it, and a lost one is wished for again."""
    return ()


QUESTIONS = fulfils(
    LOST,
    lambda wish, now: services.send_lost_links(wish.address, is_crowded=wish.is_crowded, now=now),
)
