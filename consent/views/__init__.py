"""The pages: a family's own behind its link, and the office's."""

from consent.views.answers import ask, change, confirm, recording
from consent.views.links import new_link, not_me, wish
from consent.views.staff import check, record, resend
from consent.views.withdrawals import withdraw

__all__ = [
    "ask",
    "change",
    "check",
    "confirm",
    "new_link",
    "not_me",
    "recording",
    "record",
    "resend",
    "wish",
    "withdraw",
]
