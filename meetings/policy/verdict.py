"""May this meeting go ahead? One function, asked by every page, the door and the sweep."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from meetings.policy.facts import (
    CheckItem,
    Facts,
    IncidentKind,
    PlaceFacts,
    Presence,
    RecordingRule,
    SeatRole,
    Status,
)
from schoolsafe.lib.rules import Finding, NotAllowed, Severity

# P8: a call planned less than this before its start is a 'meet now' by another name.
NOTICE_BEFORE_START = timedelta(minutes=30)
DOOR_OPENS_BEFORE = timedelta(minutes=15)
# E66: a call may overrun a little; after that the door stays shut.
DOOR_SHUTS_AFTER = timedelta(minutes=30)
LONGEST = timedelta(hours=4)

Say = Callable[[Facts, datetime], str | None]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of the policy: when it speaks, what it says and what mends it."""

    code: str
    clause: str
    severity: Severity
    broken: Say
    mend: str
    mend_with: str
    meaning: str


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


def names(people: Iterable[str]) -> str:
    """Join names as a person would."""
    listed = list(people)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} and {listed[-1]}"


def _no_host(facts: Facts, now: datetime) -> str | None:
    if any(seat.role is SeatRole.HOST and seat.is_eligible for seat in facts.seats):
        return None
    return "This call has no host who may run it."


def _no_pupils(facts: Facts, now: datetime) -> str | None:
    return None if facts.places else "No pupil has been chosen yet."


def _no_adult(facts: Facts, now: datetime) -> str | None:
    if facts.adults or not facts.places:
        return None
    return "No member of staff is on this call."


def _one_to_one(facts: Facts, now: datetime) -> str | None:
    if len(facts.adults) != 1 or len(facts.pupils) != 1:
        return None
    return (
        f"{facts.adults[0].name} would be alone with {facts.pupils[0].name}. "
        "A call with one adult and one pupil is never possible, recorded or not."
    )


def _alone_now(facts: Facts, now: datetime) -> str | None:
    if not facts.is_live or len(facts.present) != 1 or len(facts.adults) > 1:
        return None
    # _one_to_one already says it when nobody else is expected.
    if len(facts.pupils) <= 1:
        return None
    return f"Only {facts.present[0].name} is on the call with one adult."


def _single_adult_unrecorded(facts: Facts, now: datetime) -> str | None:
    if len(facts.adults) != 1 or len(facts.pupils) < 2 or facts.is_recorded:
        return None
    return "With one adult the call must be recorded, and recording is off."


def _recording_refused(facts: Facts, now: datetime) -> str | None:
    if not facts.is_recorded:
        return None
    refused = [p.name for p in facts.pupils if p.has_consent and not p.may_be_recorded]
    if not refused:
        return None
    return f"{names(refused)} may take part but may not be recorded."


def _recording_required(facts: Facts, now: datetime) -> str | None:
    if facts.recording_rule is not RecordingRule.REQUIRED or facts.is_recorded:
        return None
    return "A call for this purpose must be recorded."


def _recording_not_allowed(facts: Facts, now: datetime) -> str | None:
    if facts.recording_rule is not RecordingRule.NOT_ALLOWED or not facts.is_recorded:
        return None
    return "A call for this purpose may not be recorded."


def _declined_advice(facts: Facts) -> bool:
    return facts.recording_rule is RecordingRule.ADVISED and not facts.is_recorded


def _advice_unanswered(facts: Facts, now: datetime) -> str | None:
    if not _declined_advice(facts) or facts.recording_declined_because.strip():
        return None
    return "Recording is advised for this purpose. Leaving it off needs a reason."


def _advice_declined(facts: Facts, now: datetime) -> str | None:
    if not _declined_advice(facts) or not facts.recording_declined_because.strip():
        return None
    return "Recording is advised for this purpose; the reason for leaving it off is kept."


def _no_link_yet(facts: Facts, now: datetime) -> str | None:
    if facts.has_link or facts.is_past_sharing:
        return None
    return "There is no Teams link yet."


def _no_link(facts: Facts, now: datetime) -> str | None:
    if facts.has_link or not facts.is_past_sharing:
        return None
    return "There is no Teams link, so nothing can be shared."


def _link_unproven(facts: Facts, now: datetime) -> str | None:
    if not facts.has_link or facts.link_proves_tenant:
        return None
    return "A short Teams link does not show which school it belongs to."


def _nobody_consented(facts: Facts, now: datetime) -> str | None:
    if not facts.is_past_sharing or not facts.places or facts.pupils:
        return None
    return "No family has consented, so no pupil may take part."


def _consent_waiting(facts: Facts, now: datetime) -> str | None:
    waiting = [p.name for p in facts.places if p.is_waiting and not p.has_consent]
    if not waiting or facts.status is Status.DRAFT:
        return None
    return f"No consent yet for {names(waiting)}."


def _consent_missing(facts: Facts, now: datetime) -> str | None:
    without = [p.name for p in facts.places if not p.has_consent and not p.is_waiting]
    if not without or facts.status is Status.DRAFT:
        return None
    return f"{names(without)} may not take part: no valid consent."


def _meet_now(facts: Facts, now: datetime) -> str | None:
    if facts.starts_at - facts.scheduled_at >= NOTICE_BEFORE_START:
        return None
    return "A call must be scheduled ahead: an instant meeting has no lobby to wait in."


def _in_the_past(facts: Facts, now: datetime) -> str | None:
    if facts.status not in {Status.DRAFT, Status.ASKED} or now < facts.starts_at:
        return None
    return "The start of this call has passed."


def _times_wrong(facts: Facts, now: datetime) -> str | None:
    length = facts.ends_at - facts.starts_at
    if timedelta(0) < length <= LONGEST:
        return None
    return "A call ends after it starts and lasts four hours at most."


def _does_not_count(facts: Facts, now: datetime) -> str | None:
    cannot = [seat.name for seat in facts.seats if seat.is_active and not seat.counts]
    if not cannot:
        return None
    return f"{names(cannot)} cannot count as an adult on this call: not eligible, or away."


def _one_household(facts: Facts, now: datetime) -> str | None:
    homes = [seat.household for seat in facts.adults if seat.household]
    if len(facts.adults) < 2 or len(homes) < len(facts.adults) or len(set(homes)) > 1:
        return None
    return "The adults on this call are of one household, a weaker safeguard."


B, A = Severity.BLOCKS, Severity.ADVISES


def _rule(
    code: str, clause: str, severity: Severity, broken: Say, mend: str, mend_with: str, meaning: str
) -> Rule:
    return Rule(
        code=code,
        clause=clause,
        severity=severity,
        broken=broken,
        mend=mend,
        mend_with=mend_with,
        meaning=meaning,
    )


RULES: tuple[Rule, ...] = (
    _rule("no_host", "P10", B, _no_host, "Choose a host who may run calls.", "people",
          "A call needs a host who is eligible."),
    _rule("no_pupils", "P5", B, _no_pupils, "Choose the pupils.", "people",
          "A call needs at least one pupil."),
    _rule("no_adult", "P1", B, _no_adult, "Bring a member of staff onto the call, or end it.",
          "people", "Pupils are never on a call without an adult."),
    _rule("one_to_one", "P1", B, _one_to_one,
          "Add a second member of staff, or more pupils and recording.", "people",
          "One adult with one pupil is never possible; recording does not cure it."),
    _rule("alone_now", "P1", B, _alone_now,
          "Bring in a second adult, or end the call now.", "people",
          "During the call one adult is never left with one pupil."),
    _rule("single_adult_unrecorded", "P2", B, _single_adult_unrecorded,
          "Add a second member of staff, or turn recording on.", "recording",
          "A call with one adult is recorded."),
    _rule("recording_refused", "P2", B, _recording_refused,
          "Add a second member of staff and turn recording off, or take the pupil off.",
          "recording", "A pupil who may not be recorded is not on a recorded call."),
    _rule("recording_required", "P3", B, _recording_required, "Turn recording on.", "recording",
          "Some purposes require recording."),
    _rule("recording_not_allowed", "P3", B, _recording_not_allowed,
          "Turn recording off and make sure that there are two adults.", "recording",
          "Some purposes do not allow recording."),
    _rule("recording_advice_unanswered", "P3", B, _advice_unanswered,
          "Turn recording on, or write down why not.", "recording",
          "Advice to record is declined only with a reason."),
    _rule("recording_advice_declined", "P3", A, _advice_declined,
          "Nothing to do, unless you change your mind.", "recording",
          "Advice to record was declined with a reason."),
    _rule("times_wrong", "P8", B, _times_wrong, "Change the times.", "times",
          "A call ends after it starts and is not longer than four hours."),
    _rule("meet_now", "P8", B, _meet_now, "Choose a start at least 30 minutes from now.", "times",
          "A call is scheduled at least 30 minutes ahead."),
    _rule("in_the_past", "P8", B, _in_the_past, "Choose a new time.", "times",
          "A call that has not been shared cannot start in the past."),
    _rule("no_link_yet", "P4", A, _no_link_yet,
          "Schedule the meeting in Outlook and paste its Teams link.", "link",
          "A call has a Teams link before it is shared."),
    _rule("no_link", "P4", B, _no_link, "Paste the Teams link from the Outlook invitation.",
          "link", "Nothing is shared without a Teams link."),
    _rule("link_unproven", "P4", A, _link_unproven,
          "Make sure that it comes from your own Outlook calendar.", "link",
          "A short link does not prove that it belongs to the school."),
    _rule("nobody_consented", "P5", B, _nobody_consented,
          "Wait for the families, or ask by telephone.", "consent",
          "Without any consent there is no call."),
    _rule("consent_waiting", "P5", A, _consent_waiting,
          "Reminders go out by themselves; the office can ask by telephone.", "consent",
          "Pupils whose families have not answered are not expected."),
    _rule("consent_missing", "P5", A, _consent_missing,
          "They get no link and are not let in.", "consent",
          "Pupils without a valid consent are not let in."),
    _rule("does_not_count", "P2", A, _does_not_count, "Choose another member of staff.", "people",
          "An adult who is away or not eligible does not count."),
    _rule("one_household", "P2", A, _one_household,
          "Choose a co-host from another household if you can.", "people",
          "Two adults of one household are a weaker safeguard."),
)  # fmt: skip


def assess(facts: Facts, now: datetime) -> Verdict:
    """Return the verdict on a meeting: every rule that is broken, with its clause and its mend.

    It is what the planning page, the share panel, the door, the live register and the sweep ask.
    """
    findings = []
    for rule in RULES:
        words = rule.broken(facts, now)
        if words is not None:
            findings.append(
                Finding(
                    code=rule.code,
                    clause=rule.clause,
                    severity=rule.severity,
                    words=words,
                    mend=rule.mend,
                    mend_with=rule.mend_with,
                )
            )
    return Verdict(findings=tuple(findings))


def checks_needed(facts: Facts) -> frozenset[CheckItem]:
    """Return what each adult confirms before the start; recording only when it applies."""
    always = frozenset({CheckItem.BACKGROUND, CheckItem.CONDUCT, CheckItem.PARTICIPANTS})
    return always | {CheckItem.RECORDING} if facts.is_recorded else always


def assess_opening(facts: Facts, now: datetime) -> Verdict:
    """Return the verdict on opening the door now: the rules, the checklist and the hour."""
    findings = [*assess(facts, now).findings, *_opening_findings(facts, now)]
    return Verdict(findings=tuple(findings))


def _opening_findings(facts: Facts, now: datetime) -> Iterator[Finding]:
    needed = checks_needed(facts)
    late = [seat.name for seat in facts.seats if seat.is_active and not needed <= seat.checks]
    if late:
        yield Finding(
            code="checks_missing",
            clause="P6",
            severity=Severity.BLOCKS,
            words=f"{names(late)} still to confirm the start checklist.",
            mend="Each adult confirms on their own device, or is marked as not there.",
            mend_with="checks",
        )
    if now < facts.starts_at - DOOR_OPENS_BEFORE:
        yield Finding(
            code="too_early",
            clause="P8",
            severity=Severity.BLOCKS,
            words="The door can be opened from 15 minutes before the start.",
            mend="Come back nearer the time.",
            mend_with="times",
        )
    if now > facts.ends_at + DOOR_SHUTS_AFTER:
        yield Finding(
            code="too_late",
            clause="P12",
            severity=Severity.BLOCKS,
            words="This call should be over.",
            mend="Close it, and plan another.",
            mend_with="closing",
        )


def check_admission(facts: Facts, pupil_ids: Sequence[int], now: datetime) -> None:
    """Refuse an admission that would leave one adult with one pupil, or lets in who may not (P1, P5).

    A single adult admits the first two pupils together: whoever waits is safe in the lobby (E56).
    Raises NotAllowed with the reason.
    """
    chosen = [place for place in facts.places if place.pupil_id in set(pupil_ids)]
    if not facts.is_live:
        raise NotAllowed("The door is not open.")
    # A return or a second child may be just what ends being alone, so that rule is asked below.
    standing = [x for x in assess(facts, now).blocking if x.code != "alone_now"]
    if standing:
        raise NotAllowed(f"On hold: {standing[0].words} {standing[0].mend}")
    for place in chosen:
        if not place.has_consent:
            raise NotAllowed(f"{place.name} has no valid consent and may not come in.")
    if len(chosen) != len(set(pupil_ids)) or not chosen:
        raise NotAllowed("That pupil is not on this call.")
    _check_not_alone(facts, chosen)


def _check_not_alone(facts: Facts, chosen: Sequence[PlaceFacts]) -> None:
    """Refuse to leave one adult with one pupil."""
    after = {place.pupil_id for place in (*facts.present, *chosen)}
    if len(facts.adults) == 1 and len(after) < 2:
        raise NotAllowed(
            "You are the only adult: admit the first two pupils together, so that nobody is alone "
            "with you."
        )


def incidents_of_closing(
    facts: Facts, *, hung_up: bool, was_recorded: bool, took_place: bool
) -> tuple[IncidentKind, ...]:
    """Return what the closing of a call brings to the safeguarding team (P2, P13)."""
    if not took_place:
        return ()
    found: list[IncidentKind] = []
    if hung_up:
        found.append(IncidentKind.HUNG_UP)
    if facts.is_recorded and not was_recorded and len(_adults_in_the_end(facts)) < 2:
        found.append(IncidentKind.NOT_RECORDED)
    return tuple(found)


def _adults_in_the_end(facts: Facts) -> list[str]:
    """Return the adults who had confirmed and were on the call when it ended."""
    return [s.name for s in facts.seats if s.counts and CheckItem.CONDUCT in s.checks]



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
    return replace(facts, status=Status.SHARED)
