"""A message as it leaves, and what a provider may say to it."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Protocol, Self

import requests
from urllib3.exceptions import MaxRetryError

from notices.enclosures import Enclosure
from notices.policy import Channel, Outcome


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """A letter with everything that decides its bytes: a repeat is the same letter twice.

    `notice_ids` names the notices that one letter carries together, and is empty for one alone;
    `facts` are what the room that wrote it reads of it later, and never leave.
    """

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    written_at: str
    pupil_ids: list[int]
    channel: str = Channel.EMAIL.value
    reference: str = ""
    notice_ids: list[int] = field(default_factory=list)
    language: str = "en"
    facts: dict[str, int] = field(default_factory=dict)
    enclosed: tuple[Enclosure, ...] = ()

    def stored(self) -> str:
        """Return the letter as its row keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def restored(cls, stored: str) -> Self:
        """Return a letter from its row."""
        kept = json.loads(stored)
        enclosed = tuple(Enclosure(**one) for one in kept.pop("enclosed", ()))
        return cls(**kept, enclosed=enclosed)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the provider said about one message; `sent_as` is its own name for it, if it has one."""

    outcome: Outcome
    words: str
    sent_as: str = ""


@dataclass(frozen=True, kw_only=True)
class Unreachable:
    """The provider could not be reached or refuses us: no fault of any one letter."""

    words: str


class Line(Protocol):
    """The way to one provider, shared by the messages of a run."""

    def send(self, letter: Sealed, *, may_have_gone: bool) -> Answer | Unreachable:
        """Hand one message to the provider and return its answer."""

    def close(self) -> None:
        """Hang up."""


def written(at: datetime) -> str:
    """Return the moment of writing as the letter keeps it."""
    return at.astimezone(UTC).replace(microsecond=0).isoformat()


def has_not_left(fault: BaseException | None) -> bool:
    """Tell whether a request to a service was taken by nobody.

    It ended before any of it was sent, or was sent on to another place, where we do not go.
    """
    if isinstance(fault, requests.ConnectTimeout | requests.TooManyRedirects):
        return True
    # Our requests are not repeated, so only a connection that was never had ends like this.
    reasons = fault.args if isinstance(fault, requests.ConnectionError) else ()
    return any(isinstance(reason, MaxRetryError) for reason in reasons)


# What is said to us, not to a message: a wrong key, or more than we may send.
ABOUT_US = {401, 403, 429}


def sorted_status(code: int, words: str) -> Answer | Unreachable:
    """Sort the refusal of a service by its status: about us, for now, or for good."""
    said = f"{code} {' '.join(words.split())}"[:300]
    if code in ABOUT_US:
        return Unreachable(words=said)
    outcome = Outcome.TEMPORARY if code >= 500 or code == 408 else Outcome.PERMANENT
    return Answer(outcome=outcome, words=said)
