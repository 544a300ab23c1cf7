"""What is asked besides the rules when links go out, and when the door is opened."""

from datetime import datetime, timedelta

from meetings.policy.facts import CheckItem, Facts
from meetings.policy.rules import DOOR_OPENS_BEFORE, DOOR_SHUTS_AFTER, Rule, names
from schoolsafe.lib.rules import Severity

# P6: what somebody confirmed in the morning says nothing of their background in the afternoon.
CHECKS_COUNT_FOR = timedelta(hours=2)


def checks_needed(facts: Facts) -> frozenset[CheckItem]:
    """Return what each adult confirms before the start; recording only when it applies."""
    always = frozenset(CheckItem) - {CheckItem.RECORDING}
    return always | {CheckItem.RECORDING} if facts.is_recorded else always


def check_counts(confirmed_at: datetime, *, starts_at: datetime, scheduled_at: datetime) -> bool:
    """Tell whether a confirmation is about this call: not long before, nor before it was moved."""
    return confirmed_at >= starts_at - CHECKS_COUNT_FOR and confirmed_at > scheduled_at


def _checks_missing(facts: Facts, now: datetime) -> str | None:
    needed = checks_needed(facts)
    late = [seat.name for seat in facts.seats if seat.is_active and not needed <= seat.checks]
    return f"{names(late)} still to confirm the start checklist." if late else None


def _too_early(facts: Facts, now: datetime) -> str | None:
    if now >= facts.starts_at - DOOR_OPENS_BEFORE:
        return None
    return "The door can be opened from 15 minutes before the start."


def _too_late(facts: Facts, now: datetime) -> str | None:
    return "This call should be over." if now > facts.ends_at + DOOR_SHUTS_AFTER else None


def _begun(facts: Facts, now: datetime) -> str | None:
    if facts.is_past_sharing or now < facts.starts_at:
        return None
    return "The start of this call has passed, and no family has its link."


TOO_LATE = Rule(
    code="too_late",
    clause="P12",
    severity=Severity.BLOCKS,
    broken=_too_late,
    mend="Close it, and plan another.",
    mend_with="closing",
    meaning="Half an hour after its end a call is over, whether closed or not.",
)

SHARING_RULES: tuple[Rule, ...] = (
    Rule(
        code="begun_unshared",
        clause="P8",
        severity=Severity.BLOCKS,
        broken=_begun,
        mend="Choose a new time.",
        mend_with="times",
        meaning="Links first go out before the start, never into a call that has begun.",
    ),
    TOO_LATE,
)

OPENING_RULES: tuple[Rule, ...] = (
    Rule(
        code="checks_missing",
        clause="P6",
        severity=Severity.BLOCKS,
        broken=_checks_missing,
        mend="Each adult confirms on their own device, or is marked as not there.",
        mend_with="checks",
        meaning="Every adult confirms background, conduct, participants list and that there are no "
        "breakout rooms, within two hours of the start; and recording when it applies.",
    ),
    Rule(
        code="too_early",
        clause="P8",
        severity=Severity.BLOCKS,
        broken=_too_early,
        mend="Come back nearer the time.",
        mend_with="times",
        meaning="The door opens 15 minutes before the start at the earliest.",
    ),
    TOO_LATE,
)
