"""What about a call reaches the safeguarding team by itself."""

from collections.abc import Sequence
from datetime import datetime

from meetings import policy
from meetings.models import Incident, Meeting
from notices import services as notices


def raise_unclosed(meetings: Sequence[Meeting], *, now: datetime) -> None:
    """Bring unclosed calls to the team: an incident each, and its own ladder from now (P12, P13).

    It runs in the transaction of the rung that found them; the sender audits that rung for each
    call.
    """
    bring(meetings, policy.IncidentKind.UNCLOSED, now=now)


def bring(meetings: Sequence[Meeting], kind: policy.IncidentKind, *, now: datetime) -> None:
    """Bring something to the team, once for each call and kind, with its own ladder from now.

    Part of a service that holds the transaction and writes the audit.
    """
    if not meetings:
        return
    Incident.objects.bulk_create(
        [Incident(meeting=meeting, kind=kind.value, raised_at=now) for meeting in meetings],
        ignore_conflicts=True,
    )
    raised = Incident.objects.filter(meeting__in=meetings, kind=kind.value, settled_at__isnull=True)
    notices.start_ladders(
        "meeting_incident",
        [(f"meetings.incident:{pk}", now) for pk in raised.values_list("pk", flat=True)],
        now=now,
    )
