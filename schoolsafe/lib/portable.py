"""Looking into a PDF that comes from outside: one that runs something or hides a file is not taken.

It is a first look, not a reader of PDF. What it cannot look into it refuses, and a PDF is never shown
here: it is saved, and opened by the reader's own program.
"""

import re
import zlib
from collections.abc import Iterator

from schoolsafe.lib.scans import AROUND, END, Unfit

# A name of PDF, in which any letter may be written as its number.
NAME = re.compile(rb"/((?:[!-\"$&'*-.0-;=?-Z\\^-z|~]|#[0-9A-Fa-f]{2})+)")
NUMBERED = re.compile(rb"#([0-9A-Fa-f]{2})")
ACTIVE = frozenset(
    {b"JavaScript", b"JS", b"Launch", b"RichMedia", b"XFA", b"ImportData", b"SubmitForm"}
)
INSIDE = frozenset({b"EmbeddedFile", b"EmbeddedFiles"})
PACKED, LOCKED = b"ObjStm", b"Encrypt"
# In the middle of a picture a name as short as /JS stands by chance; a longer one does not.
SHORTEST = 6
# What the packed objects of a file may come to: a small file could otherwise fill the memory.
MOST_UNPACKED = 50 * 1024 * 1024
ANEW = "Print it to a new PDF and attach that one; keep this one where it is."


def check(content: bytes) -> None:
    """Look into a PDF as far as it can be looked into without opening it.

    Raises Unfit when it is not whole, locked, or holds a program or another file.
    """
    if END not in content[-AROUND:]:
        raise Unfit("This PDF is not whole. Save or scan it again.")
    found = _all_names(content)
    if LOCKED in found:
        raise Unfit(f"This PDF is locked: in some years nobody could open it. {ANEW}")
    if found & ACTIVE:
        raise Unfit(f"This PDF has a program or a form that sends in it. {ANEW}")
    if found & INSIDE:
        raise Unfit(f"This PDF has another file in it. {ANEW}")


def _all_names(content: bytes) -> set[bytes]:
    """Return the names in a PDF: around its streams, the long ones anywhere, and in packed objects."""
    anywhere = list(_names(content))
    found = {name for name in anywhere if len(name) >= SHORTEST}
    room, packed = MOST_UNPACKED, 0
    for around, stream in _parts(content):
        names = set(_names(around))
        found |= names
        if PACKED in names:
            unpacked = _unpacked(stream, room)
            room, packed = room - len(unpacked), packed + 1
            found |= set(_names(unpacked))
    if packed != anywhere.count(PACKED):
        raise Unfit(f"This PDF cannot be looked into. {ANEW}")
    return found


def _parts(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield what stands before each stream with the stream; at the end, what stands behind the last."""
    begin = 0
    while (start := content.find(b"stream", begin)) >= 0:
        end = content.find(b"endstream", start)
        if end < 0:
            break
        yield content[begin:start], content[start + len(b"stream") : end].lstrip(b"\r\n")
        begin = end + len(b"endstream")
    yield content[begin:], b""


def _names(part: bytes) -> Iterator[bytes]:
    """Yield the names in a part of a file, each as it is read."""
    for name in NAME.findall(part):
        yield NUMBERED.sub(lambda found: bytes([int(found[1], 16)]), name)


def _unpacked(stream: bytes, room: int) -> bytes:
    """Return the objects in a packed stream. Raises Unfit when it cannot be looked into."""
    try:
        unpacked = zlib.decompressobj().decompress(stream, room + 1)
    except zlib.error as fault:
        raise Unfit(f"This PDF cannot be looked into. {ANEW}") from fault
    if len(unpacked) > room:
        raise Unfit(f"This PDF cannot be looked into. {ANEW}")
    return unpacked
