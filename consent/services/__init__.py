"""Everything that can happen to a question put to families: who does it stands in `by`."""

from consent.policy import Asked
from consent.services.answering import (
    AdultPupil,
    Outdated,
    TooLate,
    answer,
    record,
    withdraw,
)
from consent.services.asking import ask, close, release, reword
from consent.services.checking import check, look
from consent.services.reaching import (
    disown,
    mark_failed,
    mark_tried_again,
    resend,
    send_new_link,
    wish_for_link,
)
from consent.services.reminding import letters_by_hand, remind

__all__ = [
    "AdultPupil",
    "Asked",
    "Outdated",
    "TooLate",
    "answer",
    "ask",
    "check",
    "close",
    "disown",
    "letters_by_hand",
    "look",
    "mark_failed",
    "mark_tried_again",
    "record",
    "release",
    "remind",
    "resend",
    "reword",
    "send_new_link",
    "wish_for_link",
    "withdraw",
]
