"""Letting pupils in from the lobby (P10), and back after a removal (P11)."""

from collections.abc import Sequence
from datetime import datetime

from meetings.policy.facts import Facts, PlaceFacts, SeatFacts
from meetings.policy.verdict import assess
from school.policy import HUSHED
from schoolsafe.lib.rules import NotAllowed


def check_admission(facts: Facts, pupil_ids: Sequence[int], now: datetime) -> None:
    """Refuse an admission that would leave one adult with one pupil, or lets in who may not (P1, P5).

    Whoever was removed is first let back, with a reason: one press does not undo a removal (P11).
    A single adult admits the first two pupils together: whoever waits is safe in the lobby (E56).
    Raises NotAllowed with the reason.
    """
    chosen = [place for place in facts.shown if place.pupil_id in set(pupil_ids)]
    if not facts.is_live:
        raise NotAllowed("The door is not open.")
    # A return or a second child may be just what ends being alone, so that rule is asked below.
    standing = [x for x in assess(facts, now).blocking if x.code != "alone_now"]
    if standing:
        raise NotAllowed(f"On hold: {standing[0].words} {standing[0].mend}")
    for place in chosen:
        if not place.has_consent:
            raise NotAllowed(f"{place.name} has no valid consent and may not come in.")
        if place.is_removed:
            raise NotAllowed(f"{place.name} was removed. Let them back first, and say why.")
    if len(chosen) != len(set(pupil_ids)) or not chosen:
        raise NotAllowed("That pupil is not on this call.")
    _check_not_alone(facts, chosen)


def check_return(facts: Facts, pupil_id: int, reason: str) -> None:
    """Refuse to let a pupil back who was not removed, may not come in, or without a reason (P11).

    It lets nobody in: their own link opens again, and they are admitted like everybody else.
    Raises NotAllowed with the reason.
    """
    place = next((place for place in facts.shown if place.pupil_id == pupil_id), None)
    if place is None:
        raise NotAllowed("That pupil is not on this call.")
    if not place.is_removed:
        raise NotAllowed(f"{place.name} is not removed from this call.")
    if not place.has_consent:
        raise NotAllowed(f"{place.name} has no valid consent and may not come in.")
    if not reason.strip():
        raise NotAllowed("Letting a pupil back needs its reason.")


def check_calling(facts: Facts, staff_id: int) -> None:
    """Refuse to call in a reserve who may not meet a pupil of the call; raises NotAllowed (E30)."""
    met = {place.pupil_id for place in facts.places}
    for seat in facts.seats:
        if seat.staff_id == staff_id and seat.barred_from & met:
            raise NotAllowed(f"{seat.name} cannot be on this call: {HUSHED}.")


def check_cover(facts: Facts, candidate: SeatFacts) -> None:
    """Refuse somebody as cover at short notice who may not count as an adult there (E75, E59, E30).

    They are named and looked at before anybody is admitted. Raises NotAllowed with the reason.
    """
    met = {place.pupil_id for place in facts.places}
    if any(seat.staff_id == candidate.staff_id for seat in facts.seats):
        raise NotAllowed(f"{candidate.name} is on this call already.")
    if candidate.barred_from & met:
        raise NotAllowed(f"{candidate.name} cannot be on this call: {HUSHED}.")
    if not candidate.is_eligible:
        raise NotAllowed(f"{candidate.name} is not eligible for calls.")
    if candidate.is_away:
        raise NotAllowed(f"{candidate.name} is away then.")


def _check_not_alone(facts: Facts, chosen: Sequence[PlaceFacts]) -> None:
    """Refuse to leave one adult with one pupil; one who must go is no company (E38)."""
    staying = [place for place in facts.present if place.has_consent]
    after = {place.pupil_id for place in (*staying, *chosen)}
    if len(facts.adults) == 1 and len(after) < 2:
        raise NotAllowed(
            "You are the only adult: admit the first two pupils together, so that nobody is alone "
            "with you."
        )
