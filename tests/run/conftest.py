"""A schoolsafe of its own: private folder, free port, and every process it has started."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def listen_for_hang_ups() -> None:
    """Whoever started the tests may have asked for hang-ups to be ignored; these programs are not."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Running:
    """A started program, the lines it has said, and its family of processes."""

    def __init__(self, argv: list[str], environment: dict[str, str]) -> None:
        self.seen: set[psutil.Process] = set()
        self.said: list[str] = []
        self.process = subprocess.Popen(
            argv, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            preexec_fn=listen_for_hang_ups,
        )  # fmt: skip

    def until(self, words: str) -> str:
        """Read what it says until a line holds these words; the pipe's end is a failure."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line)
            if words in line:
                return line
        raise AssertionError(f"It never said {words!r}, but:\n{''.join(self.said)}")

    def family(self) -> list[psutil.Process]:
        """Return every process it has now, and remember them."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        self.seen.update(found)
        return found

    def one(self, words: str) -> psutil.Process:
        """Return the oldest of its processes whose command line holds these words."""
        return min(
            (p for p in self.family() if words in " ".join(p.cmdline())),
            key=lambda p: (p.create_time(), p.pid),
        )

    def complete(self, count: int) -> bool:
        """Wait until its family has this many members; the worker's clock comes last."""
        for _ in range(200):
            if len(self.family()) == count:
                return True
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.1)
        return False

    def leaves_nothing(self) -> bool:
        """Wait for it to end; tell whether all of its processes have gone too."""
        self.process.wait(PATIENCE)
        _, alive = psutil.wait_procs(self.seen, timeout=20)
        return not alive

    def end(self) -> None:
        """Take away whatever a failed test has left."""
        if self.process.poll() is None:
            self.family()
            self.process.kill()
        for process in self.seen:
            if process.is_running():
                process.kill()
        self.process.wait(PATIENCE)
        assert self.process.stdout
        self.process.stdout.close()


@pytest.fixture(scope="session")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of its own for database, keys and socket."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture
def start(var: Path) -> Iterator[Callable[..., Running]]:
    """Start `manage.py run` without the demo school; whatever is left is ended afterwards."""
    started: list[Running] = []
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "REDIS_URL", "SITE_URL", "PYTEST_CURRENT_TEST"}
        and not name.startswith("SCHOOLSAFE_")
    }

    def run(*options: str, port: int, **more: str) -> Running:
        environment = kept | {
            "SCHOOLSAFE_VAR": str(var),
            "DJANGO_SETTINGS_MODULE": "schoolsafe.settings",
            "PORT": str(port),
            **more,
        }
        argv = [sys.executable, "manage.py", "run", "--without-demo", *options]
        started.append(Running(argv, environment))
        return started[-1]

    yield run
    for running in started:
        running.end()
