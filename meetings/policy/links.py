"""Whether a call has a Teams link that may be used: what the rules about it say."""

from datetime import datetime

from meetings.policy.facts import Facts


def no_link_yet(facts: Facts, now: datetime) -> str | None:
    """Say that a call that is being planned has no link."""
    if facts.has_link or facts.is_past_sharing:
        return None
    return "There is no Teams link yet."


def no_link(facts: Facts, now: datetime) -> str | None:
    """Say that a call that is out with families has no link."""
    if facts.has_link or facts.is_link_leaked or not facts.is_past_sharing:
        return None
    return "There is no Teams link, so nothing can be shared."


def link_leaked(facts: Facts, now: datetime) -> str | None:
    """Say that the link has leaked, and whether it stands there all the same (E71)."""
    if not facts.is_link_leaked or not facts.is_past_sharing:
        return None
    if facts.has_link:
        return "The Teams link of this call has leaked."
    return "The Teams link of this call has leaked, and no new one is in yet."


def link_unproven(facts: Facts, now: datetime) -> str | None:
    """Say that a link does not show whose it is."""
    if not facts.has_link or facts.link_proves_tenant:
        return None
    return "A short Teams link does not show which school it belongs to."
