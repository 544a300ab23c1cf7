"""What `make run` costs when nobody does anything: processor and memory of all its processes.

Starts the embedded demo in a temporary folder, lets it settle, and watches it for a minute:
`python tests/bench/idle.py [seconds]`. Targets: under 1 % of one core, under 350 MB.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
SETTLE = 10


def family(process: psutil.Process) -> list[psutil.Process]:
    """Return a process and everything it has started."""
    return [process, *process.children(recursive=True)]


def busy(process: psutil.Process) -> float:
    """Return the seconds of processor time it has used so far."""
    times = process.cpu_times()
    return times.user + times.system


def measure(supervisor: psutil.Process, seconds: float) -> tuple[float, float]:
    """Watch all processes; print one line each; return their share of a core and their MB."""
    before = {process: busy(process) for process in family(supervisor)}
    time.sleep(seconds)
    share = memory = 0.0
    for process, was in before.items():
        own_share = 100 * (busy(process) - was) / seconds
        own_memory = process.memory_info().rss / 2**20
        share, memory = share + own_share, memory + own_memory
        words = " ".join(process.cmdline()[1:7]) or process.name()
        print(f"{own_share:6.2f} %  {own_memory:6.1f} MB  {words[:80]}")  # noqa: T201 - a bench
    return share, memory


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    with socket.socket() as trial, tempfile.TemporaryDirectory() as var:
        trial.bind(("127.0.0.1", 0))
        port = str(trial.getsockname()[1])
        trial.close()
        environment = {**os.environ, "SCHOOLSAFE_VAR": var, "PORT": port}
        with subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "run", *sys.argv[2:]],
            env=environment, stdout=subprocess.PIPE, text=True,
        ) as run:  # fmt: skip
            assert run.stdout
            for line in run.stdout:
                if "is ready" in line:
                    break
            time.sleep(SETTLE)
            share, memory = measure(psutil.Process(run.pid), seconds)
            run.send_signal(signal.SIGINT)
    print(f"{share:6.2f} % of a core, {memory:.0f} MB in all, watched for {seconds:.0f} s")  # noqa: T201 - a bench


if __name__ == "__main__":
    main()
