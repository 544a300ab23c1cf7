"""A sweep is killed between what Microsoft has done and our writing it down: one event all the same."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.db import connection

from meetings import services
from meetings.models import Meeting, TeamsEvent
from notices.services import run_due
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from tests.meetings import calls
from tests.meetings.graph.fake import FakeGraph
from tests.notices.test_kill import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[3]
Family = tuple[Guardian, Pupil]
# By then the loan of a sweep that died is over.
AFTER = timedelta(minutes=6)


@pytest.fixture
def wanted(
    graph: FakeGraph, known_host: StaffMember, known_co_host: StaffMember, amy: Family, ben: Family
) -> Meeting:
    """A call that is wanted in Teams."""
    what = calls.plan_of([amy[1], ben[1]], co_hosts=[known_co_host])
    meeting = services.plan(by=known_host, what=what)
    services.create_in_teams(meeting, by=known_host)
    return meeting


@pytest.fixture
def sweeper(tmp_path: Path, graph: FakeGraph, school_day: datetime) -> Iterator[Any]:
    """Start a sweep in a process of its own, on this test's database and Microsoft."""
    (tmp_path / "keys.json").symlink_to(Path(django_settings.VAR_DIR) / "keys.json")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "schoolsafe.settings",
        "SCHOOLSAFE_MODE": "development",
        "SCHOOLSAFE_VAR": str(tmp_path),
    }
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        (tmp_path / "schoolsafe.sqlite3").symlink_to(database["NAME"])
        environment.pop("DATABASE_URL", None)
    else:
        where = f"{quote(database['HOST'], safe='')}:{database['PORT']}"
        who = f"{database['USER']}:{quote(database['PASSWORD'])}"
        environment["DATABASE_URL"] = f"postgresql://{who}@{where}/{database['NAME']}"
    # Somebody who waits for an answer that comes when the test says so.
    patient = json.dumps(asdict(graph.settings(patience=30)))
    running: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-m",
            "tests.meetings.graph.sweeper",
            school_day.isoformat(),
            patient,
        ]
        process = subprocess.Popen(command, cwd=ROOT, env=environment)
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize("dedupes", [True, False])
def test_killed_after_microsoft_has_made_the_event_the_next_sweep_finds_it(
    graph: FakeGraph, wanted: Meeting, sweeper: Any, dedupes: bool
) -> None:
    graph.dedupes = dedupes
    graph.hold, graph.held_at = threading.Event(), "/events"
    process = sweeper()
    wait_until(lambda: len(graph.events) == 1)
    kill(process)
    graph.hold.set()
    row = TeamsEvent.objects.get()
    assert (row.state, row.event_id) == ("wanted", "")
    # The loan of the dead is not over: nobody goes twice.
    run_due(clock.now() + timedelta(minutes=1))
    assert len(graph.calls_to("POST", "/events")) == 1
    run_due(clock.now() + AFTER)
    wanted.refresh_from_db()
    [event] = graph.standing()
    assert TeamsEvent.objects.get().state == "hardened"
    assert wanted.join_url == event["onlineMeeting"]["joinUrl"]
    assert len(graph.calls_to("POST", "/events")) == 1


def test_killed_while_it_calls_the_event_off(
    graph: FakeGraph, wanted: Meeting, sweeper: Any, known_host: StaffMember
) -> None:
    run_due(clock.now())
    services.cancel(wanted, by=known_host)
    graph.hold, graph.held_at = threading.Event(), "/cancel"
    process = sweeper()
    wait_until(lambda: graph.standing() == [])
    kill(process)
    graph.hold.set()
    assert TeamsEvent.objects.get().state == "unwanted"
    run_due(clock.now() + AFTER)
    assert TeamsEvent.objects.get().state == "cancelled"


def test_cancelled_while_microsoft_is_making_it_nothing_is_left(
    graph: FakeGraph, wanted: Meeting, sweeper: Any, known_host: StaffMember
) -> None:
    graph.hold, graph.held_at = threading.Event(), "/events"
    process = sweeper()
    wait_until(lambda: len(graph.events) == 1)
    services.cancel(wanted, by=known_host)
    graph.hold.set()
    assert process.wait(30) == 0
    run_due(clock.now() + timedelta(seconds=10))
    assert TeamsEvent.objects.get().state == "cancelled"
    assert graph.standing() == []
    wanted.refresh_from_db()
    assert wanted.join_url == ""
