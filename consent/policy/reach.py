"""How a family may be reached: with the way into a call, and with a request once more."""

from datetime import datetime
from enum import StrEnum

from school.policy import Refusal


class Way(StrEnum):
    """How a family gets its own link."""

    EMAIL = "email"
    BY_HAND = "by_hand"
    NONE = "none"


BY_HAND = frozenset(
    why.value for why in (Refusal.NO_ADDRESS, Refusal.CAME_BACK, Refusal.READ_BY_FAMILY)
)


def way_to(unreachable: str, *, is_disowned: bool) -> Way:
    """Return how somebody may get their link; `unreachable` is why no letter can go, in words.

    Without an address, with one from which a message came back, or with one that turned out to be
    somebody else's or is read by the family of a pupil who decides alone, it is handed over. Whoever may not be contacted never gets it, address or not
    (E30, E31, E48).
    """
    if unreachable in BY_HAND:
        return Way.BY_HAND
    if unreachable:
        return Way.NONE
    return Way.BY_HAND if is_disowned else Way.EMAIL


def is_settled(
    disowned_at: datetime, *, changed_at: datetime | None, confirmed_at: datetime | None
) -> bool:
    """Tell whether staff have corrected or confirmed an address since it turned out another's."""
    return any(at is not None and at >= disowned_at for at in (changed_at, confirmed_at))


# Who runs the call sends again what merely failed. Whose mailbox it is, is for those to find out who
# look after addresses: by sending once more to another person nothing becomes right.
def resend_refusal(
    *, is_asker: bool, looks_after: bool, is_closed: bool, is_disowned: bool, is_settled: bool
) -> str:
    """Return why somebody may not send a request again, in words, or nothing when they may."""
    if not (is_asker or looks_after):
        return "Only the person who asked, the office and the safeguarding team can."
    if not looks_after and (is_closed or is_disowned):
        return "The office looks after this address: it is put right first, or somebody rings."
    if is_disowned and not is_settled:
        return "The e-mail reached somebody else: correct the address first, or confirm it."
    return ""
