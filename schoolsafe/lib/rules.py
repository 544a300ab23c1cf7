"""What every room's rules are made of: plain Python, no Django, no clock."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs."""

    BLOCKS = "blocks"
    ADVISES = "advises"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that stands in the way, in words for a person, with what would mend it."""

    code: str
    clause: str
    severity: Severity
    words: str
    mend: str
    mend_with: str = ""

    @property
    def blocks(self) -> bool:
        """Tell whether it stops the thing altogether."""
        return self.severity is Severity.BLOCKS


class NotAllowed(Exception):
    """A rule says no; the message is a sentence for the person who asked."""


class Overtaken(NotAllowed):
    """Somebody else has changed something since the person saw it; nothing was done.

    `names` are what was overtaken, where it can be told apart.
    """

    def __init__(self, words: str, *names: str) -> None:
        super().__init__(words)
        self.names = names


class Destroyed(NotAllowed):
    """What something speaks of was destroyed meanwhile: nothing was done, and the words are still there."""


class SetupFault(Exception):
    """The installation is not complete; the message names what is missing and what to do."""
