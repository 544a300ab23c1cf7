"""Everything that can happen to a question put to families: who does it stands in `by`."""

from consent.policy import Asked
from consent.services.answering import answer, withdraw
from consent.services.asking import Occurrence, ask, ask_series, close, release, reword
from consent.services.checking import check, look
from consent.services.dates import answer_dates, undo_dates, withdraw_dates
from consent.services.drafts import WARNINGS
from consent.services.imports import approve_import, confirm_ties, undo_import
from consent.services.own_consent import approve_own_consent, end_own_consent
from consent.services.paper import look_at_evidence, look_at_scan, print_forms
from consent.services.people import (
    change_language,
    change_reach,
    choose_who_is_asked,
    confirm_address,
    correct_address,
    export,
    look_at_guardian,
    look_at_pupil,
)
from consent.services.reaching import (
    ask_for_help,
    disown,
    mark_failed,
    mark_tried_again,
    resend,
    send_lost_links,
    send_new_link,
)
from consent.services.recording import record, record_unclear
from consent.services.reminding import Changed, due, remind
from consent.services.resting import hold
from consent.services.said import Outdated, Overtaken, PupilAlone, TooLate
from consent.services.setting_aside import invalidate, may_undo, undo
from consent.services.settling import settle_in_time
from consent.services.standing import end_standing, give_standing
from consent.services.wishing import wish

__all__ = [
    "approve_import",
    "confirm_ties",
    "undo_import",
    "PupilAlone",
    "WARNINGS",
    "Asked",
    "Changed",
    "Occurrence",
    "Outdated",
    "Overtaken",
    "TooLate",
    "answer",
    "answer_dates",
    "approve_own_consent",
    "ask",
    "ask_for_help",
    "ask_series",
    "change_language",
    "change_reach",
    "check",
    "choose_who_is_asked",
    "close",
    "confirm_address",
    "correct_address",
    "disown",
    "due",
    "end_own_consent",
    "end_standing",
    "export",
    "give_standing",
    "hold",
    "invalidate",
    "look",
    "look_at_guardian",
    "look_at_pupil",
    "look_at_evidence",
    "look_at_scan",
    "mark_failed",
    "mark_tried_again",
    "may_undo",
    "print_forms",
    "record",
    "record_unclear",
    "release",
    "remind",
    "resend",
    "reword",
    "send_lost_links",
    "send_new_link",
    "settle_in_time",
    "undo",
    "undo_dates",
    "wish",
    "withdraw",
    "withdraw_dates",
]
