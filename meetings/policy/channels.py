"""By which ways a link goes out by hand, and when by e-mail (P9)."""

from datetime import datetime, timedelta

from school.pace import Pace
from schoolsafe.lib.rules import NotAllowed

PLATFORMS = frozenset({"parent_hub", "purple_mash"})


def check_platform(channel: str) -> None:
    """Raise NotAllowed for a way that the policy does not name."""
    if channel not in PLATFORMS:
        raise NotAllowed("Links go out by e-mail, Parent Hub or Purple Mash only.")


def links_leave_at(starts_at: datetime, *, pace: Pace) -> datetime | None:
    """Return before when no e-mail with a family's own link leaves; None where the school lets it at once.

    The shorter a link is in a mailbox, the fewer see it.
    """
    hours = pace.links_hours_before
    return None if hours is None else starts_at - timedelta(hours=hours)
