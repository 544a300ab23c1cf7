"""The ladder of a concern that nobody has logged: the same rungs, played to the last one."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from concerns.policy.access import Colleague, Party, conflicts
from concerns.policy.ladder import Rung, next_rung, rung_at
from concerns.policy.moves import Facts, Status, Urgency
from concerns.policy.routing import route
from school.calendar import Calendar

Crew = Callable[[datetime], Sequence[Colleague]]
# Nobody has this number: whoever might log it is not asked.
NOBODY = 0


def imagined(
    *,
    at: datetime,
    urgency: Urgency,
    parties: Iterable[Party],
    outside: frozenset[int],
    people: Sequence[Colleague],
) -> Facts:
    """Return a concern as it would be if it were logged then; `outside` are those kept out besides."""
    known = tuple(parties)
    excluded = frozenset(conflicts(people, known)) | outside
    return Facts(
        status=Status.LOGGED,
        urgency=urgency,
        desk=route(known, people, excluded=excluded),
        reporter_id=NOBODY,
        logged_at=at,
        clock_began_at=at,
        excluded=excluded,
        parties=known,
    )


def play(concern: Facts, crew: Crew, calendar: Calendar) -> list[Rung]:
    """Return each rung until the telephone is all that is left, as if nobody ever acknowledged.

    As the sweep does: a rung is made of the people of its own moment, and says when the next is due.
    """
    rungs: list[Rung] = []
    now = concern.clock_began_at
    while True:
        people = crew(now)
        rung = rung_at(concern, people, calendar, now=now)
        following = next_rung(concern, people, calendar, now=now)
        if rung is None or following is None:
            return rungs
        rungs.append(rung)
        if rung.is_last:
            return rungs
        now = following.due_at
