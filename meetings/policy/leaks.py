"""When the link of one family alone may be taken for what leaked, and not the way into Teams (E71)."""

from meetings.policy.facts import Facts, Presence
from schoolsafe.lib.rules import NotAllowed


def check_one_family(facts: Facts, pupil_id: int) -> None:
    """Refuse to take one family's link alone for what leaked, where more may be out.

    Whoever pressed Join while the door was open has seen the Teams address; raises NotAllowed.
    """
    if all(place.pupil_id != pupil_id for place in facts.shown):
        raise NotAllowed("That pupil is not on this call.")
    if not is_own_link_alone(facts, pupil_id):
        raise NotAllowed(
            "That link has opened the door already, so the Teams address may be out too. "
            "Choose everything."
        )


def is_own_link_alone(facts: Facts, pupil_id: int) -> bool:
    """Tell whether the link of one pupil may have leaked and the Teams address not.

    Only once links are out there is one, and as long as nobody pressed Join with it.
    """
    return facts.is_past_sharing and any(
        place.pupil_id == pupil_id and place.presence is Presence.EXPECTED for place in facts.places
    )
