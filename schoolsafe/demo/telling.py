"""Telling the demo's past: every story lives its own days, all of them together in one order of time."""

from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from heapq import heapify, heappop, heappush

from django.db.models import Min

from notices import services as notices
from notices.models import Ladder, Notice
from notices.policy import State
from schoolsafe.lib import clock

# A story yields the instant at which its next step happens, and is woken when it has come.
Story = Generator[datetime, None, None]


def tell(stories: Sequence[Callable[[], Story]], *, until: datetime) -> None:
    """Live through the stories step by step, with the sweep running in between as it would have."""
    waiting = []
    for order, begin in enumerate(stories):
        story = begin()
        waiting.append((next(story), order, story))
    heapify(waiting)
    while waiting:
        at, order, story = heappop(waiting)
        sweep(until=at)
        with clock.standing_at(at):
            following = next(story, None)
        if following is not None:
            if following < at:
                raise ValueError("A story goes forward in time.")
            heappush(waiting, (following, order, story))
    sweep(until=until)
    with clock.standing_at(until):
        notices.run_due(until)


def sweep(*, until: datetime) -> None:
    """Do everything that fell due up to an instant, each at its own time."""
    last: datetime | None = None
    while (due := _next_due()) is not None and due <= until:
        if last is not None and due <= last:
            return  # the provider takes nothing now: the sweep proper will go on
        last = due
        with clock.standing_at(due):
            notices.run_due(due)


def _next_due() -> datetime | None:
    """Return when the next letter or rung is due."""
    letter = Notice.objects.filter(state=State.DUE.value).aggregate(at=Min("try_at"))["at"]
    rung = Ladder.objects.open().aggregate(at=Min("due_at"))["at"]
    return min((at for at in (letter, rung) if at is not None), default=None)
