"""Beside django-helpdesk, the usual answer in Django: its list of tickets, and its escalation, in one run.

Both hold as many cases, three hundred of them open; then a tenth more come that are due, and climb. It is
installed from the package registry into `var/peers`, an environment of its own; where that cannot
be done, this says so and measures nothing.
"""

import json
import os
import subprocess
import sys
import venv
from importlib import import_module
from pathlib import Path
from time import perf_counter

import psutil
from django.db import connection
from django.urls import reverse

from notices import services
from schoolsafe.lib import clock
from tests.bench import concerns, place
from tests.conftest import sign_in

ROOT = Path(__file__).resolve().parents[2]
PEER = ROOT / "tests" / "bench" / "peers" / "run_helpdesk.py"
HOME = Path(os.environ.get("BENCH_PEERS", ROOT / "var" / "peers")) / "helpdesk"
PINNED = ("django>=5.2,<5.3", "django-helpdesk==2.6.1", "psycopg[binary]")
SIZES = (1_000, 10_000, 100_000)
OPEN, TIMES = 300, 5


def main() -> None:
    peer = installed()
    if peer is None:
        place.say("django-helpdesk could not be installed here: nothing is measured beside it.")
        return
    log = concerns.open_school()
    made = 0
    for count in SIZES:
        new = OPEN if not made else 0
        concerns.fill(log, open_ones=new, closed=count - made - new)
        made = count
        listed, queries = list_taken(log)
        theirs = asked(peer, count)
        compare(f"{count:,}: list", listed, queries, theirs["list"], theirs["list_queries"])
        due = count // 10
        concerns.fill(log, open_ones=due, due=due)
        climbed(theirs, count, due)
        concerns.close_open(log, but=OPEN)
        made += due


def installed() -> Path | None:
    """Return the Python of the environment in which the peer is, made now unless it is there."""
    python = HOME / "bin" / "python"
    if not python.exists():
        venv.create(HOME, with_pip=True)
    command = [python, "-m", "pip", "install", "--quiet", *PINNED]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return None if done.returncode else python


def asked(peer: Path, count: int) -> dict[str, float]:
    """Return what the peer takes for so many tickets, in a database of its own."""
    if connection.vendor == "postgresql":
        run = import_module("tests.bench.__main__")
        address = run.new_database(os.environ["DATABASE_URL"], f"bench_helpdesk_{count}")
    else:
        address = str(Path(os.environ["SCHOOLSAFE_VAR"]) / f"helpdesk_{count}.sqlite3")
    command = [str(peer), "-W", "ignore", str(PEER), address, str(count), str(OPEN)]
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=clean)
    if done.returncode:
        sys.exit(f"The peer failed: {done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def list_taken(log: concerns.Log) -> tuple[float, int]:
    """Return the time of our queue at its best, and its queries."""
    client = sign_in(log.lead)

    def look() -> None:
        address = reverse("concerns:list")
        assert client.get(address, headers={"host": "127.0.0.1"}).status_code == 200

    look()
    with place.counted() as seen:
        look()
    return min(place.seconds(look) for _ in range(TIMES)), len(seen)


def climbed(theirs: dict[str, float], count: int, due: int) -> None:
    """Let ours climb, and hold it beside theirs."""
    me, done = psutil.Process(), 0
    before = me.memory_info().rss
    began = perf_counter()
    with place.counted() as seen:
        while step := services.climb_due(now=clock.now()):
            done += step
    took = perf_counter() - began
    assert done == due == theirs["climbed"], (done, due, theirs)
    compare(f"{count:,}: {due:,} climb", took, len(seen), theirs["climb"], theirs["climb_queries"])
    grown = max(0, me.memory_info().rss - before) / 2**20
    place.tell(f"log, {due:,} climb: memory grown, MB", grown, note=f"{theirs['climb_mb']:.0f} MB")


def compare(what: str, ours: float, queries: int, theirs: float, their_queries: float) -> None:
    place.tell(
        f"log beside django-helpdesk at {what}, of its time",
        ours / theirs,
        at_most=1,
        note=f"{ours:.3f} s, {queries} queries; {theirs:.3f} s, {their_queries:.0f} queries",
    )
