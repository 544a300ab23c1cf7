"""The rules of a call with pupils: facts in, findings and moves out. Plain Python, no clock."""

from meetings.policy.admission import check_admission, check_calling, check_return
from meetings.policy.barred import Block, barred_from
from meetings.policy.channels import PLATFORMS, check_platform
from meetings.policy.closing import has_taken_place, incidents_of_closing, is_alone
from meetings.policy.door import Door, DoorAnswer, door, for_holder, next_for_family, refuse_entry
from meetings.policy.facts import (
    CheckItem,
    EntryKind,
    Facts,
    IncidentKind,
    PlaceFacts,
    Presence,
    RecordingRule,
    SeatFacts,
    SeatRole,
    Status,
)
from meetings.policy.ladders import AGAIN_AFTER, REMIND_AFTER, closing_rung
from meetings.policy.moves import (
    MOVES,
    PLANNED,
    Action,
    Person,
    actions_for,
    check_person,
    may_view,
    next_status,
)
from meetings.policy.opening import (
    CHECKS_COUNT_FOR,
    OPENING_RULES,
    SHARING_RULES,
    check_counts,
    checks_needed,
)
from meetings.policy.rules import DOOR_OPENS_BEFORE, DOOR_SHUTS_AFTER, RULES, Rule
from meetings.policy.series import MOST_CALLS, Occurrence, occurrences
from meetings.policy.verdict import (
    Verdict,
    as_planned,
    as_shared,
    assess,
    assess_opening,
    assess_plan,
    assess_sharing,
)
from meetings.policy.watching import (
    LOOKS_AHEAD,
    LOOKS_BACK,
    SECOND_LOOK,
    has_turned,
    is_blocked_soon,
)

__all__ = [
    "AGAIN_AFTER",
    "CHECKS_COUNT_FOR",
    "DOOR_OPENS_BEFORE",
    "DOOR_SHUTS_AFTER",
    "LOOKS_AHEAD",
    "LOOKS_BACK",
    "MOST_CALLS",
    "MOVES",
    "PLATFORMS",
    "OPENING_RULES",
    "PLANNED",
    "Occurrence",
    "REMIND_AFTER",
    "RULES",
    "SECOND_LOOK",
    "SHARING_RULES",
    "Action",
    "Block",
    "CheckItem",
    "Door",
    "DoorAnswer",
    "EntryKind",
    "Facts",
    "IncidentKind",
    "Person",
    "PlaceFacts",
    "Presence",
    "RecordingRule",
    "Rule",
    "SeatFacts",
    "SeatRole",
    "Status",
    "Verdict",
    "actions_for",
    "as_planned",
    "as_shared",
    "assess",
    "assess_opening",
    "assess_plan",
    "assess_sharing",
    "barred_from",
    "check_admission",
    "check_calling",
    "check_counts",
    "check_person",
    "check_platform",
    "check_return",
    "checks_needed",
    "closing_rung",
    "door",
    "has_taken_place",
    "has_turned",
    "incidents_of_closing",
    "is_alone",
    "is_blocked_soon",
    "may_view",
    "next_for_family",
    "next_status",
    "occurrences",
    "for_holder",
    "refuse_entry",
]
