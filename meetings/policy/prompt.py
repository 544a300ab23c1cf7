"""The one line of a call that is on hold, with names, and the one press that mends it (E57, E58)."""

from dataclasses import dataclass
from enum import StrEnum

from meetings.policy.facts import Facts, SeatFacts, SeatRole
from meetings.policy.rules import names
from schoolsafe.lib.rules import Finding

# What a second adult mends.
SHORT_OF_ADULTS = frozenset({"no_adult", "one_to_one", "alone_now", "single_adult_unrecorded"})
WHO = {
    SeatRole.HOST: "The host",
    SeatRole.CO_HOST: "The co-host",
    SeatRole.RESERVE: "The reserve",
}
# Of a whole class the line would name everybody.
MOST_NAMED = 3


class Mend(StrEnum):
    """The press that mends a call on hold."""

    CALL_RESERVE = "call_reserve"
    MARK_GONE = "mark_gone"
    END = "end"


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """What has happened, in names, and the one press that mends it."""

    words: str
    mend: str
    press: Mend
    staff: SeatFacts | None = None


def prompt(facts: Facts, finding: Finding) -> Prompt:
    """Return the line and the press for what stops a call that runs."""
    if finding.code == "barred":
        met = {place.pupil_id for place in facts.places}
        barred = next(seat for seat in facts.seats if seat.barred_from & met and seat.is_active)
        return Prompt(words=finding.words, mend=finding.mend, press=Mend.MARK_GONE, staff=barred)
    if finding.code not in SHORT_OF_ADULTS:
        return Prompt(words=finding.words, mend=finding.mend, press=Mend.END)
    words = _what_happened(facts) or finding.words
    reserve = next((seat for seat in facts.seats if is_callable(facts, seat)), None)
    if reserve is not None:
        mend = f"Bring in {reserve.name}, who is in reserve, or end the call for everyone now."
        return Prompt(words=words, mend=mend, press=Mend.CALL_RESERVE, staff=reserve)
    return Prompt(words=words, mend=_without_a_reserve(facts), press=Mend.END)


def is_callable(facts: Facts, seat: SeatFacts) -> bool:
    """Tell whether a reserve can be called in: not yet called, fit, there, and barred from nobody."""
    met = {place.pupil_id for place in facts.places}
    if seat.role is not SeatRole.RESERVE or seat.is_called or seat.has_dropped_out:
        return False
    return seat.is_eligible and not seat.is_away and not seat.barred_from & met


def _without_a_reserve(facts: Facts) -> str:
    """Return what is left to do: wait for whoever was called in, or end it."""
    coming = [
        seat.name
        for seat in facts.seats
        if seat.role is SeatRole.RESERVE and seat.counts and seat not in facts.adults
    ]
    if coming:
        return f"{names(coming)} was called in and has the checklist to confirm. Otherwise end the call."
    return "Nobody is left in reserve: end the call for everyone now, or have a colleague cover."


def _what_happened(facts: Facts) -> str:
    """Return who has left and who is on the call with whom; empty where nobody has left."""
    gone = [
        seat for seat in facts.seats if seat.has_dropped_out and seat.role is not SeatRole.RESERVE
    ]
    if not gone or not facts.present:
        return ""
    left = names(f"{WHO[seat.role] if n == 0 else WHO[seat.role].lower()} {seat.name}"
                 for n, seat in enumerate(gone))  # fmt: skip
    here = facts.present
    shown = sum(not place.is_hushed for place in here)
    who = names(p.name for p in here) if len(here) <= MOST_NAMED else f"{shown} pupils"
    with_whom = f"with {facts.adults[0].name} alone" if facts.adults else "with no adult"
    have, are = ("has" if len(gone) == 1 else "have"), ("is" if len(here) == 1 else "are")
    return f"{left} {have} left, and {who} {are} on the call {with_whom}."
