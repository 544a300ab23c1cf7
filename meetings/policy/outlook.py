"""How a wish for an event in Outlook goes on: its states, and what follows from a call of no use."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class EventState(StrEnum):
    """How far an event in Outlook has come."""

    # Microsoft is to be asked for it; whether it was heard is not known.
    WANTED = "wanted"
    # It stands in Outlook; its lobby is still to be set, and its link is kept from everybody.
    CREATED = "created"
    # The plan has changed since: Outlook is to follow, and then the lobby.
    CHANGED = "changed"
    # It stands as the policy asks.
    HARDENED = "hardened"
    # It is to be called off in Outlook.
    UNWANTED = "unwanted"
    CANCELLED = "cancelled"


# From a state to the one that follows when Microsoft has done what was asked.
NEXT: dict[EventState, EventState] = {
    EventState.WANTED: EventState.CREATED,
    EventState.CREATED: EventState.HARDENED,
    EventState.CHANGED: EventState.CREATED,
    EventState.UNWANTED: EventState.CANCELLED,
}

# Two drivers never have one event in hand: longer than all calls of a step may take together.
LEASE = timedelta(minutes=5)
AGAIN_IN = (
    timedelta(seconds=5),
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=3),
    timedelta(minutes=10),
    timedelta(minutes=15),
)
# A call to create that got no answer may still come true; after that nothing comes of it.
MAY_STILL_COME = timedelta(minutes=15)
# What is read again and again waits no longer than this for Microsoft to be back.
READ_AGAIN_IN = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Retry:
    """When to try again; without a time a person has to look."""

    at: datetime | None
    tries: int


def after_trouble(*, tries: int, is_ours: bool, is_busy: bool, wait: float, now: datetime) -> Retry:
    """Return when a call of no use is made again.

    What only IT or a person can mend is not tried again by itself. Being told to wait costs no try.
    """
    if is_ours:
        return Retry(at=None, tries=tries + 1)
    if is_busy:
        return Retry(at=now + max(timedelta(seconds=wait), AGAIN_IN[0]), tries=tries)
    if tries >= len(AGAIN_IN):
        return Retry(at=None, tries=tries + 1)
    return Retry(at=now + max(timedelta(seconds=wait), AGAIN_IN[tries]), tries=tries + 1)


def has_come_to_nothing(asked_at: datetime | None, now: datetime) -> bool:
    """Tell whether no event can come any more of what was asked of Microsoft."""
    return asked_at is None or now - asked_at > MAY_STILL_COME
