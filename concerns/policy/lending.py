"""Who sees one concern that is not theirs: shared by a reader, or opened in an emergency."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from concerns.policy.access import Guarded, may_view
from school import calendar as hours
from school.calendar import Calendar
from school.roles import LEADERS, Role, Viewer

# A43: an end is always said. Defaults for the school to confirm.
SHARED_FOR = timedelta(days=14)
# Decision record 11: one hour, and within three school days somebody says whether it was right.
OPENED_FOR = timedelta(hours=1)
REVIEW_SCHOOL_DAYS = 3
REVIEW_REPEAT = timedelta(hours=24)
REVIEWERS = frozenset({Role.DSL, Role.HEADTEACHER, Role.CHAIR})
# Whom an opening is told at once.
TOLD_OF_OPENING = frozenset({Role.DSL, Role.CHAIR})


class Sight(StrEnum):
    """By what somebody reads a concern."""

    DESK = "desk"
    EMERGENCY = "emergency"
    SHARED = "shared"


def sight(viewer: Viewer, concern: Guarded) -> Sight | None:
    """Return by what a person reads a concern now, or None; whoever stands outside reads nothing."""
    if may_view(viewer, concern):
        return Sight.DESK
    if viewer.staff_id in concern.excluded:
        return None
    if viewer.staff_id in concern.opened_by and viewer.holds(*LEADERS):
        return Sight.EMERGENCY
    return Sight.SHARED if viewer.staff_id in concern.shared_with else None


def may_use_emergency_access(viewer: Viewer) -> bool:
    """Tell whether a person may ever open a concern that is not theirs (decision record 11)."""
    return viewer.holds(*LEADERS)


def may_open_in_emergency(viewer: Viewer, concern: Guarded) -> bool:
    """Tell whether a person may open this concern now: it is not theirs, and they are not outside it."""
    return (
        may_use_emergency_access(viewer)
        and viewer.staff_id not in concern.excluded
        and not may_view(viewer, concern)
    )


def may_review_openings(viewer: Viewer) -> bool:
    """Tell whether a person may ever write down whether an emergency was one."""
    return viewer.holds(*REVIEWERS)


def may_review(viewer: Viewer, concern: Guarded, *, opened_by: int) -> bool:
    """Tell whether a person may review an opening: never their own, nor from outside the concern."""
    return (
        may_review_openings(viewer)
        and viewer.staff_id != opened_by
        and viewer.staff_id not in concern.excluded
    )


def shared_until_at_most(calendar: Calendar, today: date) -> date:
    """Return the last day until which a concern may be shared: the end of the school year (A43)."""
    return hours.school_year_end(calendar, today) or today + SHARED_FOR


def shared_until(calendar: Calendar, today: date) -> date:
    """Return until when a concern is shared unless another day is said."""
    return min(today + SHARED_FOR, shared_until_at_most(calendar, today))


def review_by(calendar: Calendar, *, opened_at: datetime) -> datetime:
    """Return by when an opening is reviewed: the end of the third school day after it."""
    by = hours.end_of_school_day(calendar, opened_at)
    for _ in range(REVIEW_SCHOOL_DAYS):
        by = hours.end_of_school_day(calendar, by)
    return by


def review_reminder(
    calendar: Calendar, *, opened_at: datetime, now: datetime
) -> tuple[int, datetime]:
    """Return which reminder about an opening is the latest, and when the next one is due.

    After each school day until it is due, and every day from then on until somebody has reviewed it.
    """
    due_at, step = hours.end_of_school_day(calendar, opened_at), -1
    while due_at <= now or step < 0:
        step += 1
        soon = step < REVIEW_SCHOOL_DAYS
        due_at = hours.end_of_school_day(calendar, due_at) if soon else due_at + REVIEW_REPEAT
    return step, due_at
