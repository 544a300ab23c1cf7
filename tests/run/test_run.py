"""`make run` on somebody's machine: it stays up, and leaves nothing behind."""

import contextlib
import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from schoolsafe.supervisor import broker
from tests.run.conftest import Running, free_port

Start = Callable[..., Running]


def page(port: int) -> int:
    """Return the status of the start page."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        line.request("GET", "/accounts/login/", headers={"Host": "localhost"})
        return line.getresponse().status
    finally:
        line.close()


def test_run_survives_every_abuse_and_ctrl_c_leaves_no_process(start: Start) -> None:
    port = free_port()
    running = start(port=port)
    assert running.until("is ready") == (
        f"schoolsafe is ready: http://localhost:{port}   (Ctrl-C stops it)\n"
    )
    assert page(port) == 200

    # A second start says where the first one is, and is no failure.
    second = start(port=free_port())
    second.until(f"already running: http://localhost:{port}")
    assert second.process.wait(30) == 0

    # A frozen Valkey stops no page.
    valkey = running.one("valkey-server")
    valkey.suspend()
    assert page(port) == 200
    valkey.resume()

    # Every part that dies is started again, and so is what had died with it.
    for words, name in [
        ("supervisor.worker", "worker"),
        ("valkey-server", "embedded Valkey"),
        ("gunicorn", "web server"),
    ]:
        part = running.one(words)
        part.kill()
        assert running.until(f"The {name} stopped") == (
            f"The {name} stopped (SIGKILL). Again in 1 s.\n"
        )
        running.until(f"The {name} runs again.")
        assert running.one(words).pid != part.pid
    assert page_soon(running, port) == 200

    assert running.complete(5)
    running.process.send_signal(signal.SIGINT)
    assert running.leaves_nothing()
    assert running.process.returncode == 0


def page_soon(running: Running, port: int) -> int:
    """Return the status of the start page once the new web server answers."""
    for _ in range(200):
        with contextlib.suppress(ConnectionError):
            return page(port)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.process.wait(0.1)
    raise AssertionError("The web server did not come back.")


def test_run_knows_its_port_before_the_demo_writes_a_link(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links in the letters of the demo come from the settings, which were read before the option."""
    settings.DEVELOPMENT = True
    begun: list[tuple[str, str]] = []

    def begin_anew(program: str, argv: list[str]) -> None:
        begun.append((argv[0], os.environ["PORT"]))
        raise SystemExit

    monkeypatch.setenv("PORT", str(settings.PORT))
    monkeypatch.setattr(os, "execv", begin_anew)
    with pytest.raises(SystemExit):
        call_command("run", port=settings.PORT + 1)
    assert begun == [(sys.executable, str(settings.PORT + 1))]


def test_run_killed_at_once_leaves_no_process(start: Start) -> None:
    running = start(port=free_port())
    running.until("is ready")
    assert running.complete(5)  # Valkey, worker, its clock, web server, its worker
    running.process.kill()
    assert running.leaves_nothing()


def test_run_hung_up_leaves_no_process(start: Start) -> None:
    running = start(port=free_port())
    running.until("is ready")
    assert running.complete(5)
    running.process.send_signal(signal.SIGHUP)
    running.until("Stopped.")
    assert running.leaves_nothing()
    assert running.process.returncode == 0


def test_run_on_a_busy_port_says_which_and_what_to_do(start: Start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        running = start(port=port)
        assert running.until("Port") == (
            f"CommandError: Port {port} is taken by another program. Take another one: "
            f"make run PORT={port + 1}\n"
        )
        assert running.process.wait(30) == 1


def driven_by(var: Path, running: Running, wanted: str) -> bool:
    """Wait until a driver of the sweep has said that it is alive."""
    line = sqlite3.connect(f"file:{var / 'schoolsafe.sqlite3'}?mode=ro", uri=True)
    with contextlib.closing(line):
        for _ in range(300):
            names = line.execute("SELECT name FROM notices_heartbeat").fetchall()
            if (wanted,) in names:
                return True
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.process.wait(0.1)
    return False


def test_run_where_no_valkey_can_start_is_driven_by_the_plain_loop(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A path too long for a socket, and the private place for it open to everybody.
    var = tmp_path / ("v" * 100)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with pytest.raises(FileExistsError):
        broker.socket_path(var).parent.mkdir()
    [place] = tmp_path.glob("schoolsafe-*")
    place.chmod(0o755)

    running = start(port=free_port(), SCHOOLSAFE_VAR=str(var), TMPDIR=str(tmp_path))
    said = running.until("No embedded Valkey")
    assert said.endswith("A plain loop does the worker's and the clock's work.\n")
    running.until("is ready")
    assert driven_by(var, running, "loop")
    assert running.complete(3)  # loop, web server, its worker
    running.process.send_signal(signal.SIGINT)
    assert running.leaves_nothing()


@pytest.mark.redis
def test_run_with_redis_of_ones_own_starts_no_valkey(start: Start, tmp_path: Path) -> None:
    port = free_port()
    with subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        cwd=tmp_path, stdout=subprocess.DEVNULL,
    ) as redis:  # fmt: skip
        try:
            running = start(
                port=free_port(),
                SCHOOLSAFE_VAR=str(tmp_path),
                REDIS_URL=f"redis://127.0.0.1:{port}/0",
            )
            running.until("is ready")
            assert driven_by(tmp_path, running, "celery")
            assert running.complete(4)  # worker, its clock, web server, its worker
            running.process.send_signal(signal.SIGINT)
            assert running.leaves_nothing()
        finally:
            redis.terminate()
