"""Asking ClamAV about a file: one command of its daemon, and no answer is never a yes."""

import socket
from time import monotonic

from schoolsafe.lib.providers import Clamav

CHUNK = 64 * 1024
# The daemon's answer is a line; whatever is longer is none.
LONGEST_ANSWER = 1024


class Unanswered(Exception):
    """ClamAV is named in the settings and gave no answer that counts: nothing is taken."""


def is_clean(content: bytes, *, clamav: Clamav) -> bool:
    """Tell whether ClamAV finds nothing harmful in a file.

    Raises Unanswered when it cannot be reached, is too slow, or says anything but yes or no.
    """
    try:
        answer = _ask(content, clamav)
    except OSError as fault:
        raise Unanswered(type(fault).__name__) from fault
    if answer == b"stream: OK":
        return True
    if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
        return False
    raise Unanswered("an answer of another kind")


def _ask(content: bytes, clamav: Clamav) -> bytes:
    """Send a file in pieces, each behind its length, and return the line that comes back."""
    until = monotonic() + clamav.patience
    with _line(clamav) as line:
        line.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), CHUNK):
            piece = content[start : start + CHUNK]
            line.settimeout(max(until - monotonic(), 0.001))
            line.sendall(len(piece).to_bytes(4, "big") + piece)
        line.sendall(bytes(4))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
            line.settimeout(max(until - monotonic(), 0.001))
            came = line.recv(LONGEST_ANSWER)
            if not came:
                break
            answer += came
    return answer.rstrip(b"\0")


def _line(clamav: Clamav) -> socket.socket:
    """Open a line to the daemon."""
    if not clamav.socket:
        return socket.create_connection((clamav.host, clamav.port), timeout=clamav.patience)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(clamav.patience)
    try:
        line.connect(clamav.socket)
    except OSError:
        line.close()
        raise
    return line
