"""The files of the concerns in a copy: which go inside it, and what is said of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from concerns.models import Attachment, Concern
from concerns.policy.enclosing import MOST_BYTES_INSIDE, Fate
from concerns.selectors.pupils import in_full
from schoolsafe.lib.encryption import WrongKey
from schoolsafe.lib.locking import Enclosed
from schoolsafe.lib.rules import NotAllowed

Say = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Filed:
    """A file of a concern in a copy; its content is there once it was read to go."""

    file: Attachment
    fate: Fate
    has_others: bool = False
    content: bytes | None = None

    @property
    def name(self) -> str:
        """Return its name inside the copy: nothing of the one that it came with."""
        return self.file.served_name

    @property
    def key(self) -> str:
        """Return by which key it is one of the texts of its concern."""
        return f"file:{self.file.pk}"

    @property
    def is_asked(self) -> bool:
        """Tell whether somebody has to say of this very file that it may go."""
        return self.has_others and self.fate.is_described

    def told(self, say: Say) -> str:
        """Return what it is in words."""
        label = self.file.file_kind.label
        return f"{label}: {say(str(self.file.words))}" if self.fate.is_described else label

    def line(self, say: Say) -> str:
        """Return what it is and where to find it, or why it is not there."""
        return f"{self.told(say)}\n{self._where()}"

    def manifest(self, say: Say) -> str:
        """Return its line at the end of a copy, with the size and the hash of what is inside."""
        if self.content is None:
            return f"{self.name}: {self.line(say)}"
        return f"{self.told(say)}\n{self.proof}"

    @property
    def proof(self) -> str:
        """Return the name, the size and the hash of what is inside."""
        content = self.content or b""
        return f"{self.name}, {len(content)} bytes, SHA-256 {sha256(content).hexdigest()}"

    def _where(self) -> str:
        if self.fate is Fate.GOES:
            return f"Inside this PDF as {self.name}"
        since = self.file.removed_at if self.fate is Fate.REMOVED else self.file.sealed_at
        if since is None:
            return self.fate.words
        what, _, rest = self.fate.words.partition(":")
        return f"{what} on {in_full(since)}:{rest}"


def read(files: Sequence[Filed]) -> tuple[Filed, ...]:
    """Return these files, those that go with their content; what cannot be read stays out and says so."""
    return tuple(_read(one) if one.fate is Fate.GOES else one for one in files)


def _read(one: Filed) -> Filed:
    try:
        row = Attachment.objects.only("kind", "original", "redrawn").get(pk=one.file.pk)
    except WrongKey:
        return replace(one, fate=Fate.UNREADABLE)
    content = row.served
    return replace(one, content=content) if content else replace(one, fate=Fate.UNREADABLE)


def read_to_give(files: Sequence[Filed]) -> tuple[Filed, ...]:
    """Return files that were decided to be given with what is in them.

    Raises NotAllowed when one cannot be read or they are too large: what was approved leaves, or nothing.
    """
    if sum(one.file.size for one in files) > MOST_BYTES_INSIDE:
        raise NotAllowed("These files together are too large. Withhold some, and send them apart.")
    found = read(files)
    if lost := [one.file.code for one in found if one.content is None]:
        raise NotAllowed(f"File {', '.join(lost)} cannot be read. Withhold it, or ask for help.")
    return found


def enclosures(files: Sequence[Filed]) -> list[Enclosed]:
    """Return what goes inside the locked file: nothing but what was read to go."""
    return [
        Enclosed(name=one.name, content=one.content) for one in files if one.content is not None
    ]


def codes_of(files: Sequence[Filed], concern: Concern) -> dict[str, list[str]]:
    """Return for the record which files of a concern went, by code; nothing where none did."""
    codes = [one.file.code for one in files if one.file.concern_id == concern.pk]
    return {"files": codes} if codes else {}
