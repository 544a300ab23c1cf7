"""What about a call reaches the safeguarding team by itself."""

from collections.abc import Mapping, Sequence
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


def bring_shown(
    meeting: Meeting, shown: Mapping[policy.IncidentKind, int], *, now: datetime
) -> None:
    """Bring to the team what attendance reports show, each with its seconds.

    Open ones grow with what a later report shows; what was settled comes again, as its next turn, where
    it is more than was settled. Part of a service that has locked the meeting and writes the audit.
    """
    rows = Incident.objects.filter(meeting=meeting, kind__in=[kind.value for kind in shown])
    # Locked: somebody may be settling one at this moment.
    latest = {row.kind: row for row in rows.select_for_update(no_key=True).order_by("turn", "pk")}
    opened: list[Incident] = []
    for kind, seconds in shown.items():
        last = latest.get(kind.value)
        if last is None:
            opened.append(_shown(meeting, kind, seconds, turn=1, now=now))
        elif last.settled_at is None:
            last.seconds = max(last.seconds or 0, seconds)
            last.save(update_fields=["seconds"])
        elif policy.shows_more(seconds, known=last.seconds):
            opened.append(_shown(meeting, kind, seconds, turn=last.turn + 1, now=now))
    Incident.objects.bulk_create(opened)
    notices.start_ladders(
        "meeting_incident", [(f"meetings.incident:{row.pk}", now) for row in opened], now=now
    )


def _shown(
    meeting: Meeting, kind: policy.IncidentKind, seconds: int, *, turn: int, now: datetime
) -> Incident:
    return Incident(meeting=meeting, kind=kind.value, seconds=seconds, turn=turn, raised_at=now)
