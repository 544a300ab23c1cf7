"""Attendance reports as Graph answers with them, made from who was in and when."""

from datetime import datetime, timedelta
from typing import Any

from school.models import Pupil, StaffMember
from tests.meetings import calls

USER = "#microsoft.graph.communicationsUserIdentity"
GUEST = "#microsoft.graph.communicationsGuestIdentity"


def when(seconds: float) -> str:
    """A time as Graph writes it, so many seconds after the planned start."""
    at: datetime = calls.STARTS + timedelta(seconds=seconds)
    return f"{at:%Y-%m-%dT%H:%M:%S}.1234567Z"


def record(
    name: str, begins: float, ends: float, *, account: str = "", email: str = ""
) -> dict[str, Any]:
    """One person, in once."""
    return {
        "id": f"{name}-{begins}",
        "emailAddress": email or None,
        "role": "Presenter",
        "totalAttendanceInSeconds": round(ends - begins),
        "identity": {
            "@odata.type": USER if account else GUEST,
            "id": account or None,
            "displayName": name,
        },
        "attendanceIntervals": [
            {"joinDateTime": when(begins), "leaveDateTime": when(ends),
             "durationInSeconds": round(ends - begins)}
        ],
    }  # fmt: skip


def staff(person: StaffMember, begins: float, ends: float) -> dict[str, Any]:
    """A colleague, known by the account alone: the address at Microsoft may be another."""
    return record(
        person.name, begins, ends, account=str(person.entra_id), email="alias@school.example"
    )


def pupil(who: Pupil, begins: float, ends: float) -> dict[str, Any]:
    """A pupil with an account of the school."""
    return record(str(who), begins, ends, account=f"account-{who.pk}", email=who.email)


def report(pk: str, *records: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A report with all its records."""
    stays = [one["attendanceIntervals"][0] for one in records]
    return {
        "id": pk,
        "totalParticipantCount": len(records),
        "meetingStartDateTime": min(one["joinDateTime"] for one in stays),
        "meetingEndDateTime": max(one["leaveDateTime"] for one in stays),
        "attendanceRecords": list(records),
    } | changes
