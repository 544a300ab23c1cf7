"""How often one sender has asked, counted where sign-in counts it: in the cache in the database."""

from allauth.core.internal import ratelimit
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def is_crowded(request: HttpRequest, action: str, *, most: int) -> bool:
    """Count this POST, and tell whether its sender has sent more than `most` within an hour.

    A sender is an internet address, behind which a whole school may be. One that cannot be told
    counts as crowded.
    """
    try:
        counted = ratelimit.consume(
            request, app="schoolsafe", action=action, config={action: f"{most}/h/ip"}
        )
    except PermissionDenied:
        return True
    return counted is None
