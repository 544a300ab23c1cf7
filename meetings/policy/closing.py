"""What the closing of a call brings to the safeguarding team."""

from meetings.policy.facts import CheckItem, Facts, IncidentKind, Presence, SeatFacts

ON_THE_CALL = frozenset({Presence.ADMITTED, Presence.LEFT, Presence.REMOVED})


def has_taken_place(facts: Facts) -> bool:
    """Tell whether the register shows that a pupil was on the call, whatever anybody says later."""
    return any(place.presence in ON_THE_CALL for place in facts.places)


def is_alone(facts: Facts) -> bool:
    """Tell whether one adult is alone with one pupil on the call, as far as the register knows (P1).

    The door is shut by then; that it happened at all is for the safeguarding team.
    """
    return facts.is_live and len(facts.present) == 1 and len(facts.adults) == 1


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
