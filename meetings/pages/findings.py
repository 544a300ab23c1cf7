"""What stands in a call's way, with the link that mends it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.urls import reverse

from meetings import policy
from meetings.models import Meeting
from meetings.pages.parts import Box, Mended, hour
from schoolsafe.lib.rules import Finding


def planning_box(
    facts: policy.Facts,
    now: datetime,
    *,
    guidance: str = "",
    recording: str = "",
    cost: str = "",
    slips: Sequence[str] = (),
) -> Box:
    """Return the verdict on a call that is being typed, with what the school says of its purpose.

    With `cost`, what keeping it takes from the families who have answered; with `slips`, what the form
    would not take: a plan that cannot be kept is not said to be safe.
    """
    box = _planning_verdict(facts, now)
    if slips and box.tone == "clear":
        box = replace(box, tone="stop", sentence="Not possible like this.")
    return replace(box, guidance=guidance, recording=recording, cost=cost, slips=tuple(slips))


def _planning_verdict(facts: policy.Facts, now: datetime) -> Box:
    """Return the verdict on a call that is being typed; what is still empty does not shout."""
    verdict = policy.assess_plan(facts, now)
    if any(finding.code == "no_pupils" for finding in verdict.findings):
        rest = tuple(x for x in verdict.findings if x.code != "no_pupils")
        if not any(x.blocks for x in rest):
            return Box(
                tone="news", sentence="Choose the pupils to see whether it is safe.", findings=rest
            )
    if verdict.blocks:
        return Box(tone="stop", sentence="Not possible like this.", findings=verdict.findings)
    return Box(
        tone="clear", sentence=f"This is safe. {_safe_because(facts)}", findings=verdict.advice
    )


def _safe_because(facts: policy.Facts) -> str:
    """Return what makes a plan safe: two adults, a recording, or both."""
    if len(policy.as_planned(facts).adults) < 2:
        return "One adult, recorded: this is possible."
    if facts.is_recorded:
        return "Two adults, and the call is recorded."
    if facts.recording_rule is policy.RecordingRule.NOT_ALLOWED:
        return "Two adults, and no recording."
    return "Two adults: you may record or not."


def with_mends(
    meeting: Meeting, verdict: policy.Verdict, actions: frozenset[policy.Action]
) -> list[Mended]:
    """Return the findings, each with the link that mends it for those who may."""
    over = {policy.Status.ENDED.value, policy.Status.CLOSED.value, policy.Status.CANCELLED.value}
    if meeting.status in over:
        return []
    revise = reverse("meetings:revise", args=[meeting.pk])
    pages = {
        "people": revise,
        "recording": revise,
        "times": revise,
        "link": "#link",
        "teams": "#teams",
    }
    may = {"link_leaked": policy.Action.RENEW in actions}
    return [
        Mended(
            clause=finding.clause,
            severity=finding.severity.value,
            words=finding.words,
            mend=finding.mend,
            mend_url=pages.get(finding.mend_with, "")
            if may.get(finding.code, policy.Action.REVISE in actions)
            else "",
        )
        for finding in verdict.findings
    ]


def sharing_findings(facts: policy.Facts, now: datetime) -> tuple[Finding, ...]:
    """Return what holds the link back, and what to think about."""
    return policy.assess(policy.as_shared(facts) if not facts.is_live else facts, now).findings


def opening_findings(facts: policy.Facts, now: datetime) -> tuple[Finding, ...]:
    """Return what stands between this call and an open door; when it is too early, that first."""
    if facts.status is not policy.Status.SHARED:
        return policy.assess(facts, now).blocking
    found = policy.assess_opening(facts, now).blocking
    early = [_with_thehour(x, facts, now) for x in found if x.code == "too_early"]
    return (*early, *(x for x in found if x.code != "too_early"))


def _with_thehour(finding: Finding, facts: policy.Facts, now: datetime) -> Finding:
    """Say by the clock when the door and its checklist open."""
    words = f"The door can be opened from {hour(facts.starts_at - policy.DOOR_OPENS_BEFORE, now)}."
    checks_from = facts.starts_at - policy.CHECKS_COUNT_FOR
    mend = "Until then each adult can confirm the checklist."
    if now < checks_from:
        mend = f"The checklist can be confirmed from {hour(checks_from, now)}."
    return replace(finding, words=words, mend=mend)
