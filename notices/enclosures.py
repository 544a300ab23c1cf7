"""What goes along with a letter as a file, and who encloses it.

A room encloses a file in a letter of a room below it by registering for that kind of letter: the room
below asks here, and knows nothing of the file.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from notices.models import Notice
from school.selectors import Contact

Encloses = Callable[[Notice, Contact, datetime], Sequence["Enclosure"]]

_encloses: dict[str, Encloses] = {}


@dataclass(frozen=True, kw_only=True)
class Enclosure:
    """A text file that goes along with a letter: it may hold a key, so the repr leaves it out."""

    name: str
    content: str = field(repr=False)
    subtype: str
    params: dict[str, str] = field(default_factory=dict)


def register_enclosure(kind: str, encloses: Encloses) -> None:
    """Let a room above enclose files in a kind of letter; raises ValueError when another does."""
    if _encloses.setdefault(kind, encloses) is not encloses:
        raise ValueError(f"Two rooms enclose something in {kind}.")


def enclosed_in(notice: Notice, contact: Contact, now: datetime) -> tuple[Enclosure, ...]:
    """Return what goes along with a letter; asked at the moment of sending, like its text."""
    encloses = _encloses.get(notice.kind)
    return tuple(encloses(notice, contact, now)) if encloses else ()
