"""The pages: a family's own behind its link, and the office's."""

from consent.views.answers import ask, change, confirm, recording, refusal
from consent.views.links import help_wanted, new_link, not_me, wish
from consent.views.staff import check, record, resend, set_aside
from consent.views.standing import end_standing, standing, standings, year
from consent.views.taking_back import undo, withdraw

__all__ = [
    "ask",
    "change",
    "check",
    "confirm",
    "end_standing",
    "help_wanted",
    "new_link",
    "not_me",
    "recording",
    "record",
    "refusal",
    "resend",
    "set_aside",
    "standing",
    "standings",
    "undo",
    "wish",
    "withdraw",
    "year",
]
