"""What a concern is about outside this room, told by the room that knows."""

from collections.abc import Callable
from dataclasses import dataclass

from school.roles import Viewer


@dataclass(frozen=True, kw_only=True)
class About:
    """Something outside this room as the form of a concern shows it: its words, place and pupils."""

    words: str
    place: str
    pupil_ids: tuple[int, ...]


Teller = Callable[[Viewer, str], About | None]
_tellers: dict[str, Teller] = {}


def tells_about(kind: str, teller: Teller) -> None:
    """Let the room that knows tell about its objects, such as `meetings.meeting`.

    The teller is given the viewer and the number, and returns nothing of what they may not know.
    """
    _tellers[kind] = teller


def about(reference: str, viewer: Viewer) -> About | None:
    """Return what is behind a reference such as `meetings.meeting:12`, or None."""
    kind, _, number = reference.partition(":")
    teller = _tellers.get(kind)
    return teller(viewer, number) if teller else None
