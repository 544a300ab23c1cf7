"""The school that is measured: pupils, their guardians, calls and the questions about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from consent.models import Request
from consent.policy import Asked
from meetings.models import Meeting, Place, Purpose, Seat
from school.models import Guardian, Guardianship, Pupil, StaffMember
from tests import factories

A_CLASS = 30


@dataclass(frozen=True, kw_only=True)
class Roll:
    """Who is there."""

    host: StaffMember
    co_host: StaffMember
    purpose: Purpose
    pupil_ids: tuple[int, ...]


def enrol(pupils: int) -> Roll:
    """Write a school with so many pupils, each with two guardians of their own."""
    # Measured at any hour: no letter waits for a morning.
    factories.make_school(quiet_from=time(0), quiet_until=time(0))
    host, co_host = factories.make_staff("Helen Host"), factories.make_staff("Colin Cohost")
    made = Pupil.objects.bulk_create(
        [
            Pupil(given_name=f"Given{number}", family_name=f"Family{number}", year_group=4)
            for number in range(pupils)
        ]
    )
    guardians = Guardian.objects.bulk_create(
        [
            Guardian(name=f"Guardian {number}", email=f"guardian{number}@family.example")
            for number in range(2 * pupils)
        ]
    )
    Guardianship.objects.bulk_create(
        [
            Guardianship(guardian=guardian, pupil=made[number // 2], relationship="mother")
            for number, guardian in enumerate(guardians)
        ]
    )
    purpose, _ = Purpose.objects.get_or_create(name="Homework help")
    return Roll(
        host=host, co_host=co_host, purpose=purpose, pupil_ids=tuple(one.pk for one in made)
    )


def plan(
    roll: Roll,
    count: int,
    *,
    starts_at: datetime,
    apart: timedelta,
    hosts: Sequence[StaffMember] = (),
) -> list[Meeting]:
    """Write calls with two adults each, one after the other; the hosts take them in turn."""
    hosts = hosts or (roll.host,)
    hour = timedelta(hours=1)
    meetings = Meeting.objects.bulk_create(
        [
            Meeting(
                title=f"Homework help {number}",
                purpose=roll.purpose,
                starts_at=starts_at + number * apart,
                ends_at=starts_at + number * apart + hour,
                scheduled_at=starts_at - timedelta(days=30),
                planned_by=roll.host,
            )
            for number in range(count)
        ],
        batch_size=5000,
    )
    Seat.objects.bulk_create(
        [
            Seat(meeting=meeting, staff=staff, role=role)
            for number, meeting in enumerate(meetings)
            for staff, role in ((hosts[number % len(hosts)], "host"), (roll.co_host, "co_host"))
        ],
        batch_size=5000,
    )
    return meetings


def invite(meeting: Meeting, pupil_ids: Sequence[int]) -> None:
    """Give pupils a place on a call."""
    Place.objects.bulk_create([Place(meeting=meeting, pupil_id=pk) for pk in pupil_ids])


def asked(starts_at: datetime) -> Asked:
    """What families are told of a call."""
    return Asked(
        title="Homework help",
        purpose="Help with homework",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        staff=("Helen Host", "Colin Cohost"),
        is_recorded=False,
    )


def copies(question_id: int, pairs: Sequence[tuple[int, int]], now: datetime) -> list[Request]:
    """Requests to be written by hand."""
    return [
        Request(
            question_id=question_id,
            pupil_id=pupil_id,
            guardian_id=guardian_id,
            created_at=now,
            asked_at=now,
        )
        for pupil_id, guardian_id in pairs
    ]
