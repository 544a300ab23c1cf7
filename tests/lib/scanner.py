"""A daemon of ClamAV for the tests: the real one with a list of our own, and one that answers as told."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from schoolsafe.lib.providers import Clamav
from tests.concerns.papers import EICAR
from tests.conftest import BINARIES

CONFIGURATION = """
LocalSocket {folder}/clamd.ctl
DatabaseDirectory {folder}/signatures
TemporaryDirectory {folder}
Foreground yes
LogFile {folder}/clamd.log
"""


@contextmanager
def clamd(folder: Path) -> Iterator[Clamav]:
    """Run the real daemon on a socket in this folder; the only thing it knows is the test file."""
    signatures = folder / "signatures"
    signatures.mkdir()
    (signatures / "ours.ndb").write_text(f"Eicar-Ours:0:*:{EICAR.encode().hex()}\n")
    (folder / "clamd.conf").write_text(CONFIGURATION.format(folder=folder))
    program = which("clamd", path=BINARIES) or ""
    with subprocess.Popen(
        [program, "-c", str(folder / "clamd.conf")],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as daemon:  # fmt: skip
        try:
            _wait_for(folder / "clamd.ctl", daemon)
            yield Clamav(socket=str(folder / "clamd.ctl"))
        finally:
            daemon.kill()


def _wait_for(path: Path, daemon: subprocess.Popen[bytes]) -> None:
    """Wait, busily but briefly, until the daemon listens."""
    while daemon.poll() is None:
        with socket.socket(socket.AF_UNIX) as line:
            if line.connect_ex(str(path)) == 0:
                return
        threading.Event().wait(0.05)
    raise AssertionError(f"clamd did not start: see {path.parent}/clamd.log")


@contextmanager
def says(folder: Path, answer: bytes | None) -> Iterator[Clamav]:
    """Listen once, read the whole file and answer this; without an answer, hold the line in silence."""
    path, over = str(folder / "says.ctl"), threading.Event()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()

        def serve() -> None:
            line, _ = listening.accept()
            with line:
                came = b""
                while not came.endswith(bytes(4)):
                    came += line.recv(65_536)
                if answer is None:
                    over.wait(10)
                else:
                    line.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield Clamav(socket=path, patience=0.3)
        over.set()
        thread.join(10)
