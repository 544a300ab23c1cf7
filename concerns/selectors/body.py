"""The outline of a child as a page draws it."""

from collections.abc import Sequence
from dataclasses import dataclass

from concerns import policy
from concerns.models import BodyMark


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One side of the outline: its shapes, and the marks that stand on it."""

    side: policy.Side
    shapes: Sequence[policy.Shape]
    marks: Sequence[BodyMark]


def figures(marks: Sequence[BodyMark] = ()) -> list[Figure]:
    """Return the outline from the front and from behind, with these marks."""
    return [
        Figure(
            side=side,
            shapes=policy.drawn(side),
            marks=[mark for mark in marks if mark.side == side],
        )
        for side in policy.Side
    ]
