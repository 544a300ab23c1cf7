"""The rules of a call, one by one: what breaks each, what it says and what mends it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from meetings.policy.facts import Facts, PlaceFacts, RecordingRule, SameLink, SeatRole, Status
from meetings.policy.links import link_leaked, link_unproven, no_link, no_link_yet
from school.policy import HUSHED
from schoolsafe.lib.rules import Finding, Severity

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

    def finding(self, facts: Facts, now: datetime) -> Finding | None:
        """Return what this rule finds, or nothing when it is kept."""
        words = self.broken(facts, now)
        if words is None:
            return None
        return Finding(
            code=self.code,
            clause=self.clause,
            severity=self.severity,
            words=words[:1].upper() + words[1:],
            mend=ON_A_CALL.get(self.code, self.mend) if facts.is_live else self.mend,
            mend_with=self.mend_with,
        )


# While a call runs nothing can be planned: families agreed to what was planned.
WAY_OUT = "Bring in a second adult, or end the call for everyone now."
ON_A_CALL = {
    "barred": "Mark them as not there and bring in somebody else, or end the call now.",
    "one_to_one": WAY_OUT,
    "single_adult_unrecorded": WAY_OUT,
    "link_leaked": "Choose 'End meeting' in Teams, schedule a new meeting and put its link on the page "
    "of the call, or end the call now.",
    "link_twice_at_once": "Send out whoever does not belong to this call, or end the call now.",
    "recording_refused": "Stop the recording and bring in a second adult, or end the call now.",
}


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
    if not facts.is_live or len(facts.adults) != 1:
        return None
    # _one_to_one already says it when nobody else is expected.
    if len(facts.pupils) == 1:
        return None
    alone = _left_alone(facts)
    if alone is None:
        return None
    return f"Only {alone.name} is on the call with one adult."


def _left_alone(facts: Facts) -> PlaceFacts | None:
    """Return the pupil who is the only one on the call, or will be once others have been sent out.

    A pupil whose consent was withdrawn during the call has to go: they are no company (E38).
    """
    staying = [place for place in facts.present if place.has_consent]
    for company in (facts.present, staying):
        if len(company) == 1:
            return company[0]
    return None


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
    if facts.is_never_recorded:
        return "This school records no calls."
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


def _link_twice_at_once(facts: Facts, now: datetime) -> str | None:
    if not any(_meet(facts, other) for other in facts.same_link):
        return None
    return (
        "This Teams link belongs to another call at the same time: "
        "two groups of children would meet."
    )


def _meet(facts: Facts, other: SameLink) -> bool:
    """Tell whether the door to one can be open while the other lasts."""
    return (
        facts.starts_at - DOOR_OPENS_BEFORE < other.ends_at
        and other.starts_at - DOOR_OPENS_BEFORE < facts.ends_at
    )


def _link_twice(facts: Facts, now: datetime) -> str | None:
    others = [other for other in facts.same_link if not other.is_of_series]
    if not others or any(_meet(facts, other) for other in facts.same_link):
        return None
    return (
        "This Teams link belongs to another call too: "
        "whoever was let into one of them still has the way into the other."
    )


def _nobody_consented(facts: Facts, now: datetime) -> str | None:
    if not facts.is_past_sharing or not facts.places or facts.pupils:
        return None
    return "No family has consented, so no pupil may take part."


def _consent_waiting(facts: Facts, now: datetime) -> str | None:
    waiting = [p.name for p in facts.shown if p.is_waiting and not p.has_consent]
    if not waiting or facts.status is Status.DRAFT:
        return None
    return f"No consent yet for {names(waiting)}."


def _consent_missing(facts: Facts, now: datetime) -> str | None:
    without = [p.name for p in facts.shown if not p.has_consent and not p.is_waiting]
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


def _no_school_day(facts: Facts, now: datetime) -> str | None:
    if not facts.closed_because:
        return None
    return f"That day is no school day: {facts.closed_because}."


def _times_wrong(facts: Facts, now: datetime) -> str | None:
    length = facts.ends_at - facts.starts_at
    if timedelta(0) < length <= LONGEST:
        return None
    return "A call ends after it starts and lasts four hours at most."


def _does_not_count(facts: Facts, now: datetime) -> str | None:
    cannot = [seat for seat in facts.seats if seat.is_active and not seat.counts]
    if not cannot:
        return None
    # Whoever plans can mend an absence by another hour, and nothing else.
    away = [seat.name for seat in cannot if seat.is_away]
    unfit = [seat.name for seat in cannot if not seat.is_away]
    said = []
    if away:
        said.append(f"{names(away)} {_are(away)} away then.")
    if unfit:
        said.append(f"{names(unfit)} {_are(unfit)} not eligible for calls.")
    return " ".join(said)


def _on_another_call(facts: Facts, now: datetime) -> str | None:
    busy = [seat.name for seat in facts.seats if seat.is_on_another_call]
    return f"{names(busy)} {_are(busy)} on another call then." if busy else None


def _are(people: list[str]) -> str:
    return "is" if len(people) == 1 else "are"


def _barred(facts: Facts, now: datetime) -> str | None:
    # Whoever reads this need not know of the order, nor about which child it is (E31).
    met = {place.pupil_id for place in (*facts.pupils, *facts.present)}
    barred = [
        seat.name
        for seat in facts.seats
        if seat.barred_from & met
        and not seat.has_dropped_out
        and (seat.is_active or not facts.is_live)
    ]
    return f"{names(barred)} cannot be on this call: {HUSHED}." if barred else None


def _twice_on_call(facts: Facts, now: datetime) -> str | None:
    on_call = {seat.staff_id for seat in facts.seats if seat.role is not SeatRole.RESERVE}
    both = [
        seat.name
        for seat in facts.seats
        if seat.role is SeatRole.RESERVE and seat.staff_id in on_call
    ]
    if not both:
        return None
    return f"{names(both)} cannot be on the call and its reserve."


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
          "Bring in a second adult, or end the call for everyone now.", "people",
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
    # E66: a day off may be meant, so it is said and not forbidden.
    _rule("no_school_day", "P8", A, _no_school_day,
          "Choose a school day, or make sure that colleagues can be reached on that day.", "times",
          "A call is best on a day on which the school is open; said where it is planned."),
    _rule("in_the_past", "P8", B, _in_the_past, "Choose a new time.", "times",
          "A call that has not been shared cannot start in the past."),
    _rule("no_link_yet", "P4", A, no_link_yet,
          "Schedule the meeting in Outlook and paste its Teams link.", "link",
          "A call has a Teams link before it is shared."),
    _rule("no_link", "P4", B, no_link, "Paste the Teams link from the Outlook invitation.",
          "link", "Nothing is shared without a Teams link."),
    # E71: the lobby of a Teams meeting cannot be given another address; the meeting is made anew.
    _rule("link_leaked", "P9", B, link_leaked,
          "Cancel the Teams meeting in Outlook, schedule a new one and put its link here.",
          "link", "A call whose Teams link has leaked has no way in until it has a new one."),
    _rule("link_unproven", "P4", A, link_unproven,
          "Make sure that it comes from your own Outlook calendar.", "link",
          "A short link does not prove that it belongs to the school."),
    _rule("link_twice_at_once", "P4", B, _link_twice_at_once,
          "Schedule a Teams meeting of its own in Outlook and paste its link, or change the times.",
          "link", "Two calls whose doors can be open at the same time never have one Teams link."),
    # An Outlook series has one link for all its dates, and the same families are asked for each.
    _rule("link_twice", "P4", A, _link_twice,
          "Schedule a Teams meeting of its own in Outlook and paste its link.",
          "link", "Each call has a Teams link of its own; the dates of a series may have one."),
    _rule("nobody_consented", "P5", B, _nobody_consented,
          "Wait for the families, or ask by telephone.", "consent",
          "Without any consent there is no call."),
    _rule("consent_waiting", "P5", A, _consent_waiting,
          "Reminders go out by themselves; the office can ask by telephone.", "consent",
          "Pupils whose families have not answered are not expected."),
    _rule("consent_missing", "P5", A, _consent_missing,
          "They get no link and are not let in.", "consent",
          "Pupils without a valid consent are not let in."),
    _rule("does_not_count", "P2", A, _does_not_count, "Choose another member of staff, or another time.", "people",
          "An adult who is away or not eligible does not count as an adult."),
    _rule("on_another_call", "P2", A, _on_another_call,
          "Choose another member of staff, or another time.", "people",
          "An adult has no seat on another call at that time; said where it is planned."),
    _rule("barred", "P5", B, _barred, "Choose another member of staff.", "people",
          "An adult who may not have contact with a pupil is not on a call with them."),
    _rule("twice_on_call", "P2", B, _twice_on_call, "Choose another reserve, or none.", "people",
          "A reserve is somebody who is not on the call already."),
    _rule("one_household", "P2", A, _one_household,
          "Choose a co-host from another household if you can.", "people",
          "Two adults of one household are a weaker safeguard."),
)  # fmt: skip
