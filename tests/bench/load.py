"""Driving a server on this machine: wrk where there is one, else a small generator of our own."""

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle, islice

import psutil

CONNECTIONS = 16


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request to be made."""

    path: str
    body: str | None = None

    def raw(self, port: int) -> bytes:
        head = f"{'GET' if self.body is None else 'POST'} {self.path} HTTP/1.1\r\n"
        head += f"Host: 127.0.0.1:{port}\r\nConnection: close\r\n"
        if self.body is not None:
            head += "Content-Type: application/x-www-form-urlencoded\r\n"
            head += f"Content-Length: {len(self.body)}\r\n"
        return f"{head}\r\n{self.body or ''}".encode()


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What came back: the status and how long it took."""

    status: int
    seconds: float


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@contextmanager
def server(application: str, **environment: str) -> Iterator[tuple[int, psutil.Process]]:
    """Serve an application with two sync workers; give its port and its first process."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-w2", "--log-level", "warning"]
    process = subprocess.Popen(
        [*command, "--no-control-socket", "-b", f"127.0.0.1:{port}", application],
        env={**os.environ, **environment},
    )
    try:
        wait_for(port)
        yield port, psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def wait_for(port: int) -> None:
    """Wait until something answers: gunicorn listens long before its workers are there."""
    for _ in range(300):
        with suppress(OSError):
            if asyncio.run(_one(port, Call(path="/").raw(port))).status:
                return
        time.sleep(0.1)
    raise SystemExit("The server did not start.")


def busy(process: psutil.Process) -> float:
    """Return the processor time that a server and its workers have used."""
    family = [process, *process.children(recursive=True)]
    return float(sum(sum(one.cpu_times()[:2]) for one in family))


def throughput(port: int, path: str, *, seconds: int) -> float:
    """Return how many times a second a page is had over sixteen connections; all must be good."""
    if shutil.which("wrk"):
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True
        )
        if "Non-2xx" in done.stdout:
            raise SystemExit(f"{path} did not answer well:\n{done.stdout}")
        found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
        return float(found[1]) if found else 0.0
    answered = drive(port, [Call(path=path)], connections=CONNECTIONS, seconds=seconds)
    if any(one.status != 200 for one in answered):
        raise SystemExit(f"{path} did not answer well")
    return len(answered) / seconds


def drive(
    port: int, calls: Sequence[Call], *, connections: int, seconds: float | None = None
) -> list[Answered]:
    """Make each call once, or all in turn for so long, over so many connections."""
    return asyncio.run(_drive(port, calls, connections, seconds))


async def _drive(
    port: int, calls: Sequence[Call], connections: int, seconds: float | None
) -> list[Answered]:
    ends = time.perf_counter() + seconds if seconds else None
    raws = [call.raw(port) for call in calls]
    ahead = cycle(raws) if ends else islice(raws, len(raws))
    answered: list[Answered] = []

    async def submit() -> None:
        for raw in ahead:
            if ends and time.perf_counter() >= ends:
                return
            answered.append(await _one(port, raw))

    await asyncio.gather(*(submit() for _ in range(connections)))
    return answered


async def _one(port: int, raw: bytes) -> Answered:
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    said = await reader.read()
    writer.close()
    status = int(said[9:12]) if said.startswith(b"HTTP/1.1 ") else 0
    return Answered(status=status, seconds=time.perf_counter() - began)
