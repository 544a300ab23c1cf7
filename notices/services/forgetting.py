"""Destroying every trace of what was sent about a thing that is itself destroyed."""

from collections.abc import Collection

from notices.models import Delivery, Ladder, Notice
from notices.policy import State
from schoolsafe.lib.rules import NotAllowed


def forget(abouts: Collection[str]) -> dict[str, int]:
    """Destroy letters, what came of them, and ladders about these things; return how many of each.

    Only for the service that destroys with two people, inside its transaction. Raises NotAllowed
    while a sender has one of the letters in hand.
    """
    rows = Notice.objects.filter(about__in=abouts).order_by("pk").defer("letter")
    letters = list(rows.select_for_update())
    if any(letter.state == State.SENDING.value for letter in letters):
        raise NotAllowed("A message about it is being sent this moment: try again in a minute.")
    numbers = [letter.pk for letter in letters]
    tries, _ = Delivery.objects.filter(notice__in=numbers).delete()
    Notice.objects.filter(pk__in=numbers).delete()
    ladders, _ = Ladder.objects.filter(about__in=abouts).delete()
    return {"notices.notice": len(letters), "notices.delivery": tries, "notices.ladder": ladders}
