"""Ties a process to the one that started it, so that even `kill -9` leaves nothing running."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
# Looked up once and before any fork: a forked child should do as little as it can before exec.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def tie_to_parent(parent: int, orphaned: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel to send this process a signal when its parent dies; only Linux can."""
    if _LIBC is None:
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(orphaned))
    if os.getppid() != parent:
        # The parent died between the fork and the line above: nobody will tell us any more.
        os.kill(os.getpid(), orphaned)


def leash(orphaned: signal.Signals) -> Callable[[], None]:
    """Return what a new child of this process runs before its program.

    A signal that this process was told to ignore, as one in the background is, is heard there again.
    """
    parent = os.getpid()

    def tied() -> None:
        if orphaned is not signal.SIGKILL:  # which nobody can ignore
            signal.signal(orphaned, signal.SIG_DFL)
        tie_to_parent(parent, orphaned)

    return tied
