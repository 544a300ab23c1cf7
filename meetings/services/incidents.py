"""What reaches the safeguarding team by itself: a call that nobody closed."""

from collections.abc import Sequence
from datetime import datetime

from meetings import policy
from meetings.models import Incident, Meeting
from notices import services as notices


def raise_unclosed(meetings: Sequence[Meeting], *, now: datetime) -> None:
    """Bring unclosed calls to the team: an incident each, and its own ladder from now (P12, P13).

    It runs in the transaction of the rung that found them; the sender audits that rung for each
    call. Raised twice, each is there once.
    """
    if not meetings:
        return
    kind = policy.IncidentKind.UNCLOSED.value
    Incident.objects.bulk_create(
        [Incident(meeting=meeting, kind=kind, raised_at=now) for meeting in meetings],
        ignore_conflicts=True,
    )
    raised = Incident.objects.filter(meeting__in=meetings, kind=kind, settled_at__isnull=True)
    notices.start_ladders(
        "meeting_incident",
        [(f"meetings.incident:{pk}", now) for pk in raised.values_list("pk", flat=True)],
        now=now,
    )
