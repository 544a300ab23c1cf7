"""How often one sender has asked, counted where sign-in counts it: in the cache in the database."""

from allauth.core.internal import ratelimit
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def is_crowded(request: HttpRequest, action: str, *, most: int) -> bool:
    """Count this POST, and tell whether its sender has sent more than `most` within an hour.

    A sender is an internet address, behind which a whole school may be. One that cannot be told
    counts as crowded.
    """
    return _is_beyond(request, action, f"{most}/h/ip")


def is_flooded(request: HttpRequest, action: str, *, most: int, in_all: int) -> bool:
    """Count this POST as `is_crowded` does, and tell also whether all senders together sent too many."""
    return _is_beyond(request, action, f"{most}/h/ip,{in_all}/h/key")


def _is_beyond(request: HttpRequest, action: str, rates: str) -> bool:
    try:
        counted = ratelimit.consume(
            request, app="schoolsafe", action=action, config={action: rates}, key="everybody"
        )
    except PermissionDenied:
        return True
    return counted is None
