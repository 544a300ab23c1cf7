"""Every change to the outbox and the ladders; other rooms import these names from here."""

from notices.services.forgetting import forget
from notices.services.holding import hold
from notices.services.ladders import (
    climb_due,
    move_ladder,
    repair,
    start_ladder,
    start_ladders,
    stop_ladder,
)
from notices.services.outbox import (
    ask_about_again_now,
    ask_again_now,
    ask_kinds_again_now,
    drop,
    hold_letters,
    look,
    queue,
    send_again,
    send_kind_again,
)
from notices.services.running import Report, beat, run_due

__all__ = [
    "Report",
    "ask_about_again_now",
    "ask_again_now",
    "ask_kinds_again_now",
    "hold_letters",
    "beat",
    "climb_due",
    "drop",
    "forget",
    "hold",
    "look",
    "move_ladder",
    "queue",
    "repair",
    "run_due",
    "send_again",
    "send_kind_again",
    "start_ladder",
    "start_ladders",
    "stop_ladder",
]
