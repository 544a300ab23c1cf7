"""What a host decides about a call, and what becomes of it when two change it at one time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from meetings import policy
from meetings.models import Meeting, Purpose
from school.models import Pupil, StaffMember, TeachingGroup
from school.services.revisions import Changes, members
from schoolsafe.lib.rules import Overtaken

Somebody = TypeVar("Somebody", Pupil, StaffMember)
Fact = TypeVar("Fact")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a host decides about a call."""

    title: str
    purpose: Purpose
    starts_at: datetime
    ends_at: datetime
    pupils: Sequence[Pupil]
    co_hosts: Sequence[StaffMember] = ()
    reserves: Sequence[StaffMember] = ()
    is_recorded: bool = False
    recording_declined_because: str = ""
    group: TeachingGroup | None = None

    @property
    def times(self) -> tuple[datetime, datetime]:
        """Return start and end as a page shows them, to the minute."""
        return (
            self.starts_at.replace(second=0, microsecond=0),
            self.ends_at.replace(second=0, microsecond=0),
        )


def plan_of(meeting: Meeting) -> Plan:
    """Return the plan of a call as it stands."""
    seats = list(meeting.seats.select_related("staff"))
    places = meeting.places.filter(taken_off_at__isnull=True).select_related("pupil")
    return Plan(
        title=meeting.title,
        purpose=meeting.purpose,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        pupils=[place.pupil for place in places],
        co_hosts=[seat.staff for seat in seats if seat.role == policy.SeatRole.CO_HOST.value],
        reserves=[seat.staff for seat in seats if seat.role == policy.SeatRole.RESERVE.value],
        is_recorded=meeting.is_recorded,
        recording_declined_because=meeting.recording_declined_because,
        group=meeting.group,
    )


def told_of(before: Plan, after: Plan, *, host_id: int) -> Changes:
    """Return who goes and who comes with another plan, by what they are on the call."""
    co_hosts = _numbers(after.co_hosts) - {host_id}
    reserves = _numbers(after.reserves) - co_hosts - {host_id}
    pairs = (
        ("co_hosts", _numbers(before.co_hosts), co_hosts),
        ("reserves", _numbers(before.reserves), reserves),
        ("pupils", _numbers(before.pupils), _numbers(after.pupils)),
    )
    found: Changes = {}
    for name, was, is_now in pairs:
        found |= members(name, gone=was - is_now, come=is_now - was)
    return found


def _numbers(rows: Sequence[Pupil] | Sequence[StaffMember]) -> set[int]:
    return {row.pk for row in rows}


def rebased(wanted: Plan, *, seen: Plan, now: Plan) -> Plan:
    """Return what a person changed since they saw a plan, put onto the plan as it stands now.

    Raises Overtaken with the fields that somebody else has changed to something else meanwhile.
    """
    names = tuple(_overtaken(wanted, seen=seen, now=now))
    if names:
        raise Overtaken("Somebody has changed this plan since you opened the page.", *names)
    return merged(wanted, seen=seen, now=now)


def merged(wanted: Plan, *, seen: Plan, now: Plan) -> Plan:
    """Return a plan as it stands now with what a person has changed in it, whoever else has."""
    is_moved = wanted.times != seen.times
    return Plan(
        title=_changed(wanted.title, seen.title, now.title),
        purpose=_changed(wanted.purpose, seen.purpose, now.purpose),
        starts_at=wanted.starts_at if is_moved else now.starts_at,
        ends_at=wanted.ends_at if is_moved else now.ends_at,
        pupils=merged_rows(now.pupils, seen.pupils, wanted.pupils),
        co_hosts=merged_rows(now.co_hosts, seen.co_hosts, wanted.co_hosts),
        reserves=merged_rows(now.reserves, seen.reserves, wanted.reserves),
        is_recorded=_changed(wanted.is_recorded, seen.is_recorded, now.is_recorded),
        recording_declined_because=_changed(
            wanted.recording_declined_because,
            seen.recording_declined_because,
            now.recording_declined_because,
        ),
        group=_changed(wanted.group, seen.group, now.group),
    )


def merged_rows(
    own: Sequence[Somebody], here: Sequence[Somebody], there: Sequence[Somebody]
) -> list[Somebody]:
    """Return what one plan has, with what was added to another one and without what was taken off."""
    gone = {row.pk for row in here} - {row.pk for row in there}
    rows: list[Somebody] = [row for row in own if row.pk not in gone]
    known = {row.pk for row in own} | {row.pk for row in here}
    rows.extend(row for row in there if row.pk not in known)
    return rows


def _changed(wanted: Fact, seen: Fact, now: Fact) -> Fact:
    return now if wanted == seen else wanted


def _overtaken(wanted: Plan, *, seen: Plan, now: Plan) -> Iterator[str]:
    """Yield the fields that two have changed; who want the same do not stand in each other's way."""
    facts = (
        ("title", wanted.title, seen.title, now.title),
        ("purpose", wanted.purpose, seen.purpose, now.purpose),
        ("starts", wanted.times, seen.times, now.times),
        (
            "recording_declined_because",
            wanted.recording_declined_because,
            seen.recording_declined_because,
            now.recording_declined_because,
        ),
    )
    for name, mine, shown, theirs in facts:
        if mine != shown and theirs != shown and mine != theirs:
            yield name
    # One made a colleague co-host, the other the reserve: whoever comes second says which it is.
    both = merged(wanted, seen=seen, now=now)
    if {one.pk for one in both.co_hosts} & {one.pk for one in both.reserves}:
        yield "reserves"
