"""Which calls stand otherwise than was last written down, although nobody has touched them."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from meetings import policy
from meetings.models import Incident, Meeting
from meetings.selectors.facts import facts_of
from notices.models import Notice

WARNING = "meeting_blocked_soon"
OUT = (policy.Status.SHARED.value, policy.Status.OPEN.value)


def turned(now: datetime) -> list[int]:
    """Return the calls that want a second look, the next first; a fixed number of queries (E59)."""
    return turned_among(_watched(now), now)


def turned_among(meetings: Sequence[Meeting], now: datetime) -> list[int]:
    """Return which of these calls stand otherwise than was last written down, or start blocked."""
    if not meetings:
        return []
    facts = facts_of(meetings, now)
    reported = set(Incident.objects.filter(meeting__in=meetings).values_list("meeting_id", "kind"))
    blocked = [one for one in meetings if policy.is_blocked_soon(facts[one.pk], now)]
    unwarned = {one.pk for one in blocked} - _warned(blocked)
    return [
        one.pk
        for one in meetings
        if one.pk in unwarned
        or policy.has_turned(
            facts[one.pk],
            now,
            is_held=one.on_hold_since is not None,
            is_reported=all(
                (one.pk, kind.value) in reported for kind in policy.incidents_now(facts[one.pk])
            ),
        )
    ]


def _watched(now: datetime) -> list[Meeting]:
    """Return the calls that are out with families: those near their time, and those on hold."""
    near = Q(starts_at__lt=now + policy.LOOKS_AHEAD) | Q(on_hold_since__isnull=False)
    rows = Meeting.objects.filter(
        near, status__in=OUT, starts_at__gt=now - policy.LOOKS_BACK
    ).select_related("purpose", "question")
    return list(rows.order_by("starts_at", "pk"))


def awaiting_link(now: datetime) -> list[Meeting]:
    """Return the calls that wait for a new Teams link after a leak, the next one first (E71)."""
    rows = Meeting.objects.filter(link_leaked_at__isnull=False, ends_at__gt=now)
    return list(rows.order_by("starts_at", "pk"))


def _warned(blocked: Sequence[Meeting]) -> set[int]:
    """Return of which calls somebody was told already that they start blocked."""
    if not blocked:
        return set()
    starts = {one.about: one for one in blocked}
    told = Notice.objects.filter(kind=WARNING, about__in=starts)
    return {
        starts[about].pk
        for about, queued_at in told.values_list("about", "queued_at")
        if queued_at >= starts[about].starts_at - policy.SECOND_LOOK
    }
