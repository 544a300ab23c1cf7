"""What is started for an embedded schoolsafe: a broker, whoever does what is due, the web server."""

import os
import sys
import time
from pathlib import Path

from schoolsafe.supervisor import broker, care
from schoolsafe.supervisor.child import Child, Program

BASE_DIR = Path(__file__).resolve().parent.parent.parent
# How often the embedded Valkey is asked whether it is there, and how often it may keep silent.
ASK_EVERY = 10.0
SILENT_AT_MOST = 3


class Watch:
    """Replaces an embedded Valkey that is frozen; without one there is nothing to do."""

    def __init__(self, child: Child | None = None, path: Path | None = None) -> None:
        self._child, self._path, self._silent = child, path, 0
        self.every = ASK_EVERY if child else None

    def look(self) -> None:
        """Ask once; after several questions without an answer, end it, so that it starts again."""
        if self._child is None or self._path is None or self._child.process is None:
            return
        self._silent = 0 if broker.answers(self._path) else self._silent + 1
        if self._silent >= SILENT_AT_MOST:
            care.say("The embedded Valkey does not answer.")
            self._child.replace()
            self._silent = 0


def start_all(port: int, var: Path) -> tuple[list[Child], Child, Watch]:
    """Start everything; return all of it in the order of starting, the web server, and the watch."""
    children, watch = _background(var)
    web = Child(_web(port))
    for child in [*children, web]:
        if child.process is None:
            child.start(time.monotonic())
    return [*children, web], web, watch


def _background(var: Path) -> tuple[list[Child], Watch]:
    """Return who does what is due: Celery on Redis, Celery on our own Valkey, or the plain loop."""
    if os.environ.get("REDIS_URL"):
        return [Child(_worker())], Watch()
    try:
        path = broker.socket_path(var)
    except OSError as fault:
        return [_loop(str(fault))], Watch()
    server = broker.program(path)
    if server is None:
        return [_loop("There is none for this kind of machine.")], Watch()
    child = Child(server)
    if not broker.start(child, path):
        return [_loop("It did not start.")], Watch()
    return [child, Child(_worker(VALKEY_SOCKET=str(path)))], Watch(child, path)


def _environment(**more: str) -> dict[str, str]:
    """Return what a Python program of ours is started with."""
    # Two pools of memory instead of one for each thread: 10 MB less, and nothing slower.
    return {"MALLOC_ARENA_MAX": "2", **os.environ, **more}


def _worker(**more: str) -> Program:
    """Return the worker with its clock."""
    # On somebody's own machine, as whoever they are: not worth six lines at every start.
    more["PYTHONWARNINGS"] = "ignore:You're running the worker"
    return Program(
        name="worker",
        argv=(sys.executable, "-m", "schoolsafe.supervisor.worker"),
        environment=_environment(**more),
    )


def _loop(reason: str) -> Child:
    """Return the sweep without a broker, and say why."""
    care.say(f"No embedded Valkey: {reason} A plain loop does the worker's and the clock's work.")
    manage = str(BASE_DIR / "manage.py")
    return Child(
        Program(
            name="sweep loop",
            argv=(sys.executable, manage, "run_due", "--loop"),
            environment=_environment(),
        )
    )


def _web(port: int) -> Program:
    """Return the web server: one process with few threads, for this machine only."""
    settings = str(BASE_DIR / "deploy" / "gunicorn.conf.py")
    bind = f"127.0.0.1:{port}"
    return Program(
        name="web server",
        argv=(
            *(sys.executable, "-m", "gunicorn", "--config", settings),
            *("--bind", bind, "--workers", "1", "schoolsafe.wsgi"),
        ),
        environment=_environment(),
    )
