"""May this meeting go ahead? One function, asked by every page, the door and the sweep."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from meetings.policy.drift import DRIFT_RULES
from meetings.policy.facts import Facts, Presence, Status
from meetings.policy.opening import OPENING_RULES, SHARING_RULES
from meetings.policy.rules import RULES, Rule
from schoolsafe.lib.rules import Finding

# What holds of every call at every moment: the plan, the families, and what Teams says of itself.
STANDING: tuple[Rule, ...] = (*RULES, *DRIFT_RULES)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """All that was found about a meeting at one instant."""

    findings: tuple[Finding, ...]

    @property
    def blocks(self) -> bool:
        """Tell whether the meeting may not go ahead."""
        return any(finding.blocks for finding in self.findings)

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """Return what stops it."""
        return tuple(finding for finding in self.findings if finding.blocks)

    @property
    def advice(self) -> tuple[Finding, ...]:
        """Return what does not stop it, but should be read."""
        return tuple(finding for finding in self.findings if not finding.blocks)

    @property
    def sentence(self) -> str:
        """Return the verdict in one sentence."""
        if not self.blocks:
            return "This call keeps to the policy."
        return self.blocking[0].words


def assess(facts: Facts, now: datetime) -> Verdict:
    """Return the verdict on a meeting: every rule that is broken, with its clause and its mend.

    It is what the planning page, the share panel, the door, the live register and the sweep ask.
    """
    return Verdict(findings=_found(STANDING, facts, now))


def assess_plan(facts: Facts, now: datetime) -> Verdict:
    """Return the verdict on a plan, whatever the families will say and Teams says of its meeting.

    A call that is already shared may be mended after its start: a co-host added, say.
    """
    found = _found(RULES, as_planned(facts), now)
    may_be_late = facts.is_past_sharing
    return Verdict(findings=tuple(x for x in found if x.code != "in_the_past" or not may_be_late))


def assess_asking(facts: Facts, now: datetime) -> Verdict:
    """Return the verdict on asking families about a draft: what they would be told of a recording.

    A yes is to a call with its recording or to one without (P3). Of a call that they know of nothing
    is found here: the plan was looked at when they were asked, and at each change.
    """
    rules = [rule for rule in RULES if rule.clause == "P3"] if facts.status is Status.DRAFT else []
    return Verdict(findings=_found(rules, facts, now))


def assess_sharing(facts: Facts, now: datetime) -> Verdict:
    """Return the verdict on letting links out now: the rules as if they were out, and the hour."""
    standing = _found(STANDING, as_shared(facts), now)
    return Verdict(findings=(*standing, *_found(SHARING_RULES, facts, now)))


def assess_opening(facts: Facts, now: datetime) -> Verdict:
    """Return the verdict on opening the door now: the rules, the checklist and the hour."""
    return Verdict(findings=_found((*STANDING, *OPENING_RULES), facts, now))


def _found(rules: Iterable[Rule], facts: Facts, now: datetime) -> tuple[Finding, ...]:
    """Return what these rules find, in their order."""
    findings = (rule.finding(facts, now) for rule in rules)
    return tuple(finding for finding in findings if finding is not None)


def as_planned(facts: Facts) -> Facts:
    """Return the facts as if nothing had been asked or shared yet: what the plan alone promises."""
    places = tuple(
        replace(place, has_consent=False, is_waiting=True, presence=Presence.EXPECTED)
        for place in facts.places
    )
    seats = tuple(replace(seat, has_dropped_out=False) for seat in facts.seats)
    return replace(facts, status=Status.DRAFT, places=places, seats=seats)


def as_shared(facts: Facts) -> Facts:
    """Return the facts as if links were out: what must hold before they may go."""
    return facts if facts.is_past_sharing else replace(facts, status=Status.SHARED)
