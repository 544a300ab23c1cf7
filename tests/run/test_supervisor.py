"""The parts of the supervisor, without the whole of schoolsafe."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from schoolsafe.supervisor import broker, care
from schoolsafe.supervisor.child import Child, Program
from schoolsafe.supervisor.leash import leash

DIES = Program(name="part", argv=(sys.executable, "-c", "raise SystemExit(3)"), environment={})
STAYS = Program(name="part", argv=("sleep", "60"), environment={"PATH": "/usr/bin:/bin"})


def died(child: Child) -> None:
    """Wait until its process has ended."""
    assert child.process
    child.process.wait(20)


def test_child_that_keeps_dying_is_tried_less_and_less_often() -> None:
    child = Child(DIES)
    child.start(0.0)
    waits = []
    now = 0.0
    for _ in range(7):
        died(child)
        line = child.tend(now)
        assert child.due_at is not None
        waits.append(child.due_at - now)
        now = child.due_at
        child.tend(now)
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert line == "The part stopped (exit code 3). Again in 30 s."
    child.stop(within=20)


def test_child_that_ran_for_a_minute_is_tried_again_at_once() -> None:
    child = Child(STAYS)
    child.wait = 16.0
    child.start(0.0)
    assert child.process
    child.process.kill()
    died(child)
    assert child.tend(60.0) == "The part stopped (SIGKILL). Again in 1 s."


def test_child_that_will_not_go_is_ended() -> None:
    deaf = Program(
        name="part",
        argv=("sh", "-c", "trap '' TERM; sleep 60 & wait"),
        environment={"PATH": "/usr/bin:/bin"},
    )
    child = Child(deaf)
    child.start(0.0)
    child.ask_to_stop()
    child.stop(within=0.0)
    assert child.process
    assert child.process.returncode in {-signal.SIGKILL, -signal.SIGTERM}


def test_stop_ends_what_the_others_lean_on_last(monkeypatch: pytest.MonkeyPatch) -> None:
    children = [Child(STAYS), Child(STAYS)]
    for child in children:
        child.start(0.0)
    care.stop(children)
    assert [child.process and child.process.returncode for child in children] == [-15, -15]


def test_socket_path_that_is_too_long_moves_to_a_private_place(tmp_path: Path) -> None:
    short, long = tmp_path, tmp_path / ("long" * 30)
    if len(str(short)) < 80:
        assert broker.socket_path(short) == short / "valkey.sock"
    place = broker.socket_path(long)
    assert len(str(place)) <= broker.LONGEST_ADDRESS
    assert place == broker.socket_path(long)
    assert place.parent.stat().st_mode & 0o777 == 0o700
    place.parent.rmdir()


def test_socket_path_open_to_others_is_refused(tmp_path: Path) -> None:
    place = broker.socket_path(tmp_path / ("long" * 30)).parent
    place.chmod(0o755)
    with pytest.raises(PermissionError, match="belongs to somebody else"):
        broker.socket_path(tmp_path / ("long" * 30))
    place.rmdir()


def test_broker_starts_answers_and_stops(tmp_path: Path) -> None:
    path = broker.socket_path(tmp_path)
    server = broker.program(path)
    assert server
    child = Child(server)
    assert not broker.answers(path)
    assert broker.start(child, path)
    assert broker.answers(path)
    child.ask_to_stop()
    child.stop(within=10)
    assert not broker.answers(path)


def test_broker_that_cannot_start_says_so(tmp_path: Path) -> None:
    assert not broker.start(Child(DIES), tmp_path / "valkey.sock")
    missing = Program(name="part", argv=("/nowhere/valkey-server",), environment={})
    assert not broker.start(Child(missing), tmp_path / "valkey.sock")


def test_child_hears_the_signal_of_its_leash_though_whoever_started_it_ignores_it() -> None:
    # As a shell has it for what runs in the background.
    before = signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    try:
        child = subprocess.Popen(["sleep", "60"], preexec_fn=leash(signal.SIGQUIT))
        child.send_signal(signal.SIGQUIT)
        assert child.wait(20) == -signal.SIGQUIT
    finally:
        signal.signal(signal.SIGQUIT, before)
        child.kill()
        child.wait()
