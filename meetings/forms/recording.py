"""What a form of a plan says of recording."""

from meetings import policy, selectors
from meetings.models import Meeting, Purpose

WORDS = {
    policy.RecordingRule.REQUIRED: "must be on.",
    policy.RecordingRule.ADVISED: "advised; leaving it off needs a reason.",
    policy.RecordingRule.OPTIONAL: "as you think right.",
    policy.RecordingRule.NOT_ALLOWED: "may not be on.",
}
NONE_IS_RECORDED = "off: this school records no calls, so two adults take part."


def is_never_recorded(
    standing: Meeting | None, purpose: Purpose | None, *, is_recorded: bool
) -> bool:
    """Tell whether a call as typed is never recorded, as the service will see it."""
    purpose_id = purpose.pk if purpose else None
    return selectors.is_never_recorded(standing, is_recorded=is_recorded, purpose_id=purpose_id)


def words_of_recording(standing: Meeting | None, purpose: Purpose, *, is_recorded: bool) -> str:
    """Return what the purpose that is chosen, or the school, says about recording (P3)."""
    rule = policy.RecordingRule(purpose.recording_rule)
    if rule is policy.RecordingRule.NOT_ALLOWED:
        return WORDS[rule]
    is_never = is_never_recorded(standing, purpose, is_recorded=is_recorded)
    return NONE_IS_RECORDED if is_never else WORDS[rule]
