"""What becomes of a message after a provider took it, or because it did not (E46)."""

import re
from enum import StrEnum


class Fate(StrEnum):
    """What is known of a message beyond the provider's yes."""

    DELIVERED = "delivered"
    DELAYED = "delayed"
    FULL = "full"
    LOST = "lost"
    BOUNCED = "bounced"
    COMPLAINT = "complaint"
    NO_ADDRESS = "no_address"

    @property
    def words(self) -> str:
        """Return it as words for a person."""
        return {
            "delivered": "it reached the mailbox or telephone",
            "delayed": "it could not be delivered yet and is still tried",
            "full": "it came back: the mailbox is full",
            "lost": "it came back and did not arrive",
            "bounced": "it came back: the address does not exist or takes nothing",
            "complaint": "the reader marked it as unwanted",
            "no_address": "there is no address that can be used",
        }[self.value]

    @property
    def has_failed(self) -> bool:
        """Tell whether the message did not arrive and nothing more will be done about it."""
        return self in {Fate.FULL, Fate.LOST, Fate.BOUNCED, Fate.NO_ADDRESS}

    @property
    def closes_address(self) -> bool:
        """Tell whether nothing more is sent to that address until somebody has looked at it."""
        return self in {Fate.BOUNCED, Fate.COMPLAINT}


# Those whose message goes out by itself once the person has another address.
MISSED = (Fate.BOUNCED, Fate.NO_ADDRESS)

# RFC 3463: 5.1.x is about the address, 5.2.1 a mailbox that takes nothing, x.2.2 a full one.
_NO_SUCH = re.compile(r"\b5\.1\.(?:0|1|2|3|6|10)\b|\b5\.2\.1\b")
_FULL = re.compile(r"\b[45]\.2\.2\b|^552\b(?! 5\.[013-9])")
_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


def of_refusal(answer: str) -> Fate:
    """Return what a mail server's refusal for good says: a wrong address, a full box, or neither.

    A refusal of the letter or of us (5.7.1) says nothing against the address.
    """
    if _FULL.search(answer):
        return Fate.FULL
    if _NO_SUCH.search(answer):
        return Fate.BOUNCED
    # Old servers give no enhanced code: 550 and 553 are then about the mailbox.
    if answer[:3] in {"550", "551", "553"} and not _ENHANCED.search(answer):
        return Fate.BOUNCED
    return Fate.LOST


# The names that mail services give to events, brought into one form, and GOV.UK Notify's states.
_EVENTS = {
    "delivered": Fate.DELIVERED,
    "deferred": Fate.DELAYED,
    "complained": Fate.COMPLAINT,
    "failed": Fate.LOST,
}
_STATES = {
    "delivered": Fate.DELIVERED,
    "permanent-failure": Fate.BOUNCED,
    # The telephone was off or full for three days: Notify has given up, the number may be right.
    "temporary-failure": Fate.LOST,
    "technical-failure": Fate.LOST,
}


def of_event(name: str, *, reason: str = "", answer: str = "") -> Fate | None:
    """Return what an event of a mail service says of its message, or None for all others.

    Opened and clicked are of no interest to us: a scanner does both.
    """
    if name not in {"bounced", "rejected"}:
        return _EVENTS.get(name)
    if _FULL.search(answer):
        return Fate.FULL
    if reason == "spam":
        return Fate.COMPLAINT
    if name == "bounced" and re.search(r"\b4\.\d{1,3}\.\d{1,3}\b|^4\d\d\b", answer):
        return Fate.DELAYED
    return Fate.BOUNCED if reason in {"bounced", "invalid"} else Fate.LOST


def of_state(state: str) -> Fate | None:
    """Return what a state of GOV.UK Notify says, or None while nothing is known."""
    return _STATES.get(state)


def follows(known: str, fate: Fate) -> bool:
    """Tell whether news changes what is known: events come late, twice and in any order."""
    order = {"": 0, Fate.DELAYED: 1, Fate.DELIVERED: 2}
    # A complaint comes after the delivery, and a server may take a letter and bounce it later.
    return order.get(known, 3) < order.get(fate, 3)
