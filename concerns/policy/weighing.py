"""How serious a concern is: the reporter is asked, the team may say otherwise with a reason (A13)."""

from concerns.policy.moves import Facts, Status, Urgency
from schoolsafe.lib.rules import NotAllowed


def check_weighing(concern: Facts, to: Urgency) -> None:
    """Refuse what changes nothing, and lowering an urgent concern that nobody has acknowledged.

    Whoever lowers it must first have taken charge of it: otherwise a press would silence the ladder.
    """
    if to is concern.urgency:
        raise NotAllowed("It counts as that already.")
    if to is Urgency.ROUTINE and concern.status is Status.LOGGED:
        raise NotAllowed("Acknowledge it first: until then it stays urgent.")
