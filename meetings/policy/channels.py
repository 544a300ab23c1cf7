"""By which ways a link goes out (P9)."""

from schoolsafe.lib.rules import NotAllowed

PLATFORMS = frozenset({"parent_hub", "purple_mash"})
ON_PAPER = "paper"


def check_platform(channel: str) -> None:
    """Raise NotAllowed for a way that the policy does not name."""
    if channel not in PLATFORMS:
        raise NotAllowed("Links go out by e-mail, Parent Hub or Purple Mash only.")


def check_channel(channel: str, *, gets_email: bool) -> None:
    """Raise NotAllowed for a way that is not open to a family; paper is for those without e-mail."""
    if channel != ON_PAPER:
        check_platform(channel)
    elif gets_email:
        raise NotAllowed("This family gets its link by e-mail, Parent Hub or Purple Mash.")
