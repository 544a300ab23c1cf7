"""The answer that travels between two pages: signed, stored nowhere."""

from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.core import signing

from consent.policy import KEEPS_FOR, READS_FOR_AT_LEAST

SALT = "consent.sealed"


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """An answer between the question and the button that gives it: signed, stored nowhere.

    `heard` is how much had been said to the request when its page was made, and the last number of
    each row of `also` the same of another date: what came since is not written over unread.
    """

    request_id: int
    version: int
    takes_part: bool
    may_be_recorded: bool | None = None
    name: str
    relationship: str
    objection: str = ""
    wants_call: bool = False
    offered: str = ""
    heard: int = 0
    also: list[list[int]] = field(default_factory=list)
    made_at: float = 0.0

    def seal(self, now: datetime) -> str:
        """Return it as one signed word, with the time at which the next page was made."""
        return signing.dumps(asdict(self) | {"made_at": now.timestamp()}, salt=SALT)

    def is_too_fast(self, now: datetime) -> bool:
        """Tell whether no person could have read the page since it was made (E25)."""
        return now.timestamp() - self.made_at < READS_FOR_AT_LEAST.total_seconds()

    def is_old(self, now: datetime) -> bool:
        """Tell whether the page lay open for so long that it is shown once more."""
        return now.timestamp() - self.made_at > KEEPS_FOR.total_seconds()


def unseal(text: str, request_id: int) -> Sealed | None:
    """Return a sealed answer to this request, or None when it is damaged or another's."""
    try:
        sealed = Sealed(**signing.loads(text, salt=SALT))
    except (signing.BadSignature, TypeError):
        return None
    return sealed if sealed.request_id == request_id else None
