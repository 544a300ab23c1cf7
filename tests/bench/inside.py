"""One page asked for again and again inside one process: its processor time, and nothing else's.

    python -m tests.bench.inside schoolsafe.wsgi:application /c/…/

Told a number on its input, it asks for the page so often and answers with the seconds of processor
time. Without a network and a server in between this holds still on a machine that does other work.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from os import environ
from typing import Any

WARM = 50
# By the turn in which it holds.
SEEN: dict[int, str] = {}


@contextmanager
def reader(application: str, path: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Start a process that reads one page."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.inside", application, path],
        env={**environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.communicate()


def milliseconds(process: subprocess.Popen[str], times: int) -> float:
    """Return the processor time of one look at the page."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{times}\n")
    process.stdin.flush()
    return float(process.stdout.readline()) / times * 1000


def query() -> str:
    """Return what a device asks with that has the register of a call as it stands."""
    meeting = environ.get("BENCH_SEEN")
    if not meeting:
        return ""
    selectors = import_module("meetings.selectors")
    now = import_module("schoolsafe.lib.clock").now()
    turn = int(now.timestamp() // selectors.ANEW_AFTER.total_seconds())
    if turn not in SEEN:
        SEEN[turn] = selectors.stamp(int(meeting), now)
    return f"seen={SEEN[turn]}"


def look(application: Any, path: str) -> None:
    said: list[str] = []
    response = application(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "QUERY_STRING": query(),
            "HTTP_COOKIE": environ.get("BENCH_COOKIE", ""),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(),
        },
        lambda status, headers: said.append(status),
    )
    body = b"".join(response)
    response.close()
    if not said[0].startswith(("200", "204")):
        raise SystemExit(f"{path} did not answer well: {said[0]} {body[:200]!r}")


def main(name: str, path: str) -> None:
    module, _, attribute = name.partition(":")
    application = getattr(import_module(module), attribute)
    for _ in range(WARM):
        look(application, path)
    for line in sys.stdin:
        began = time.process_time()
        for _ in range(int(line)):
            look(application, path)
        sys.stdout.write(f"{time.process_time() - began}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
