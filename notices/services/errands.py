"""What is done at services outside, one thing at a time, when the letters are out."""

from collections.abc import Callable
from datetime import datetime, timedelta

from notices import kinds
from notices.kinds import Errand
from notices.selectors import is_urgent_waiting
from notices.services.guard import Fault, guarded

# A slow service costs an urgent letter at most the errand in hand.
RUN_FOR = timedelta(seconds=10)


def run(read_clock: Callable[[], datetime], *, should_stop: Callable[[], bool]) -> int:
    """Run what is due of every room; return how many things were done."""
    return sum(_run(one, read_clock, should_stop) for one in kinds.errands())


def _run(one: Errand, read_clock: Callable[[], datetime], should_stop: Callable[[], bool]) -> int:
    """Run one kind until nothing is left, its service does not answer, or something is more urgent."""
    started = read_clock()
    due = guarded(lambda: list(one.due(started)), doing=f"errand {one.name}")
    if isinstance(due, Fault):
        return 0
    done = 0
    for pk in due:
        if (
            should_stop()
            or read_clock() - started > RUN_FOR
            or (done and is_urgent_waiting(now=read_clock()))
        ):
            break
        answered = guarded(_runner(one, pk, read_clock), doing=f"errand {one.name} {pk}")
        if answered is False:
            break
        done += not isinstance(answered, Fault)
    return done


def _runner(one: Errand, pk: int, read_clock: Callable[[], datetime]) -> Callable[[], bool]:
    """Return the work of one thing on its own."""
    return lambda: one.run(pk, read_clock())
