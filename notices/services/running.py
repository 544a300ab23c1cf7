"""One sweep: everything that is due is done. Three drivers call it, at once without harm."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from notices import providers, selectors
from notices.delivery import Lines
from notices.models import Heartbeat
from notices.policy import State
from notices.services import claims, errands, ladders, mending, sending, watching
from schoolsafe.lib import clock

# A run ends by itself and the next one goes on: no driver holds a worker for long.
RUN_FOR = timedelta(seconds=20)


@dataclass(frozen=True, kw_only=True)
class Report:
    """What one run did.

    `again`: it ended with more to do at once; `waiting`: something due waits for the provider;
    `errands`: how many things it did at services outside.
    """

    climbed: int = 0
    taken_over: int = 0
    sent: int = 0
    failed: int = 0
    dropped: int = 0
    put_off: int = 0
    errands: int = 0
    again: bool = False
    waiting: bool = False


def _never() -> bool:
    return False


def run_due(
    now: datetime, *, driver: str = "once", should_stop: Callable[[], bool] = _never
) -> Report:
    """Do what is due: ladders climb, dead senders are replaced, letters leave, urgent ones first.

    Then errands are run at services outside, which may be slow and keep no letter waiting. Between batches it looks again, so that what a ladder has just made urgent goes first. It ends
    when nothing is left, when the provider takes no more for now, or after twenty seconds.
    """
    started = clock.now()
    climbed = taken_over = 0
    goes_on, waiting = True, False
    with Lines() as lines:
        run = sending.Run(
            lines=lines,
            read_clock=lambda: now + (clock.now() - started),
            should_stop=should_stop,
            channels=providers.channels(),
        )
        while goes_on and not should_stop() and run.read_clock() - now < RUN_FOR:
            at = run.read_clock()
            work = selectors.work(driver, now=at)
            mended = 0
            if not work.has_beaten:
                beat(driver, now=at)
                ladders.repair(now=at)
                mended = mending.mend(now=at) + watching.watch(now=at)
            moved = ladders.climb_due(now=at) if work.is_ladder_due else 0
            found = claims.take_over(now=at) if work.is_letter_abandoned else 0
            is_due = work.is_letter_due or moved or found or mended
            sent = sending.send_batch(run) if is_due else False
            climbed, taken_over = climbed + moved, taken_over + found
            goes_on = bool(moved or found or sent)
            waiting = work.is_letter_due and not sent
    done = errands.run(run.read_clock, should_stop=should_stop)
    return Report(
        climbed=climbed,
        taken_over=taken_over,
        sent=run.counts[State.SENT],
        failed=run.counts[State.FAILED],
        dropped=run.counts[State.DROPPED],
        put_off=run.counts[State.DUE],
        errands=done,
        again=goes_on or bool(done),
        waiting=waiting,
    )


def beat(driver: str, *, now: datetime) -> None:
    """Note that a driver is alive."""
    Heartbeat.objects.update_or_create(name=driver, defaults={"at": now})
