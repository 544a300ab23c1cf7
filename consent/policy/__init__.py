"""The rules of consent: plain Python, no clock."""

from consent.policy.names import is_same_person
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
    Kind,
    Mode,
    PupilConsent,
    Status,
    Voice,
    consent_of,
    may_be_recorded,
    status_of,
)
from consent.policy.timing import (
    MOST_MESSAGES,
    READS_FOR_AT_LEAST,
    REPLACES_WITHIN,
    Rung,
    is_replaced,
    may_chase,
    reminders,
    rungs,
)

__all__ = [
    "CONDUCT",
    "MOST_MESSAGES",
    "READS_FOR_AT_LEAST",
    "REPLACES_WITHIN",
    "Asked",
    "Change",
    "Channel",
    "Kind",
    "Mode",
    "PupilConsent",
    "Rung",
    "Status",
    "Voice",
    "changes",
    "changes_for_family",
    "consent_of",
    "is_replaced",
    "is_same_person",
    "material_changes",
    "may_be_recorded",
    "may_chase",
    "reminders",
    "rungs",
    "status_of",
]
