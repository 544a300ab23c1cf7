"""A new plan that is like an earlier call: everything but its day, and nothing of its consent."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from meetings import policy, selectors
from meetings.forms.usual import hours_of, next_school_day
from meetings.models import Meeting
from meetings.services import plan_of
from school import terms
from school.models import StaffMember
from school.selectors import pupils_for
from schoolsafe.lib import clock

WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Copy:
    """What the form of the new plan shows, and in words what was left out of it."""

    shown: dict[str, Any]
    left_out: tuple[str, ...]


def copy_of(meeting: Meeting, *, by: StaffMember, now: datetime) -> Copy:
    """Return a plan like an earlier call, with this person as its host, on the next such weekday.

    Families are asked afresh; the reason for leaving a recording off was one of that call alone.
    """
    day = _same_weekday(clock.local(meeting.starts_at).date(), clock.local(now).date())
    hours = hours_of(meeting)
    pupils = _pupils(meeting, by=by, now=now)
    colleagues = {
        one.staff_id: one
        for one in selectors.colleagues_around(
            selectors.Around(
                host=by,
                starts_at=clock.at(day, hours["starts"]),
                ends_at=clock.at(day, hours["ends"]),
                pupil_ids=pupils.numbers,
            )
        )
    }
    co_hosts, reserves = (
        policy.adults_copied(people, colleagues) for people in _adults(meeting, by=by)
    )
    shown = {
        "title": meeting.title,
        "day": day,
        "is_recorded": meeting.is_recorded,
        "pupils": list(pupils.numbers),
        "co_hosts": list(co_hosts.numbers),
        "reserves": list(reserves.numbers),
    }
    gone = () if meeting.purpose.is_offered else (f"'{meeting.purpose}' is no longer offered.",)
    purpose = {"purpose": None if gone else meeting.purpose_id}
    return Copy(
        shown=shown | hours | purpose,
        left_out=(*gone, *pupils.left_out, *co_hosts.left_out, *reserves.left_out),
    )


def _pupils(meeting: Meeting, *, by: StaffMember, now: datetime) -> policy.Copied:
    facts = selectors.seen_by(selectors.facts(meeting, now), by.pk, now)
    offered = pupils_for(by.pk, on=clock.local(now).date()).values_list("pk", flat=True)
    return policy.pupils_copied(
        [policy.Former(number=one.pupil_id, name=one.name) for one in facts.places],
        offered=offered,
        kept_from=facts.kept_from,
    )


def _adults(
    meeting: Meeting, *, by: StaffMember
) -> tuple[list[policy.Former], list[policy.Former]]:
    """Return who is to sit beside the new host: whoever else ran the call, and its reserves."""
    plan = plan_of(meeting)
    host = StaffMember.objects.get(seats__meeting=meeting, seats__role="host")
    beside, reserves = (
        [policy.Former(number=one.pk, name=one.name) for one in people if one.pk != by.pk]
        for people in ([host, *plan.co_hosts], plan.reserves)
    )
    return beside, reserves


def _same_weekday(was: date, today: date) -> date:
    """Return the next day like this one on which the school is open: the week after, or later."""
    weeks = max(1, (today - was) // WEEK + 1)
    return next_school_day(terms.calendar(), was + weeks * WEEK, every=7)
