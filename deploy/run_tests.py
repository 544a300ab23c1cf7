"""`make test`: every test, on SQLite, in a browser, and on PostgreSQL with Redis.

PostgreSQL and Redis are started for this run alone, in a temporary folder and on free ports, and
are gone afterwards: nothing on the machine is touched. DATABASE_URL and REDIS_URL name others.
What the machine lacks is said in one line; under CI=true it is a failure.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from schoolsafe.supervisor.leash import leash

ROOT = Path(__file__).resolve().parent.parent
PY = str(ROOT / ".venv" / "bin" / "python")
IS_CI = os.environ.get("CI") == "true"
WORKERS = str(min(os.cpu_count() or 2, 8))
NO_TESTS = 5


class Group(NamedTuple):
    """Tests that run together, and whether it is counted what they reach."""

    name: str
    marks: str
    is_counted: bool = False

    @property
    def options(self) -> tuple[str, ...]:
        """What pytest is told beside the marks."""
        counting = ("--cov", "--cov-report=", "--cov-fail-under=0") if self.is_counted else ()
        return ("--numprocesses", WORKERS, "--dist", "worksteal", *counting)


class Counts(NamedTuple):
    passed: int = 0
    failed: int = 0
    skipped: int = 0


# What the tests reach is counted in one group, the largest: counting makes tests half as slow again.
SQLITE = Group("SQLite", "not postgresql and not browser", is_counted=True)
BROWSER = Group("browser", "browser and not postgresql")
POSTGRESQL = Group("PostgreSQL and Redis", "postgresql")


# --- Servers for this run ---------------------------------------------------------------------------
def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def postgresql_bin() -> Path | None:
    """Return the folder of the newest PostgreSQL here."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    places = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3])
    )
    return places[-1].parent if places else None


def owner() -> dict[str, Any]:
    """Return who runs PostgreSQL: it refuses to run as root, then its own account does."""
    if os.getuid() != 0:
        return {}
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


@contextmanager
def server(argv: list[str], port: int, folder: Path, as_: dict[str, Any]) -> Iterator[None]:
    """Run a server that goes when this run goes, even when this run is killed."""
    with subprocess.Popen(
        argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, preexec_fn=leash(signal.SIGQUIT), **as_,
    ) as running:  # fmt: skip
        try:
            wait_for(running, port)
            yield
        finally:
            running.send_signal(signal.SIGQUIT)


@contextmanager
def postgresql() -> Iterator[str | None]:
    """Start an empty PostgreSQL; give its address, or nothing where there is none."""
    binaries = postgresql_bin()
    if binaries is None:
        yield None
        return
    folder, port = Path(tempfile.mkdtemp(prefix="schoolsafe-postgresql-")), free_port()
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    cluster = str(folder / "cluster")
    make = [
        f"{binaries}/initdb",
        "-D",
        cluster,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "-N",
    ]
    serve = [f"{binaries}/postgres", "-D", cluster, "-p", str(port), "-k", str(folder)]
    # Nothing here has to survive anything.
    for setting in ("listen_addresses=127.0.0.1", "fsync=off", "full_page_writes=off"):
        serve += ["-c", setting]
    try:
        subprocess.run(
            make, cwd=folder, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            **owner(),
        )  # fmt: skip
        with server(serve, port, folder, owner()):
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis() -> Iterator[str | None]:
    """Start an empty Redis; give its address, or nothing where there is none."""
    binary = shutil.which("redis-server")
    if binary is None:
        yield None
        return
    port = free_port()
    serve = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with server(serve, port, Path(tempfile.gettempdir()), {}):
        yield f"redis://127.0.0.1:{port}/0"


def wait_for(running: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the server listens; end the run when it does not."""
    for _ in range(600):
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        if running.poll() is not None:
            break
        time.sleep(0.05)
    sys.exit(f"{running.args!r} did not start.")


# --- Groups of tests --------------------------------------------------------------------------------
def run(group: Group, environment: dict[str, str], reports: Path, extra: list[str]) -> Counts:
    """Run one group of tests and count what came of it."""
    print(f"\n--- {group.name} ---", flush=True)
    report = reports / f"{group.name.replace(' ', '-')}.xml"
    done = subprocess.run(
        [
            *(PY, "-m", "pytest", "-q", "-m", group.marks, *group.options, *extra),
            f"--junitxml={report}",
        ],
        cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    counts = read(report) if report.exists() else Counts()
    if done.returncode not in {0, NO_TESTS} and not counts.failed:
        # Stopped before or after the tests themselves: that is a failure too.
        counts = counts._replace(failed=1)
    if IS_CI and counts.skipped and group is not SQLITE:
        print(f"CI=true, and {counts.skipped} of these tests were skipped.", file=sys.stderr)
        counts = counts._replace(failed=counts.failed + counts.skipped)
    return counts


def read(report: Path) -> Counts:
    """Read a JUnit report of our own making."""
    suites = ET.parse(report).getroot().iter("testsuite")
    passed = failed = skipped = 0
    for suite in suites:
        bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        out = int(suite.get("skipped", 0))
        failed, skipped = failed + bad, skipped + out
        passed += int(suite.get("tests", 0)) - bad - out
    return Counts(passed, failed, skipped)


def coverage() -> bool:
    """Print what no test reached; tell whether it is little enough."""
    print("\n--- coverage ---", flush=True)
    done = subprocess.run([PY, "-m", "coverage", "report"], cwd=ROOT, check=False)
    return done.returncode == 0


def main() -> int:
    began, extra = time.monotonic(), sys.argv[1:]
    for old in ROOT.glob(".coverage*"):
        old.unlink()
    results: dict[str, Counts] = {}
    with ExitStack() as stack:
        reports = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = {**os.environ, "SCHOOLSAFE_VAR": str(reports / "var")}
        bare = {name: value for name, value in environment.items() if name != "DATABASE_URL"}
        for group in (SQLITE, BROWSER):
            results[group.name] = run(group, bare, reports, extra)
        database = os.environ.get("DATABASE_URL") or stack.enter_context(postgresql())
        broker = os.environ.get("REDIS_URL") or stack.enter_context(redis())
        if database and broker:
            servers = environment | {"DATABASE_URL": database, "REDIS_URL": broker}
            results[POSTGRESQL.name] = run(POSTGRESQL, servers, reports, extra)
        else:
            print("\nPostgreSQL or Redis is missing: the tests of locking are skipped.")
            results[POSTGRESQL.name] = Counts(skipped=1, failed=int(IS_CI))
    is_covered = bool(extra) or coverage()
    return summary(results, is_covered, time.monotonic() - began)


def summary(results: dict[str, Counts], is_covered: bool, seconds: float) -> int:
    """Print the last line: all groups together."""
    total = Counts(*(sum(part) for part in zip(*results.values(), strict=True)))
    parts = ", ".join(f"{name} {counts.passed}" for name, counts in results.items())
    words = [f"{total.failed} failed"] * bool(total.failed) + [f"{total.passed} passed"]
    words += [f"{total.skipped} skipped"] * bool(total.skipped)
    print(f"\nPassed by group: {parts}." + ("" if is_covered else " Coverage is too low."))
    print(f"===== {', '.join(words)} in {seconds:.2f}s =====")
    return 0 if not total.failed and is_covered else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
