"""Whoever waits for the lost link to a call, or to all their calls."""

from datetime import datetime

from consent.models import LinkWish
from consent.notices.wishes import fulfils
from meetings import services
from meetings.models import Meeting
from notices import kinds
from school.services import SWEEP


def _send_one(wish: LinkWish, now: datetime) -> None:
    """Send the links of one call, if it is out with families."""
    number = int(wish.about.rpartition(":")[2])
    meeting = Meeting.objects.select_related("question").filter(pk=number).first()
    if meeting is not None:
        services.send_personal_links(
            meeting, by=SWEEP, address=wish.address, is_crowded=wish.is_crowded, now=now
        )


def _send_all(wish: LinkWish, now: datetime) -> None:
    """Send the links of every call that is out with families."""
    services.send_every_link(by=SWEEP, address=wish.address, is_crowded=wish.is_crowded, now=now)


kinds.register_ladder(fulfils(services.LOST_ONE, _send_one))
kinds.register_ladder(fulfils(services.LOST_ALL, _send_all))
