"""How long a call is kept, with its consent, its register and its letters, and what keeps it longer."""

from dataclasses import dataclass
from datetime import date

from meetings.policy.facts import Status
from school.keeping import Stand, is_due

OVER = frozenset({Status.CLOSED, Status.CANCELLED, Status.DRAFT, Status.ASKED, Status.SHARED})


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A call as its time is counted.

    `is_held`: somebody has asked for the data of a pupil in it, a pupil's file is on hold, or a concern
    arose from it and is still kept.
    """

    ended_on: date
    status: Status
    has_open_incident: bool = False
    has_recording: bool = False
    is_held: bool = False


def stand(call: Kept, *, years: int, today: date) -> Stand:
    """Return where a call stands: a hold wins over everything, and what is not settled is kept (E96).

    `years` is for how long the school keeps calls after the school year.
    """
    if not is_due(call.ended_on, years=years, today=today):
        return Stand.KEPT
    if call.is_held:
        return Stand.HELD
    # A call that was planned and never held has ended by its day; one that is open or ended is not closed.
    if call.status not in OVER or call.has_open_incident or call.has_recording:
        return Stand.OPEN
    return Stand.DUE
