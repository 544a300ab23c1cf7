"""Everything that can happen to a question put to families: who does it stands in `by`."""

from consent.policy import Asked
from consent.services.answering import (
    AdultPupil,
    Outdated,
    TooLate,
    answer,
    record,
    record_unclear,
    withdraw,
)
from consent.services.asking import Occurrence, ask, ask_series, close, release, reword
from consent.services.checking import check, look
from consent.services.dates import answer_dates, withdraw_dates
from consent.services.reaching import (
    ask_for_help,
    disown,
    mark_failed,
    resend,
    send_new_link,
    wish_for_link,
)
from consent.services.resting import hold
from consent.services.setting_aside import invalidate, may_undo, undo
from consent.services.standing import end_standing, give_standing

__all__ = [
    "AdultPupil",
    "Asked",
    "Occurrence",
    "Outdated",
    "TooLate",
    "answer",
    "answer_dates",
    "ask",
    "ask_for_help",
    "ask_series",
    "check",
    "close",
    "disown",
    "end_standing",
    "give_standing",
    "hold",
    "invalidate",
    "look",
    "mark_failed",
    "may_undo",
    "record",
    "record_unclear",
    "release",
    "resend",
    "reword",
    "send_new_link",
    "undo",
    "wish_for_link",
    "withdraw",
    "withdraw_dates",
]
