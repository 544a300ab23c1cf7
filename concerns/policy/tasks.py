"""When somebody is reminded of a task, and who (A30)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from concerns.policy.access import Colleague
from concerns.policy.moves import Facts
from concerns.policy.routing import able, at_desk
from school import calendar as hours
from school.calendar import Calendar

# A default for the school to confirm: after so many school days its readers hear of it too.
DESK_AFTER = 2


def reminded_at(calendar: Calendar, due_on: date, step: int) -> datetime:
    """Return when the school opens on the school day of a step: 0 is the day a task is due (A30)."""
    day = hours.school_day_from(calendar, hours.opening(calendar, due_on)[0])
    for _ in range(step):
        day = hours.school_day_from(calendar, hours.opening(calendar, day)[1])
    return hours.opening(calendar, day)[0]


def reminder_step(calendar: Calendar, due_on: date, *, now: datetime) -> int:
    """Return for how many school days a task has been due; below nought while there is time."""
    days = (now.astimezone(calendar.zone).date() - due_on).days
    begun = [
        day
        for day in (due_on + timedelta(days=past) for past in range(days + 1))
        if hours.is_school_day(calendar, day) and hours.opening(calendar, day)[0] <= now
    ]
    return len(begun) - 1


def to_remind(
    concern: Facts, people: Sequence[Colleague], *, owner_id: int | None, step: int
) -> tuple[int, ...]:
    """Return who is reminded: the owner; after two school days, or without one, the desk too."""
    owner = [person for person in able(concern, people) if person.staff_id == owner_id]
    desk = at_desk(concern, people) if step >= DESK_AFTER or not owner else []
    return tuple(dict.fromkeys(person.staff_id for person in [*owner, *desk]))


def may_own(staff_id: int, concern: Facts, people: Sequence[Colleague]) -> bool:
    """Tell whether somebody may be given a task or the concern itself: only who may read it (A29, A30)."""
    return any(person.staff_id == staff_id for person in able(concern, people))


def answer_due(calendar: Calendar, *, made_at: datetime) -> date:
    """Return by which day an agency should have said that it has a referral: the next school day.

    Working Together to Safeguard Children: within one working day a social worker of the local
    authority acknowledges a referral and decides about it. Silence is asked about (A34).
    """
    return hours.school_day_from(calendar, hours.end_of_school_day(calendar, made_at))
