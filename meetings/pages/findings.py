"""What stands in a call's way, with the link that mends it."""

from datetime import datetime

from django.urls import reverse

from meetings import policy
from meetings.models import Meeting
from meetings.pages.parts import Box, Mended
from schoolsafe.lib.rules import Finding


def planning_box(facts: policy.Facts, now: datetime) -> Box:
    """Return the verdict on a call that is being typed; what is still empty does not shout."""
    verdict = policy.assess(facts, now)
    if any(finding.code == "no_pupils" for finding in verdict.findings):
        rest = tuple(x for x in verdict.findings if x.code != "no_pupils")
        if not any(x.blocks for x in rest):
            return Box(
                tone="news", sentence="Choose the pupils to see whether it is safe.", findings=rest
            )
    if verdict.blocks:
        return Box(tone="stop", sentence="Not possible like this.", findings=verdict.findings)
    both = len(facts.adults) > 1
    sentence = (
        "Two adults: you may record or not." if both else "One adult, recorded: this is possible."
    )
    return Box(tone="clear", sentence=f"This is safe. {sentence}", findings=verdict.advice)


def with_mends(
    meeting: Meeting, verdict: policy.Verdict, actions: frozenset[policy.Action]
) -> list[Mended]:
    """Return the findings, each with the link that mends it for those who may."""
    over = {policy.Status.ENDED.value, policy.Status.CLOSED.value, policy.Status.CANCELLED.value}
    if meeting.status in over:
        return []
    revise = reverse("meetings:revise", args=[meeting.pk])
    pages = {"people": revise, "recording": revise, "times": revise, "link": "#link"}
    may = policy.Action.REVISE in actions
    return [
        Mended(
            clause=finding.clause,
            severity=finding.severity.value,
            words=finding.words,
            mend=finding.mend,
            mend_url=pages.get(finding.mend_with, "") if may else "",
        )
        for finding in verdict.findings
    ]


def sharing_findings(facts: policy.Facts, now: datetime) -> tuple[Finding, ...]:
    """Return what holds the link back, and what to think about."""
    return policy.assess(policy.as_shared(facts) if not facts.is_live else facts, now).findings


def opening_findings(facts: policy.Facts, now: datetime) -> tuple[Finding, ...]:
    """Return what stands between this call and an open door."""
    if facts.status is policy.Status.SHARED:
        return policy.assess_opening(facts, now).blocking
    return policy.assess(facts, now).blocking
