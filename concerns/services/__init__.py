"""Every change in the Log of Concern: one function per thing that can happen."""

from concerns.services.alerts import LADDER, Notice, alert_failed, climb, look, more_failed
from concerns.services.filing import Account, Call, Named, log
from concerns.services.naming import name_subject, settle
from concerns.services.routing import look_again
from concerns.services.work import (
    AlreadyAcknowledged,
    acknowledge,
    add,
    close,
    decide,
    read,
    record_call,
    reopen,
)

__all__ = [
    "LADDER",
    "Account",
    "AlreadyAcknowledged",
    "Call",
    "Named",
    "Notice",
    "acknowledge",
    "add",
    "alert_failed",
    "climb",
    "close",
    "decide",
    "log",
    "look",
    "look_again",
    "more_failed",
    "name_subject",
    "read",
    "record_call",
    "reopen",
    "settle",
]
