"""The colleagues of a host as they stand at the time of a call: who is free, and who is near."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from meetings import policy
from meetings.models import Seat
from meetings.selectors.barred import barred_from, blocks_about
from meetings.selectors.facts import away
from school.models import DutySlot, Pupil, StaffMember, TeachingGroup
from school.roles import Role
from schoolsafe.lib import clock

# What a host did in the last half year says with whom they work.
LATELY = timedelta(days=183)
OVER = [policy.Status.CANCELLED.value, policy.Status.CLOSED.value, policy.Status.ENDED.value]


@dataclass(frozen=True, kw_only=True)
class Around:
    """A call around which colleagues are looked at; `meeting_id` where it is written down already.

    `offered` are the pupils of whom whoever reads it may know: who is near is said of theirs alone.
    """

    host: StaffMember
    starts_at: datetime
    ends_at: datetime
    pupil_ids: Collection[int] = field(default_factory=tuple)
    meeting_id: int = 0
    offered: QuerySet[Pupil] | None = None


def colleagues(host: StaffMember) -> Any:
    """Return who may sit beside a host: working staff who are not the host."""
    return (
        StaffMember.objects.working()
        .holding(Role.STAFF, Role.SAFEGUARDING, Role.DSL, Role.HEADTEACHER, on=clock.today())
        .exclude(pk=host.pk)
        .order_by("name")
    )


def colleagues_around(call: Around) -> list[policy.Colleague]:
    """Return every colleague as they stand at a call, in a fixed number of queries."""
    people = list(colleagues(call.host).select_related("user"))
    ids = [person.pk for person in people]
    on = clock.local(call.starts_at).date()
    blocks = blocks_about(call.pupil_ids)
    absent, busy = away(ids, call.starts_at, call.ends_at), seated_elsewhere(ids, call)
    duty, together = _on_duty(ids, call), _together(call)
    classes = _classes(call)
    return [
        policy.Colleague(
            staff_id=person.pk,
            name=person.name,
            is_eligible=person.is_eligible_for_calls,
            is_away=person.pk in absent,
            is_on_a_call=person.pk in busy,
            is_on_duty=person.pk in duty,
            is_barred=bool(barred_from(person, blocks, on=on)),
            household=person.household,
            calls_together=together[person.pk],
            teaches=classes.get(person.pk, ""),
        )
        for person in people
    ]


def seated_elsewhere(staff_ids: Iterable[int], call: Around) -> frozenset[int]:
    """Return who of these has a seat on another call at that time, the reserve's included."""
    seats = Seat.objects.filter(
        staff__in=list(staff_ids),
        meeting__starts_at__lt=call.ends_at,
        meeting__ends_at__gt=call.starts_at,
    ).exclude(meeting__status__in=OVER)
    return frozenset(seats.exclude(meeting=call.meeting_id).values_list("staff_id", flat=True))


def _on_duty(staff_ids: Iterable[int], call: Around) -> frozenset[int]:
    """Return who of these is on safeguarding duty at some moment of the call."""
    starts, ends = clock.local(call.starts_at), clock.local(call.ends_at)
    slots = DutySlot.objects.filter(
        staff__in=list(staff_ids),
        weekday=starts.weekday(),
        starts_at__lt=ends.time(),
        ends_at__gt=starts.time(),
    )
    return frozenset(slots.values_list("staff_id", flat=True))


def _together(call: Around) -> Counter[int]:
    """Return how often each colleague was on a call with the host lately, or will be."""
    own = Seat.objects.filter(staff=call.host).values("meeting")
    seats = Seat.objects.filter(
        meeting__in=own, meeting__starts_at__gt=call.starts_at - LATELY
    ).exclude(meeting__status=policy.Status.CANCELLED.value)
    return Counter(seats.exclude(staff=call.host).values_list("staff_id", flat=True))


def _classes(call: Around) -> dict[int, str]:
    """Return by member of staff the first class in which they teach one of the pupils."""
    if not call.pupil_ids:
        return {}
    pupils: Any = list(call.pupil_ids)
    if call.offered is not None:
        pupils = call.offered.filter(pk__in=pupils).order_by().values("pk")
    rows = TeachingGroup.objects.filter(pupils__in=pupils, staff__isnull=False)
    found: dict[int, str] = {}
    for name, staff_id in rows.order_by("year_group", "name").values_list("name", "staff"):
        found.setdefault(staff_id, name)
    return found
