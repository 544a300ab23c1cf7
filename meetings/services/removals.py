"""Who is told that a pupil was sent out of a call (P11)."""

from datetime import datetime

from meetings import selectors
from meetings.models import RegisterEntry
from notices.kinds import Draft
from school import selectors as school
from school.models import StaffMember
from school.roles import SAFEGUARDING_TEAM
from schoolsafe.lib import clock


def letters(line: RegisterEntry, *, by: StaffMember, now: datetime) -> list[Draft]:
    """Return a letter to each consenting guardian, and a note to each who looks after the pupil.

    Whether a guardian may be contacted at all is asked when the letter leaves (E30, E48).
    """
    meeting, pupil_id = line.meeting, line.pupil_id or 0
    to_family = [
        Draft(
            kind="meeting_removal",
            key=f"meeting_removal:{line.pk}:g{guardian_id}",
            due_at=now,
            about=meeting.about,
            guardian_id=guardian_id,
            pupil_ids=(pupil_id,),
            detail={"line": line.pk},
        )
        for guardian_id in selectors.guardians_of(meeting, pupil_id, now)
    ]
    to_staff = [
        Draft(
            kind="meeting_removal_note",
            key=f"meeting_removal:{line.pk}:s{staff_id}",
            due_at=now,
            about=meeting.about,
            staff_id=staff_id,
            detail={"pupil": pupil_id},
        )
        for staff_id in _looks_after(pupil_id, now) - {by.pk}
    ]
    return to_family + to_staff


def _looks_after(pupil_id: int, now: datetime) -> set[int]:
    """Return the year leads and teachers of a pupil; where there are none, the safeguarding team.

    Nobody who is barred from the pupil is among them.
    """
    on = clock.local(now).date()
    leads = school.year_leads(pupil_id)
    teachers = StaffMember.objects.working().filter(teaching_groups__pupils=pupil_id)
    blocks = selectors.blocks_about([pupil_id])
    people = [
        person
        for person in {*leads, *teachers.select_related("user")}
        if pupil_id not in selectors.barred_from(person, blocks, on=on)
    ]
    return {one.pk for one in people or school.holders(*SAFEGUARDING_TEAM, on=on)}
