"""A sender is killed at every point of a batch: nothing is lost, at most the letter in hand repeats."""

import os
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction

from notices import kinds, services
from notices.models import Delivery, Notice
from tests import factories
from tests.notices import letters
from tests.notices.letters import REQUEST, draft
from tests.notices.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 9, 15, 13, 0, tzinfo=UTC)
# After this the lease of a dead sender has run out.
LATER = NOW + timedelta(minutes=3)

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """A pipe that a letter of kind test_waiting waits for while it is written."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


@pytest.fixture
def start(tmp_path: Path, sink: Sink, settings: Any, fifo: Path) -> Iterator[Start]:
    """Start senders in processes of their own, on this test's database and mail server."""
    database = connection.settings_dict
    (tmp_path / "keys.json").symlink_to(Path(django_settings.VAR_DIR) / "keys.json")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "schoolsafe.settings",
        "SCHOOLSAFE_MODE": "development",
        "SCHOOLSAFE_VAR": str(tmp_path),
        "SMTP_URL": f"smtp://127.0.0.1:{settings.EMAIL_PORT}",
        "MAIL_RATE_PER_MINUTE": "0",
    }
    if connection.vendor == "sqlite":
        (tmp_path / "schoolsafe.sqlite3").symlink_to(database["NAME"])
        environment.pop("DATABASE_URL", None)
    else:
        where = f"{quote(database['HOST'], safe='')}:{database['PORT']}"
        who = f"{database['USER']}:{quote(database['PASSWORD'])}"
        environment["DATABASE_URL"] = f"postgresql://{who}@{where}/{database['NAME']}"
    running: list[subprocess.Popen[bytes]] = []

    def begin(now: datetime = NOW) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.notices.sender", now.isoformat(), str(fifo)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment)
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.wait()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait, busily but briefly, for another process to get somewhere."""
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "the other process never got there"
        select.select([], [], [], 0.01)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


@contextmanager
def write_lock() -> Iterator[None]:
    """Hold the database so that no other process can commit (SQLite)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE notices_notice SET why = why")
        yield


def queue(count: int = 5, kind: kinds.Kind = REQUEST) -> None:
    with transaction.atomic():
        services.queue([draft(kind, f"k{n}", at=NOW) for n in range(count)], now=NOW)


def in_state(state: str) -> int:
    return Notice.objects.filter(state=state).count()


def everything_went_out(sink: Sink, *, at_most_twice: int) -> None:
    """Finish with a sender of this process; nothing is lost and few went twice."""
    services.run_due(LATER)
    assert in_state("sent") == Notice.objects.count()
    times = Counter(sink.message_ids)
    assert len(times) == Notice.objects.count()
    assert sum(times.values()) - len(times) <= at_most_twice


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL locks rows, not the file")
def test_killed_before_the_claim_is_written(start: Start, sink: Sink) -> None:
    queue()
    with write_lock():
        process = start()
        select.select([], [], [], 2)
        assert process.poll() is None
        kill(process)
    assert in_state("due") == 5
    everything_went_out(sink, at_most_twice=0)


def test_killed_after_the_claim_while_it_writes_the_letter(start: Start, sink: Sink) -> None:
    kinds.register(letters.kind("test_waiting", kinds.Urgency.BULK))
    queue(kind=kinds.kind("test_waiting"))
    process = start()
    wait_until(lambda: in_state("sending") == 5)
    kill(process)
    assert Notice.objects.exclude(handed_at=None).count() == 0
    services.run_due(NOW + timedelta(minutes=1))
    assert in_state("sending") == 5
    everything_went_out(sink, at_most_twice=0)
    assert Delivery.objects.filter(outcome="unknown").count() == 0


def test_killed_with_the_letter_in_its_hand_before_the_answer(start: Start, sink: Sink) -> None:
    queue()
    sink.answer_data.clear()
    process = start()
    assert sink.got_data.wait(30)
    wait_until(lambda: Notice.objects.exclude(handed_at=None).count() == 1)
    kill(process)
    sink.answer_data.set()
    everything_went_out(sink, at_most_twice=1)
    assert Delivery.objects.filter(outcome="unknown").count() == 1
    first, *others = sink.letters
    assert others.count(first) == 1


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL locks rows, not the file")
def test_killed_after_the_answer_before_it_is_written_down(start: Start, sink: Sink) -> None:
    queue()
    sink.answer_data.clear()
    process = start()
    assert sink.got_data.wait(30)
    with write_lock():
        sink.answer_data.set()
        select.select([], [], [], 1)
        kill(process)
    assert in_state("sending") == 5
    everything_went_out(sink, at_most_twice=1)
    first, *others = sink.letters
    assert others.count(first) == 1


@pytest.mark.parametrize("after", [1, 7, 20, 33])
def test_killed_anywhere_in_a_batch(after: int, start: Start, sink: Sink) -> None:
    queue(40)
    process = start()
    wait_until(lambda: len(sink.letters) >= after)
    kill(process)
    everything_went_out(sink, at_most_twice=1)


def queue_for(guardian_id: int, pupil_id: int, count: int = 4) -> None:
    """Several that are due to one person and go as one letter."""
    drafts = [
        draft(letters.ASKED, f"d{n}", at=NOW, guardian_id=guardian_id, pupil_ids=(pupil_id,))
        for n in range(count)
    ]
    with transaction.atomic():
        services.queue(drafts, now=NOW)


def family() -> tuple[int, int]:
    factories.make_school()
    pupil = factories.make_pupil()
    return factories.make_guardian(pupil).pk, pupil.pk


def all_out(sink: Sink, *, letters_at_most: int) -> None:
    """Finish here; every notice is out, in so few letters, and a repeat is the same letter."""
    services.run_due(LATER)
    assert in_state("sent") == Notice.objects.count()
    assert len(sink.letters) <= letters_at_most
    assert len(set(sink.letters)) == len(set(sink.message_ids)) == 1


def test_e52_killed_with_a_letter_of_several_in_its_hand_it_alone_repeats(
    start: Start, sink: Sink
) -> None:
    queue_for(*family())
    sink.answer_data.clear()
    process = start()
    assert sink.got_data.wait(30)
    wait_until(lambda: Notice.objects.exclude(handed_at=None).count() == 4)
    kill(process)
    sink.answer_data.set()
    all_out(sink, letters_at_most=2)
    assert Delivery.objects.filter(outcome="unknown").count() == 4


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL locks rows, not the file")
def test_e52_killed_after_the_answer_before_it_is_written_for_each(
    start: Start, sink: Sink
) -> None:
    queue_for(*family())
    sink.answer_data.clear()
    process = start()
    assert sink.got_data.wait(30)
    with write_lock():
        sink.answer_data.set()
        select.select([], [], [], 1)
        kill(process)
    assert in_state("sending") == 4
    all_out(sink, letters_at_most=2)


def test_e52_two_processes_at_once_send_each_person_one_letter(start: Start, sink: Sink) -> None:
    factories.make_school()
    for _ in range(15):
        pupil = factories.make_pupil()
        guardian = factories.make_guardian(pupil)
        drafts = [
            draft(letters.ASKED, f"{guardian.pk}:{n}", at=NOW, guardian_id=guardian.pk,
                  pupil_ids=(pupil.pk,))
            for n in range(4)
        ]  # fmt: skip
        with transaction.atomic():
            services.queue(drafts, now=NOW)
    one, other = start(), start()
    assert (one.wait(60), other.wait(60)) == (0, 0)
    assert in_state("sent") == 60
    assert len(sink.letters) == 15
    assert set(Counter(sink.recipients).values()) == {1}


def test_two_processes_at_once_send_each_letter_once(start: Start, sink: Sink) -> None:
    queue(60)
    one, other = start(), start()
    assert (one.wait(60), other.wait(60)) == (0, 0)
    assert in_state("sent") == 60
    assert set(Counter(sink.message_ids).values()) == {1}
    assert len(sink.message_ids) == 60
