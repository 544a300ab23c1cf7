"""Nothing outside may stop a concern or an answer: Redis, SMTP or both frozen, not only absent.

Frozen means that the port takes a connection and then says nothing, for ever. A sender hangs on it
in a thread of its own while the two requests are made.
"""

import os
import select
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client

from concerns.models import Concern
from consent.models import Answer, Request
from consent.selectors import link
from notices import services
from notices.models import Notice
from school.models import StaffMember
from schoolsafe.celery import app
from schoolsafe.lib import clock
from tests import factories
from tests.conftest import sign_in
from tests.journeys.conftest import Clock
from tests.meetings import calls

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]

# Far more than either request needs; far less than a hang. Nothing waits for it when all is well.
DEADLINE = 60.0


@pytest.fixture
def frozen_redis(tmp_path: Path) -> Iterator[None]:
    """A real Redis, stopped in its tracks, with the app pointed at it."""
    # The path of a Unix socket is at most 107 bytes long.
    path = Path("/tmp") / f"schoolsafe-frozen-{os.getpid()}.sock"  # noqa: S108
    server = subprocess.Popen(
        [shutil.which("redis-server") or "redis-server", "--port", "0", "--unixsocket", str(path)],
        stdout=subprocess.DEVNULL,
        cwd=tmp_path,
    )
    while not path.exists() and server.poll() is None:
        select.select([], [], [], 0.01)
    server.send_signal(signal.SIGSTOP)
    before = app.conf.broker_url
    app.conf.broker_url = f"redis+socket://{path}"
    yield
    app.conf.broker_url = before
    app.close()
    server.kill()
    server.wait()
    path.unlink(missing_ok=True)


@pytest.fixture
def frozen_smtp(settings: Any) -> Iterator[socket.socket]:
    """A mail server that takes a connection and never says a word, with the sender pointed at it."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=16)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_TIMEOUT = 15
        yield silent


def in_thread(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Begin something as a process of its own would, with its own connection."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, found


def in_time(work: Callable[[], Any]) -> Any:
    """Do something as a web server would, and fail when it hangs."""
    thread, found = in_thread(work)
    thread.join(DEADLINE)
    assert not thread.is_alive(), "the request hangs"
    return found[0]


def file_concern(reporter: StaffMember) -> int:
    typed = {
        "key": str(uuid4()),
        "urgency": "urgent",
        "seen": "A child said that they are afraid to go home.",
        "happened": "unknown",
    }
    return int(sign_in(reporter).post("/concerns/log/", typed).status_code)


def answer(request: Request, name: str, story_clock: Clock) -> str:
    """Answer on the two pages, as a parent does; return what was kept."""
    path = link(request).split("/", 3)[3]
    said = {
        "takes_part": "yes",
        "name": name,
        "relationship": "mother",
        "version": str(request.question.version),
    }
    parent = Client()
    check = parent.post(f"/{path}", said)
    story_clock.forward(timedelta(seconds=5))
    parent.post(f"/{path}confirm/", {"sealed": check.context["sealed"]})
    return Answer.objects.get(request=request).kind


def file_and_answer(host: StaffMember, lead: StaffMember, story_clock: Clock) -> None:
    """Do both, and find them kept with everything that is due because of them."""
    request = Request.objects.select_related("question").get(guardian__name="Grace Okafor")
    assert in_time(lambda: file_concern(host)) == 302
    assert in_time(lambda: answer(request, "Grace Okafor", story_clock)) == "yes"
    concern = Concern.objects.get()
    alerts = Notice.objects.filter(kind="concern_alert", about=concern.object)
    assert [notice.staff for notice in alerts] == [lead]


@pytest.fixture
def asked(story_clock: Clock, host: StaffMember, co_host: StaffMember, lead: StaffMember) -> None:
    """Two families have been asked; the letters to them are due."""
    maya, tom = factories.make_pupil("Maya"), factories.make_pupil("Tom")
    factories.make_guardian(maya, name="Grace Okafor")
    factories.make_guardian(tom, name="Peter Brandt")
    factories.make_term()
    calls.asked(host, [maya, tom], co_hosts=[co_host])


def test_frozen_redis_stops_neither_a_concern_nor_an_answer(
    asked: None, frozen_redis: None, host: StaffMember, lead: StaffMember, story_clock: Clock
) -> None:
    file_and_answer(host, lead, story_clock)


def test_frozen_smtp_stops_neither_a_concern_nor_an_answer(
    asked: None,
    frozen_smtp: socket.socket,
    host: StaffMember,
    lead: StaffMember,
    story_clock: Clock,
) -> None:
    sender, _ = in_thread(lambda: services.run_due(clock.now()))
    line, _ = frozen_smtp.accept()
    # The sender now hangs with a letter in its hand.
    with closing(line):
        file_and_answer(host, lead, story_clock)
    sender.join(DEADLINE)
    assert not sender.is_alive()
    assert not Notice.objects.filter(state="sent").exists()


def test_frozen_redis_and_smtp_stop_neither_a_concern_nor_an_answer(
    asked: None,
    frozen_redis: None,
    frozen_smtp: socket.socket,
    host: StaffMember,
    lead: StaffMember,
    story_clock: Clock,
) -> None:
    sender, _ = in_thread(lambda: services.run_due(clock.now()))
    line, _ = frozen_smtp.accept()
    with closing(line):
        file_and_answer(host, lead, story_clock)
    sender.join(DEADLINE)
    assert not sender.is_alive()
