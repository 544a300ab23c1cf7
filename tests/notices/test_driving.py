"""The three drivers, the heartbeat, and a broker that is frozen or emptied."""

import ast
import os
import select
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notices import kinds, selectors, services
from notices.kinds import Watch
from notices.models import Heartbeat, Notice
from notices.tasks import run_due as run_due_task
from schoolsafe.celery import app
from schoolsafe.lib import clock
from tests.notices.letters import ALERT, REQUEST, draft
from tests.notices.sink import Sink

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("audit", "school", "notices", "consent", "meetings", "concerns", "schoolsafe")
Queue = Callable[..., list[Notice]]


# --- Heartbeat ------------------------------------------------------------------------------------
def test_silence_is_a_sentence_after_ten_minutes_and_not_before(school_day: datetime) -> None:
    assert selectors.silence(school_day) == (
        "Reminders and alerts are not being sent: the sender has not run yet. "
        "Tell people by telephone, and tell IT."
    )
    services.run_due(school_day)
    assert selectors.silence(school_day + timedelta(minutes=10)) == ""
    assert selectors.silence(school_day + timedelta(minutes=10, seconds=1)) == (
        "Reminders and alerts have not been sent since Tuesday 15 September, 2:00 pm. "
        "Tell people by telephone, and tell IT."
    )


def test_each_driver_has_its_own_heartbeat_and_writes_it_once_a_minute(
    school_day: datetime,
) -> None:
    for seconds in (0, 3, 59):
        services.run_due(school_day + timedelta(seconds=seconds), driver="loop")
    services.run_due(school_day + timedelta(seconds=30), driver="celery")
    assert dict(Heartbeat.objects.values_list("name", "at")) == {
        "loop": school_day,
        "celery": school_day + timedelta(seconds=30),
    }
    services.run_due(school_day + timedelta(seconds=60), driver="loop")
    assert Heartbeat.objects.get(name="loop").at == school_day + timedelta(seconds=60)


def test_idle_sweep_is_one_query_that_an_index_answers(school_day: datetime, queued: Queue) -> None:
    queued(*(draft(REQUEST, f"k{n}", at=school_day + timedelta(days=1)) for n in range(50)))
    services.beat("once", now=school_day)
    with CaptureQueriesContext(connection) as seen:
        services.run_due(school_day)
    assert len(seen) == 1
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + seen[0]["sql"])
            plan = " ".join(row[3] for row in cursor.fetchall())
        assert "SCAN" not in plan.replace("SCAN CONSTANT ROW", "")
        assert "notice_due" in plan
        assert "notice_sending" in plan
        assert "ladder_due" in plan


def test_watch_that_fails_stops_neither_the_others_nor_the_letters(
    school_day: datetime, queued: Queue
) -> None:
    seen: list[int] = []

    def see_to(pk: int, now: datetime) -> None:
        if pk == 2:
            raise ValueError
        seen.append(pk)

    def broken(now: datetime) -> list[int]:
        raise ValueError

    kinds.register_watch(Watch(name="test_broken", turned=broken, see_to=see_to))
    kinds.register_watch(Watch(name="test_whole", turned=lambda now: [1, 2, 3], see_to=see_to))
    with pytest.raises(ValueError, match="two watches called test_whole"):
        kinds.register_watch(Watch(name="test_whole", turned=broken, see_to=see_to))
    queued(draft(REQUEST, "one", at=school_day))
    for seconds in (0, 59):
        services.run_due(school_day + timedelta(seconds=seconds))
    assert seen == [1, 3]
    assert Notice.objects.get().state == "sent"


# --- Drivers --------------------------------------------------------------------------------------
def test_task_sweeps_and_takes_no_arguments(school_day: datetime, queued: Queue) -> None:
    queued(draft(REQUEST, "one", at=school_day))
    run_due_task()
    assert Notice.objects.get().state == "sent"
    assert Heartbeat.objects.get().name == "celery"


def test_beat_drives_the_task_and_a_stale_tick_expires(settings: Any) -> None:
    app.loader.import_default_modules()
    [entry] = settings.CELERY_BEAT_SCHEDULE.values()
    assert entry["task"] in app.tasks
    assert entry["options"]["expires"] <= entry["schedule"]
    assert app.conf.task_ignore_result
    assert app.conf.worker_prefetch_multiplier == 1


def test_command_once_sends_what_is_due(school_day: datetime, queued: Queue) -> None:
    queued(draft(REQUEST, "one", at=school_day))
    call_command("run_due")
    assert Notice.objects.get().state == "sent"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_command_loop_sends_until_it_is_asked_to_stop(
    how: signal.Signals, school_day: datetime, queued: Queue
) -> None:
    """The signal reaches this very process, when the second letter has been written."""
    queued(draft(REQUEST, "one", at=school_day))
    before = signal.getsignal(how)

    def ask_when_sent() -> None:
        until = time.monotonic() + 20
        while not mail.outbox and time.monotonic() < until:
            select.select([], [], [], 0.01)
        os.kill(os.getpid(), how)

    asker = threading.Thread(target=ask_when_sent)
    asker.start()
    call_command("run_due", "--loop", "--every", "0.01")
    asker.join()
    assert Notice.objects.get().state == "sent"
    assert signal.getsignal(how) is before


# --- The broker -----------------------------------------------------------------------------------
def test_nothing_in_the_product_publishes_to_the_broker() -> None:
    """Beat alone does: a request that publishes hangs with the broker."""
    publishing = {"delay", "apply_async", "send_task", "delay_on_commit", "apply_async_on_commit"}
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in publishing
    ]
    assert found == []


def test_only_the_delivery_and_the_mailbox_know_mail() -> None:
    knows = sorted(
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "django.core.mail" in path.read_text() and path.name != "settings.py"
    )
    assert knows == ["notices/delivery/mail.py", "schoolsafe/mailbox.py"]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A broker of this test's own, on a socket, with the app pointed at it."""
    server = shutil.which("redis-server")
    assert server is not None
    # The path of a Unix socket is at most 107 bytes long.
    where = Path("/tmp") / f"schoolsafe-{os.getpid()}.sock"  # noqa: S108
    process = subprocess.Popen(
        [server, "--port", "0", "--unixsocket", str(where), "--save", "", "--daemonize", "no"],
        stdout=subprocess.DEVNULL,
        cwd=tmp_path,
    )
    until = time.monotonic() + 20
    while not where.exists() and time.monotonic() < until:
        select.select([], [], [], 0.01)
    before = app.conf.broker_url
    app.conf.broker_url = f"redis+socket://{where}"
    yield process
    app.conf.broker_url = before
    app.close()
    process.send_signal(signal.SIGCONT)
    process.kill()
    process.wait()
    where.unlink(missing_ok=True)


def knocks() -> int:
    """Count who has connected to the broker since it began, this count's own line included."""
    with app.connection_for_read() as line:
        return int(line.default_channel.client.info("stats")["total_connections_received"])


@pytest.mark.redis
def test_with_the_broker_frozen_things_are_queued_served_and_sent(
    redis: subprocess.Popen[bytes], queued: Queue, client: Client, school: object
) -> None:
    """Nobody as much as knocks: whoever waits for a frozen broker waits without end."""
    assert knocks() == 1
    redis.send_signal(signal.SIGSTOP)
    queued(draft(ALERT, "one", at=clock.now()))
    assert client.get("/health/").json() == {"status": "red", "sweep": "silent"}
    call_command("run_due")
    assert Notice.objects.get().state == "sent"
    redis.send_signal(signal.SIGCONT)
    # What knocked meanwhile stands in the broker's queue before this.
    assert knocks() == 2


@pytest.mark.redis
def test_emptied_broker_loses_nothing(
    redis: subprocess.Popen[bytes], queued: Queue, sink: Sink
) -> None:
    with app.connection_for_write() as line:
        queue = line.SimpleQueue("celery")
        queue.put({"a": "tick that beat has sent"})
        assert queue.qsize() == 1
        line.default_channel.client.flushall()
        queue.close()
    queued(draft(ALERT, "one", at=clock.now()))
    services.run_due(clock.now())
    assert len(sink.letters) == 1


@pytest.mark.parametrize("bulk", [600])
def test_urgent_letter_is_out_within_five_while_six_hundred_are_sent(
    bulk: int, queued: Queue, sink: Sink
) -> None:
    """Five letters are ten seconds at the slowest provider, which takes thirty a minute."""
    queued(*(draft(REQUEST, f"k{n}", at=clock.now()) for n in range(bulk)))
    taken = sink.handle_DATA
    reached = threading.Event()

    async def note(*args: Any) -> str:
        if len(sink.letters) == 50:
            reached.set()
        return await taken(*args)

    sink.handle_DATA = note  # type: ignore[method-assign]
    services.run_due(clock.now(), should_stop=reached.is_set)
    sent = len(sink.letters)
    queued(draft(ALERT, "urgent", at=clock.now()))
    services.run_due(clock.now(), should_stop=lambda: len(sink.letters) >= 100)
    assert sum(b"About tests.thing:urgent" in text for text in sink.letters[sent:][:5]) == 1
    assert Notice.objects.filter(state="due").count() > 400
