"""`make run` on somebody's machine: it stays up, and leaves nothing behind."""

import contextlib
import http.client
import signal
import socket
import subprocess
from collections.abc import Callable

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
