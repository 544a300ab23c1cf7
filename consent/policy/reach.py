"""How the way into a call may reach somebody whose yes stands."""

from enum import StrEnum

from school.policy import Refusal


class Way(StrEnum):
    """How a family gets its own link."""

    EMAIL = "email"
    BY_HAND = "by_hand"
    NONE = "none"


def way_to(unreachable: str, *, is_disowned: bool) -> Way:
    """Return how somebody may get their link; `unreachable` is why no letter can go, in words.

    Without an address, with one from which a message came back, or with one that turned out to be
    somebody else's, it is handed over. Whoever may not be contacted never gets it, address or not
    (E30, E31, E48).
    """
    if unreachable in {Refusal.NO_ADDRESS.value, Refusal.CAME_BACK.value}:
        return Way.BY_HAND
    if unreachable:
        return Way.NONE
    return Way.BY_HAND if is_disowned else Way.EMAIL
