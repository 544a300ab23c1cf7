"""The door: what a family's join page says and whether it opens."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from meetings.policy.facts import Facts, Presence, Status
from meetings.policy.rules import DOOR_SHUTS_AFTER
from meetings.policy.verdict import assess
from schoolsafe.lib.words import marked


class Door(StrEnum):
    """How the door stands for one pupil at one instant."""

    OPEN = "open"
    NOT_YET = "not_yet"
    ON_HOLD = "on_hold"
    NO_CONSENT = "no_consent"
    REMOVED = "removed"
    CANCELLED = "cancelled"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class DoorAnswer:
    """The answer, with words for the family."""

    door: Door
    words: str

    @property
    def is_open(self) -> bool:
        """Tell whether this pupil may go through now."""
        return self.door is Door.OPEN


WORDS = {
    Door.OPEN: marked("The call is open."),
    Door.NOT_YET: marked("Not yet. The school opens the call when the staff are ready."),
    Door.ON_HOLD: marked("The call is paused for a moment. Please wait here and try again."),
    Door.NO_CONSENT: marked("Your child is not down to take part in this call."),
    Door.REMOVED: marked("The school has taken your child out of this call, and will be in touch."),
    Door.CANCELLED: marked("This call has been cancelled."),
    Door.ENDED: marked("This call is over."),
}


def door(facts: Facts, pupil_id: int, now: datetime) -> DoorAnswer:
    """Return how the door stands for a pupil; anything unclear is shut.

    It opens only for an open meeting whose verdict is clear at this second, for a pupil with a
    valid consent who was not removed (P1, P2, P5, P8).
    """
    return _answer(_stands(facts, pupil_id, now))


def _stands(facts: Facts, pupil_id: int, now: datetime) -> Door:
    if facts.status is Status.CANCELLED:
        return Door.CANCELLED
    if facts.status in {Status.ENDED, Status.CLOSED} or now > facts.ends_at + DOOR_SHUTS_AFTER:
        return Door.ENDED
    place = next((place for place in facts.places if place.pupil_id == pupil_id), None)
    if place is None or not place.has_consent:
        return Door.NO_CONSENT
    if place.presence is Presence.REMOVED:
        return Door.REMOVED
    if assess(facts, now).blocks and facts.is_live:
        return Door.ON_HOLD
    return Door.OPEN if facts.is_live else Door.NOT_YET


def _answer(stands: Door) -> DoorAnswer:
    return DoorAnswer(door=stands, words=WORDS[stands])


def next_for_family(stands: Door) -> str:
    """Return what a family can do now, in one sentence."""
    if stands in {Door.NOT_YET, Door.ON_HOLD}:
        return marked("Keep this page and press the button again in a few minutes.")
    if stands is Door.OPEN:
        return marked("Press Join. Then wait in the Teams lobby until you are let in.")
    return marked("If you think this is a mistake, please telephone the school office.")


def for_holder(answer: DoorAnswer, *, has_agreed: bool) -> DoorAnswer:
    """Return how the door stands for whoever holds a link: it opens to those whose own yes stands (P5).

    A parent whose answer was set aside, or who is not asked any more, has had a link once; that the
    other parent's yes stands opens it to the other parent alone.
    """
    leads_in = answer.door in {Door.OPEN, Door.NOT_YET, Door.ON_HOLD}
    return answer if has_agreed or not leads_in else refuse_entry()


def refuse_entry() -> DoorAnswer:
    """Answer somebody who may not hold a link to this child's call: as if there were no consent."""
    return _answer(Door.NO_CONSENT)
