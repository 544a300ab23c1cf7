"""What the closing of a call brings to the safeguarding team."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from meetings.policy.facts import CheckItem, Facts, IncidentKind, Presence, SeatFacts
from schoolsafe.lib.rules import NotAllowed

# E65: whether anybody has come back into a call that was ended for everyone.
LOOK_AGAIN_AFTER = timedelta(minutes=5)
ON_THE_CALL = frozenset({Presence.ADMITTED, Presence.LEFT, Presence.REMOVED})


def has_taken_place(facts: Facts) -> bool:
    """Tell whether the register shows that a pupil was on the call, whatever anybody says later."""
    return any(place.presence in ON_THE_CALL for place in facts.places)


def is_alone(facts: Facts) -> bool:
    """Tell whether one adult is alone with one pupil on the call, as far as the register knows (P1).

    The door is shut by then; that it happened at all is for the safeguarding team.
    """
    return facts.is_live and len(facts.present) == 1 and len(facts.adults) == 1


def is_unattended(facts: Facts) -> bool:
    """Tell whether pupils are on the call and no adult is, as far as the register knows (E58)."""
    return facts.is_live and bool(facts.present) and not facts.adults


def incidents_now(facts: Facts) -> tuple[IncidentKind, ...]:
    """Return what about a call that runs reaches the safeguarding team at once (P1, E58)."""
    found = []
    if is_alone(facts):
        found.append(IncidentKind.ALONE_ON_CALL)
    if is_unattended(facts):
        found.append(IncidentKind.UNATTENDED)
    return tuple(found)


def check_look(ended_at: datetime | None, now: datetime) -> None:
    """Refuse a look at the empty call that is too early to mean anything (E65).

    'End meeting' sends everybody out, but the link lives on: whoever comes back does so in the
    minutes after. Raises NotAllowed.
    """
    if ended_at is None or now < ended_at + LOOK_AGAIN_AFTER:
        raise NotAllowed(
            "Look again five minutes after the end: until then somebody may come back."
        )


def check_destroy_by(*, was_recorded: bool, destroy_by: date | None, today: date) -> None:
    """Refuse a recording without a day by which it is destroyed, or with one that is past."""
    if not was_recorded:
        return
    if destroy_by is None:
        raise NotAllowed("Say by which day the recording is destroyed.")
    if destroy_by < today:
        raise NotAllowed("The day to destroy the recording by is in the past.")


def check_destruction(
    *, was_recorded: bool, is_destroyed: bool, open_incidents: Iterable[IncidentKind]
) -> None:
    """Refuse to write down that a recording was destroyed that is none, is gone, or is still needed.

    While the safeguarding team looks into a call its recording is evidence. Raises NotAllowed.
    """
    if not was_recorded:
        raise NotAllowed("This call was not recorded.")
    if is_destroyed:
        raise NotAllowed("Somebody has written that down already.")
    if list(open_incidents):
        raise NotAllowed(
            "The safeguarding team has not settled what happened on this call: keep the recording."
        )


def incidents_of_closing(
    facts: Facts, *, hung_up: bool, was_recorded: bool, took_place: bool
) -> tuple[IncidentKind, ...]:
    """Return what the closing of a call brings to the safeguarding team (P2, P5, P13).

    A call with one adult in the end had to be recorded, whether that had been planned or not (E62).
    A call that families were told is not recorded may not be: they never agreed to it. Where a
    family has gone through the door, it is asked as of a call that took place, whatever is said.
    """
    is_denied = not took_place and not has_taken_place(facts)
    if is_denied and not any(place.presence is Presence.AT_DOOR for place in facts.places):
        return ()
    found: list[IncidentKind] = []
    if hung_up:
        found.append(IncidentKind.HUNG_UP)
    if not was_recorded and len(_adults_in_the_end(facts)) < 2:
        found.append(IncidentKind.NOT_RECORDED)
    if was_recorded and not facts.is_recorded:
        found.append(IncidentKind.RECORDED_ANYWAY)
    return tuple(found)


def _adults_in_the_end(facts: Facts) -> list[SeatFacts]:
    """Return the adults who had confirmed and were on the call when it ended."""
    return [seat for seat in facts.seats if seat.counts and CheckItem.CONDUCT in seat.checks]
