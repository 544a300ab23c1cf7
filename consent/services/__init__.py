"""Everything that can happen to a question put to families: who does it stands in `by`."""

from consent.policy import Asked
from consent.services.answering import (
    AdultPupil,
    Outdated,
    TooLate,
    answer,
    withdraw,
)
from consent.services.asking import ask, close, release, reword
from consent.services.checking import check, look
from consent.services.paper import look_at_evidence, look_at_scan, print_forms
from consent.services.reaching import (
    ask_for_help,
    disown,
    mark_failed,
    resend,
    send_new_link,
    wish_for_link,
)
from consent.services.recording import record, record_unclear
from consent.services.setting_aside import invalidate, may_undo, undo

__all__ = [
    "AdultPupil",
    "Asked",
    "Outdated",
    "TooLate",
    "answer",
    "ask",
    "ask_for_help",
    "check",
    "close",
    "disown",
    "invalidate",
    "look",
    "look_at_evidence",
    "look_at_scan",
    "mark_failed",
    "may_undo",
    "print_forms",
    "record",
    "record_unclear",
    "release",
    "resend",
    "reword",
    "send_new_link",
    "undo",
    "wish_for_link",
    "withdraw",
]
