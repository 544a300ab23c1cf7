"""`make bench`: every figure beside its control, in one run, on SQLite and on PostgreSQL.

`python -m tests.bench pages sweeps` takes only those. PostgreSQL is started for this run alone, in
a temporary folder; a machine without it measures SQLite alone. Nothing here fails a build: a figure
that misses its target says NOT MET, and a person decides.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from deploy import run_tests
from tests.bench.place import Figure, open_school, say

ROOT = Path(__file__).resolve().parents[2]
EVERYWHERE = (
    "pages",
    "lost",
    "lists",
    "asking",
    "sweeps",
    "chain",
    "letters",
    "register",
    "log",
    "helpdesk",
    "searching",
    "importing",
)
EMBEDDED_ONLY = ("sealing", "attendance", "invitations", "figures")
SERVER_ONLY = ("trust",)
IDLE_SECONDS = "30"


def take(figures: list[str], folder: Path, results: Path, database: str = "") -> None:
    """Take each figure in a process and a database of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"BENCH_RESULTS": str(results), "SCHOOLSAFE_MODE": "development"}
    environment["PYTHONWARNINGS"] = "ignore"
    for figure in figures:
        place = folder / (figure + "-postgresql" * bool(database))
        here = environment | {"SCHOOLSAFE_VAR": str(place)}
        if database:
            here["DATABASE_URL"] = new_database(database, f"bench_{figure}")
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=here, check=True)
        one = [sys.executable, "-m", "tests.bench", "--here", figure]
        if subprocess.run(one, cwd=ROOT, env=here, check=False).returncode:
            say(f"{figure} could not be taken.")


def new_database(server: str, name: str) -> str:
    """Make an empty database beside the one named, and return its address."""
    create = f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"'
    psycopg = import_module("psycopg")
    with psycopg.connect(server, autocommit=True) as line:
        for statement in create:
            line.execute(statement)
    return f"{server.rpartition('/')[0]}/{name}"


def idle(results: Path) -> None:
    """Watch the embedded demo doing nothing."""
    command = [sys.executable, str(ROOT / "tests" / "bench" / "idle.py"), IDLE_SECONDS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = re.search(r"([\d.]+) % of a core, (\d+) MB in all", done.stdout)
    if not found:
        say(f"idle could not be taken.\n{done.stdout}{done.stderr}")
        return
    figures = (
        Figure(name="doing nothing: % of a core", value=float(found[1]), at_most=1),
        Figure(name="doing nothing: MB, all processes", value=float(found[2]), at_most=350),
    )
    with results.open("a") as kept:
        for figure in figures:
            say(figure.line())
            kept.write(json.dumps(asdict(figure)) + "\n")


def table(results: Path) -> None:
    """Print every figure once more, together."""
    if not results.exists():
        return
    figures = [Figure(**json.loads(line)) for line in results.read_text().splitlines()]
    say("\n" + "\n".join(figure.line() for figure in figures))
    held = [figure for figure in figures if figure.target]
    met = sum(figure.is_met for figure in held)
    say(f"\n{met} of {len(held)} targets met.")


def main(wanted: list[str]) -> None:
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="schoolsafe-bench-")))
        results = folder / "results"
        here = [
            name
            for name in (*EVERYWHERE, *EMBEDDED_ONLY, *SERVER_ONLY)
            if not wanted or name in wanted
        ]
        say("--- SQLite, as `make run` has it ---")
        take([name for name in here if name not in SERVER_ONLY], folder, results)
        also = [name for name in here if name not in EMBEDDED_ONLY]
        database = os.environ.get("DATABASE_URL") or stack.enter_context(run_tests.postgresql())
        if database and also:
            say("--- PostgreSQL ---")
            take(also, folder, results, database)
        if not wanted or "idle" in wanted:
            say("--- doing nothing ---")
            idle(results)
        table(results)
    say(f"Taken in {time.monotonic() - began:.0f} s.")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        open_school()
        import_module(f"tests.bench.{sys.argv[2]}").main()
    else:
        main(sys.argv[1:])
