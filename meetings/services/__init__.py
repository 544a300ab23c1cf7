"""Every change to a meeting, one function per thing that can happen."""

from meetings.services.closing import Ending, cancel, close, end, settle
from meetings.services.families import ask, on_answer_coming, on_answers_changed, remind
from meetings.services.incidents import raise_unclosed
from meetings.services.planning import Plan, PlanRefused, plan, revise, set_link
from meetings.services.purposes import offer_purpose
from meetings.services.running import (
    Passage,
    admit,
    call_reserve,
    come_back,
    confirm,
    drop_out,
    mark,
    note_unknown_name,
    open_door,
    press,
    remove,
)
from meetings.services.sharing import (
    direct_message,
    record_class_message,
    record_direct_message,
    send_every_link,
    send_personal_links,
    share_by_email,
)

__all__ = [
    "Ending",
    "Passage",
    "Plan",
    "PlanRefused",
    "admit",
    "ask",
    "call_reserve",
    "cancel",
    "close",
    "come_back",
    "confirm",
    "direct_message",
    "drop_out",
    "end",
    "mark",
    "note_unknown_name",
    "offer_purpose",
    "on_answer_coming",
    "on_answers_changed",
    "open_door",
    "plan",
    "press",
    "raise_unclosed",
    "record_class_message",
    "record_direct_message",
    "remind",
    "remove",
    "revise",
    "send_every_link",
    "send_personal_links",
    "set_link",
    "settle",
    "share_by_email",
]
