"""Only one pupil turns up (E56): wait a little with a second adult on the call, or end."""

from datetime import datetime, timedelta
from enum import StrEnum

from meetings.policy.facts import Facts, PlaceFacts, Presence
from schoolsafe.lib.rules import NotAllowed

HERE = frozenset({Presence.AT_DOOR, Presence.ADMITTED})


class Turnout(StrEnum):
    """Who has come to a call that was planned for several."""

    AS_PLANNED = "as_planned"
    ONE_SO_FAR = "one_so_far"
    ONE_ONLY = "one_only"


def only_one(facts: Facts) -> PlaceFacts | None:
    """Return the only pupil who has turned up, of several who were expected."""
    came = [place for place in facts.places if place.presence is not Presence.EXPECTED]
    if len(facts.pupils) < 2 or len(came) != 1 or came[0].presence not in HERE:
        return None
    return came[0]


def turnout(facts: Facts, now: datetime, *, wait: timedelta) -> Turnout:
    """Tell how many have come, once the call should have begun.

    A call that was planned for one pupil, with two adults, is as planned.
    """
    if not facts.is_live or now < facts.starts_at or only_one(facts) is None:
        return Turnout.AS_PLANNED
    return Turnout.ONE_ONLY if now >= waits_until(facts, wait=wait) else Turnout.ONE_SO_FAR


def waits_until(facts: Facts, *, wait: timedelta) -> datetime:
    """Return until when the adults may wait for the others."""
    return facts.starts_at + wait


def check_waiting(facts: Facts, now: datetime, *, wait: timedelta) -> None:
    """Refuse to wait for others with one adult, or longer than the school allows (E56).

    Raises NotAllowed with the reason.
    """
    stands = turnout(facts, now, wait=wait)
    if stands is Turnout.AS_PLANNED:
        raise NotAllowed(
            "More than one pupil has come, or the call has not begun: nothing to wait for."
        )
    if len(facts.adults) < 2:
        raise NotAllowed(
            "Waiting with one pupil needs a second adult on the call. End it, or call one in."
        )
    if stands is Turnout.ONE_ONLY:
        raise NotAllowed("The time to wait is over: end the call for everyone now.")


def check_one_came(facts: Facts, now: datetime, *, wait: timedelta) -> None:
    """Refuse to write down that only one pupil came when that is not so; raises NotAllowed (E56)."""
    if turnout(facts, now, wait=wait) is Turnout.AS_PLANNED:
        raise NotAllowed("More than one pupil has come, or the call has not begun.")
