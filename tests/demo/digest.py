"""The names and states of the whole school, to hold two loads against each other."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from concerns.models import Concern
from consent import selectors as consent
from consent.models import StandingConsent
from meetings.models import Incident, Meeting
from school.models import Guardian, Guardianship, Pupil, StaffMember, TeachingGroup


def digest(now: datetime) -> dict[str, Any]:
    """What must be the same every time, whatever the day."""
    return {
        "pupils": [
            (str(row), row.year_group, row.consent_mode, row.is_contact_suspended)
            for row in Pupil.objects.order_by("pk")
        ],
        "guardians": list(
            Guardian.objects.order_by("pk").values_list("name", "email", "telephone")
        ),
        "ties": [
            (str(row), row.block_reason, row.counts_for_consent)
            for row in Guardianship.objects.select_related("guardian", "pupil").order_by("pk")
        ],
        "staff": [(row.name, row.telephone) for row in StaffMember.objects.order_by("pk")],
        "groups": {row.name: row.pupils.count() for row in TeachingGroup.objects.all()},
        "meetings": {
            (row.title, place): (
                row.status,
                row.on_hold_since is not None,
                [entry.kind for entry in row.register.all()],
                consents(row, now),
            )
            for place, row in in_order(Meeting.objects.order_by("starts_at", "pk"))
        },
        "standing": [
            (str(row.pupil), row.kind_name, row.resting.count())
            for row in StandingConsent.objects.select_related("pupil").order_by("pk")
        ],
        "incidents": sorted(
            (row.meeting.title, row.kind, row.settled_at is not None)
            for row in Incident.objects.select_related("meeting")
        ),
        "concerns": {
            row.key.int: (row.status, row.urgency, row.desk, row.is_hurried, row.decided_at is None)
            for row in Concern.objects.all()
        },
    }


def in_order(meetings: Iterable[Meeting]) -> Iterator[tuple[int, Meeting]]:
    """Each call with its place among those of its title: the dates of a series have one."""
    seen: Counter[str] = Counter()
    for meeting in meetings:
        yield seen[meeting.title], meeting
        seen[meeting.title] += 1


def consents(meeting: Meeting, now: datetime) -> dict[str, str]:
    """The consent of each pupil on a call."""
    if meeting.question_id is None:
        return {}
    standing = consent.pupil_consents([meeting.question_id], now)
    names = {pupil.pk: str(pupil) for pupil in Pupil.objects.filter(places__meeting=meeting)}
    return {names[pk]: row.status.value for (_, pk), row in standing.items()}
