"""The watch over the children: start, wait, start again, stop."""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from schoolsafe.supervisor.child import Child

# What is in hand (a page, a message) may be finished in this time; longer is ended.
GRACE = 8.0
STOPPING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


def say(line: str) -> None:
    """Tell the person at the terminal; one who has gone away is no reason to stop."""
    with suppress(OSError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


class Bell:
    """Rings when a child has died or somebody wants us to stop; until then we sleep."""

    def __init__(self) -> None:
        self._is_to_stop = False
        self._ear, mouth = os.pipe()
        os.set_blocking(self._ear, False)
        os.set_blocking(mouth, False)
        signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
        for number in (*STOPPING, signal.SIGCHLD):
            # `nohup` has asked for hang-ups to be ignored: leave it so.
            if number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
                continue
            signal.signal(number, lambda *_: None)

    def wait(self, seconds: float | None) -> bool:
        """Sleep until something happens or the time is up; tell whether we are to stop."""
        if not self._is_to_stop and select.select([self._ear], [], [], seconds)[0]:
            rung = os.read(self._ear, 64)
            self._is_to_stop = any(number in STOPPING for number in rung)
        return self._is_to_stop


def look_after(
    children: Sequence[Child], bell: Bell, *, every: float | None, look: Callable[[], None]
) -> None:
    """Keep the children running until somebody wants us to stop.

    `look` is called whenever nothing has happened for `every` seconds.
    """
    while True:
        now = time.monotonic()
        for child in children:
            if line := child.tend(now):
                say(line)
        due = [child.due_at - now for child in children if child.due_at is not None]
        pause = min(due, default=every)
        if bell.wait(pause if pause is None else max(pause, 0.0)):
            return
        if not due:
            look()


def stop(children: Sequence[Child]) -> None:
    """Stop the children in the opposite order of their start; afterwards none of them is left."""
    deadline = time.monotonic() + GRACE
    # The first is what the others lean on: it goes when they have gone.
    first, *others = children
    for child in reversed(others):
        child.ask_to_stop()
    for child in reversed(others):
        child.stop(within=deadline - time.monotonic())
    first.ask_to_stop()
    first.stop(within=deadline - time.monotonic())
