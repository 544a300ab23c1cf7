"""Every yes that waits until it is sure whose the address is from which it came (E34)."""

from datetime import datetime

from django.db.models import F, Q, QuerySet

from consent.models import Answer
from school.policy import SETTLES_AFTER


def unsettled() -> QuerySet[Answer]:
    """Return every yes that waits for its address to be settled, or came from one that was replaced."""
    return Answer.objects.filter(
        address_changed_at__isnull=False,
        check_made=None,
        invalidation=None,
        is_by_someone_else=False,
        request__ended_at=None,
        request__question__closed_at=None,
    )


def settled_meanwhile(now: datetime) -> list[int]:
    """Return the requests of which a yes may count now: the address has stood, or was confirmed."""
    has_stood = Q(address_changed_at__lte=now - SETTLES_AFTER)
    return list(
        unsettled()
        .filter(
            _settled("request__guardian", has_stood)
            | Q(request__guardian=None) & _settled("request__pupil", has_stood),
            request__disowned_at=None,
            request__question__ends_at__gt=now,
        )
        .order_by("request_id")
        .values_list("request_id", flat=True)
        .distinct()
    )


def _settled(person: str, has_stood: Q) -> Q:
    """Return what tells that the address is still the one it came from, and stood or was confirmed."""
    is_the_same = Q(**{f"{person}__email_changed_at": F("address_changed_at")})
    is_confirmed = Q(**{f"{person}__email_confirmed_at__gte": F("address_changed_at")})
    return is_the_same & (has_stood | is_confirmed)
