"""What `manage.py run` becomes once the database is ready: it waits, and costs next to nothing."""

import argparse
import socket
import sys
import time
from pathlib import Path

from schoolsafe.supervisor import care, programs
from schoolsafe.supervisor.child import Child

READY_WITHIN = 30.0


def main() -> int:
    """Start everything, say where it is, look after it, stop it."""
    chosen = _arguments()
    care.say("Starting the web server, the worker and its clock ...")
    bell = care.Bell()
    children, web, watch = programs.start_all(chosen.port, chosen.var)
    if _answers_in_time(web, chosen.port, bell):
        care.say(f"\nschoolsafe is ready: {chosen.address}   (Ctrl-C stops it)")
    care.look_after(children, bell, every=watch.every, look=watch.look)
    care.say("Stopping ...")
    care.stop(children)
    care.say("Stopped.")
    return 0


def _arguments() -> argparse.Namespace:
    """Read what `manage.py run` has decided."""
    parser = argparse.ArgumentParser(prog="schoolsafe.supervisor")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--var", type=Path, required=True)
    return parser.parse_args()


def _answers_in_time(web: Child, port: int, bell: care.Bell) -> bool:
    """Wait until the web server answers a page, has died, or somebody wants us to stop."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and web.process and web.process.poll() is None:
        if _answers(port):
            return True
        if bell.wait(0.05):
            return False
    return False


def _answers(port: int) -> bool:
    """Tell whether a page comes back, whatever it says."""
    with socket.socket() as line:
        line.settimeout(READY_WITHIN)
        try:
            line.connect(("127.0.0.1", port))
            line.sendall(b"HEAD / HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return line.recv(5) == b"HTTP/"
        except OSError:
            return False


if __name__ == "__main__":
    sys.exit(main())
