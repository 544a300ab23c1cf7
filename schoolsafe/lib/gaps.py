"""Texts that many people read alike, written once, with gaps for what is one person's own."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from django.utils.html import conditional_escape

# Holds no sign that HTML or an address would write another way. Nobody can type one by guessing,
# so no title of a call and no name can open a gap.
_SIGN = secrets.token_hex(12)
_GAP = re.compile(f"{_SIGN}-([a-z_]+)-")


@dataclass(frozen=True)
class Gapped:
    """A text in pieces: between them, in turn, the names of what belongs into the gaps."""

    pieces: tuple[str, ...]

    @classmethod
    def of(cls, write: Callable[[Mapping[str, str]], str], *names: str) -> Self:
        """Write a text once; `write` gets a mark for each name, and must not look at them."""
        marks = {name: f"{_SIGN}-{name}-" for name in names}
        return cls(tuple(_GAP.split(write(marks))))

    def page(self, own: Mapping[str, str]) -> str:
        """Return the text with its gaps filled as HTML; what is not marked safe is escaped."""
        return self._with({name: conditional_escape(value) for name, value in own.items()})

    def plain(self, own: Mapping[str, str]) -> str:
        """Return the text with its gaps filled as they are: for a subject, or a letter in plain text."""
        return self._with(own)

    def _with(self, own: Mapping[str, str]) -> str:
        return "".join(
            own[piece] if place % 2 else piece for place, piece in enumerate(self.pieces)
        )
