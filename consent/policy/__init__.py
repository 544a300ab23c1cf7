"""The rules of consent: plain Python, no clock."""

from consent.policy.names import is_same_person
from consent.policy.paper import may_have_form
from consent.policy.plan import (
    CONDUCT,
    Asked,
    Change,
    changes,
    changes_for_family,
    material_changes,
)
from consent.policy.status import (
    Channel,
    Help,
    Kind,
    Mode,
    Objection,
    PupilConsent,
    Status,
    Voice,
    consent_of,
    may_be_recorded,
    mode_of,
    status_of,
)
from consent.policy.timing import MOST_MESSAGES, READS_FOR_AT_LEAST, Rung, reminders, rungs
from consent.policy.weight import UNDO_WITHIN, Weight, may_undo, weight_of

__all__ = [
    "CONDUCT",
    "MOST_MESSAGES",
    "READS_FOR_AT_LEAST",
    "UNDO_WITHIN",
    "Asked",
    "Change",
    "Channel",
    "Help",
    "Kind",
    "Mode",
    "Objection",
    "PupilConsent",
    "Rung",
    "Status",
    "Voice",
    "Weight",
    "changes",
    "changes_for_family",
    "consent_of",
    "is_same_person",
    "material_changes",
    "may_be_recorded",
    "may_have_form",
    "may_undo",
    "mode_of",
    "reminders",
    "rungs",
    "status_of",
    "weight_of",
]
