"""One process the supervisor looks after."""

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from schoolsafe.supervisor.leash import leash

# The wait before a new try doubles up to this; a process that ran this long has recovered.
LONGEST_WAIT = 30.0
RECOVERED_AFTER = 60.0


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to start, under a name that a person reads."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    # What the kernel sends it when the supervisor itself is killed.
    orphaned: signal.Signals = signal.SIGTERM


class Child:
    """A running program with its family of processes, or the wait until it is started again."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.due_at: float | None = None
        self.wait = 1.0

    def start(self, now: float) -> None:
        """Start it in a process group of its own, out of reach of the terminal's Ctrl-C."""
        self.process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
            self.program.argv,
            env=self.program.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=leash(self.program.orphaned),
        )
        self.started_at, self.due_at = now, None

    def tend(self, now: float) -> str:
        """Start it again when that is due; return a line for the person when something happened."""
        if self.due_at is not None and now >= self.due_at:
            self.start(now)
            return f"The {self.program.name} runs again."
        if self.process is None or self.process.poll() is None:
            return ""
        code = self.process.returncode
        self._end_family()
        self.process = None
        if now - self.started_at >= RECOVERED_AFTER:
            self.wait = 1.0
        self.due_at = now + self.wait
        line = f"The {self.program.name} stopped ({_cause(code)}). Again in {self.wait:.0f} s."
        self.wait = min(self.wait * 2, LONGEST_WAIT)
        return line

    def ask_to_stop(self) -> None:
        """Ask it to finish what it has in hand and go."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stop(self, *, within: float) -> None:
        """Wait for it to go, then end whatever of its family is still there."""
        self.due_at = None
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(within, 0.0))
        self._end_family()
        self.process.wait()

    def replace(self) -> None:
        """End it at once; `tend` will see it and start it again."""
        self._end_family()

    def _end_family(self) -> None:
        """Kill every process of its group: a dead master may leave workers behind."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


def _cause(code: int) -> str:
    """Say how a process ended."""
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
