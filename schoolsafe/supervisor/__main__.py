"""What `manage.py run` becomes once the database is ready: it waits, and costs next to nothing."""

import argparse
import os
import socket
import sys
import time
from pathlib import Path

from schoolsafe.supervisor import broker, care
from schoolsafe.supervisor.child import Child, Program

# How often the embedded Valkey is asked whether it is there, and how often it may keep silent.
ASK_EVERY = 10.0
SILENT_AT_MOST = 3
BASE_DIR = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    """Start everything, say where it is, look after it, stop it."""
    chosen = _arguments()
    care.say("Starting the web server, the worker and its clock ...")
    bell = care.Bell()
    children, watch = _background(chosen.var)
    web = Child(_web(chosen.port))
    for child in [*children, web]:
        if child.process is None:
            child.start(time.monotonic())
    children = [*children, web]
    # Ctrl-C while we wait is kept by the bell and acted on below.
    if _answers(web, chosen.port, within=30.0):
        care.say(f"\nschoolsafe is ready: {chosen.address}   (Ctrl-C stops it)")
    care.look_after(children, bell, every=watch.every, look=watch.look)
    care.say("Stopping ...")
    care.stop(children)
    care.say("Stopped.")
    return 0


def _arguments() -> argparse.Namespace:
    """Read what `manage.py run` has decided."""
    parser = argparse.ArgumentParser(prog="schoolsafe.supervisor")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--var", type=Path, required=True)
    return parser.parse_args()


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


def _background(var: Path) -> tuple[list[Child], Watch]:
    """Return who does what is due: Celery on Redis, Celery on our own Valkey, or the plain loop."""
    environment = dict(os.environ)
    if environment.get("REDIS_URL"):
        return [Child(_celery(environment))], Watch()
    try:
        path = broker.socket_path(var)
    except OSError as fault:
        return [_loop(environment, str(fault))], Watch()
    if (server := broker.program(path)) is None:
        return [_loop(environment, "There is none for this kind of machine.")], Watch()
    child = Child(server)
    if not broker.start(child, path):
        return [_loop(environment, "It did not start.")], Watch()
    environment["VALKEY_SOCKET"] = str(path)
    return [child, Child(_celery(environment))], Watch(child, path)


def _loop(environment: dict[str, str], reason: str) -> Child:
    """Return the sweep without a broker, and say why."""
    care.say(f"No embedded Valkey: {reason} A plain loop does the worker's and the clock's work.")
    return Child(
        Program(
            name="sweep loop",
            argv=(sys.executable, str(BASE_DIR / "manage.py"), "run_due", "--loop"),
            environment=environment,
        )
    )


def _celery(environment: dict[str, str]) -> Program:
    """Return the worker with its clock."""
    return Program(
        name="worker",
        argv=(
            *(sys.executable, "-m", "celery", "--quiet", "--app", "schoolsafe", "worker"),
            *("--beat", "--scheduler", "celery.beat:Scheduler"),
            *("--pool", "solo", "--loglevel", "WARNING"),
            # One worker has nobody to talk to.
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ),
        # On somebody's own machine, as whoever they are: not worth six lines at every start.
        environment=environment | {"PYTHONWARNINGS": "ignore:You're running the worker"},
    )


def _web(port: int) -> Program:
    """Return the web server: one process with few threads, for this machine only."""
    return Program(
        name="web server",
        argv=(
            *(
                sys.executable,
                "-m",
                "gunicorn",
                "--config",
                str(BASE_DIR / "deploy/gunicorn.conf.py"),
            ),
            *("--bind", f"127.0.0.1:{port}", "--workers", "1", "schoolsafe.wsgi"),
        ),
        environment=dict(os.environ),
    )


def _answers(web: Child, port: int, *, within: float) -> bool:
    """Wait until the web server answers a page; tell whether it did."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline and web.process and web.process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=within) as line:
                line.sendall(b"HEAD / HTTP/1.0\r\nHost: localhost\r\n\r\n")
                if line.recv(12).startswith(b"HTTP/"):
                    return True
        except OSError:
            time.sleep(0.05)
    return False


if __name__ == "__main__":
    sys.exit(main())
