"""What the sweep looks at again: a yes from an address that has been settled meanwhile (E34)."""

from datetime import datetime

from consent import services
from consent.selectors.unsettled import settled_meanwhile
from notices.kinds import Watch
from school.services import SWEEP


def see_to(pk: int, now: datetime) -> None:
    """Let the yes of one request count."""
    services.settle_in_time(pk, by=SWEEP, now=now)


ADDRESSES = Watch(name="address", turned=settled_meanwhile, see_to=see_to)
