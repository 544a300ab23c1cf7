"""By which ways a link goes out by hand (P9)."""

from schoolsafe.lib.rules import NotAllowed

PLATFORMS = frozenset({"parent_hub", "purple_mash"})


def check_platform(channel: str) -> None:
    """Raise NotAllowed for a way that the policy does not name."""
    if channel not in PLATFORMS:
        raise NotAllowed("Links go out by e-mail, Parent Hub or Purple Mash only.")
