"""Who is told next about a concern that nobody has acknowledged, and when.

A rung is computed from the clock and from the rota, leave and conflicts of the moment, never kept:
a sweep that was down for days lands on the right rung (E85).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from concerns.policy.access import HANDLERS, READERS, Colleague, Desk
from concerns.policy.moves import Facts, Status, is_undecided
from concerns.policy.routing import at_desk
from school import calendar as hours
from school import cover
from school.calendar import Calendar
from school.pace import Pace
from school.roles import SAFEGUARDING_TEAM, Role

URGENT_REPEAT = timedelta(hours=1)
# Routine: the clock stands still while the school is closed, but not for ever (E77):
# over a weekend the team is told again, over a holiday the headteacher hears of it.
LONGEST_PAUSE_TEAM = timedelta(hours=24)
LONGEST_PAUSE_HEAD = timedelta(hours=72)
ROUTINE_LAST = timedelta(hours=1)
ROUTINE_REPEAT = timedelta(hours=24)
LAST = 3
# What is acknowledged and not decided in time is asked about again every day (E21).
DECIDE_REPEAT = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One step of the ladder: who is told, and whether the reporter must telephone."""

    step: int
    due_at: datetime
    tell: tuple[int, ...]
    telephone: tuple[int, ...]
    tells_reporter: bool
    skipped: tuple[int, ...] = ()
    """Who was passed over, away or in conflict: the record does not say which (E81)."""
    asks_decision: bool = False

    @property
    def is_last(self) -> bool:
        """Tell whether nothing is left but the telephone."""
        return self.step >= LAST


def _urgent(pace: Pace, step: int) -> timedelta:
    """Return after how long a step of an urgent concern is due: in real hours, every day (E79)."""
    minutes = (0, pace.urgent_team_minutes, pace.urgent_head_minutes, pace.urgent_chair_minutes)
    return timedelta(minutes=minutes[min(step, LAST)])


def _again(calendar: Calendar, begun: datetime) -> datetime:
    """Return when the team is told of a routine concern once more."""
    wait = timedelta(hours=calendar.pace.routine_team_hours)
    return min(hours.after(calendar, begun, wait), begun + LONGEST_PAUSE_TEAM)


def _head(calendar: Calendar, begun: datetime) -> datetime:
    """Return when the headteacher hears of a routine concern: the same school day, or sooner (P14, E77)."""
    at = min(hours.end_of_school_day(calendar, begun), begun + LONGEST_PAUSE_HEAD)
    sooner = calendar.pace.routine_head_hours
    if sooner is not None:
        at = min(at, hours.after(calendar, begun, timedelta(hours=sooner)))
    # Logged late in the day, the team's second chance would come after the head's: one at a time.
    return max(at, _again(calendar, begun))


def due_at(concern: Facts, step: int, calendar: Calendar) -> datetime:
    """Return when a step is due; after the last one it is repeated until somebody acknowledges."""
    begun = concern.clock_began_at
    if concern.runs_on_real_hours:
        return begun + _urgent(calendar.pace, step) + max(step - LAST, 0) * URGENT_REPEAT
    if step == 0:
        return begun
    if step == 1:
        return _again(calendar, begun)
    head = _head(calendar, begun)
    return head if step == 2 else head + ROUTINE_LAST + (step - LAST) * ROUTINE_REPEAT


def _step_at(concern: Facts, calendar: Calendar, now: datetime) -> int:
    """Return the highest step that is due."""
    if now >= due_at(concern, LAST, calendar):
        repeat = URGENT_REPEAT if concern.runs_on_real_hours else ROUTINE_REPEAT
        return LAST + int((now - due_at(concern, LAST, calendar)) / repeat)
    return max((step for step in range(LAST) if now >= due_at(concern, step, calendar)), default=-1)


def rung_at(
    concern: Facts, team: Sequence[Colleague], calendar: Calendar, *, now: datetime
) -> Rung | None:
    """Return the rung that a waiting concern stands on, or None when nobody needs to be told."""
    if concern.status is not Status.LOGGED:
        return _decision(concern, team, calendar.pace, _decision_step(concern, calendar.pace, now))
    here = on_the_day(team, calendar, now=now)
    return _rung(concern, here, calendar, max(_step_at(concern, calendar, now), 0))


def next_rung(
    concern: Facts, team: Sequence[Colleague], calendar: Calendar, *, now: datetime
) -> Rung | None:
    """Return the rung that comes next; while a concern waits there is always one (E80)."""
    if concern.status is not Status.LOGGED:
        step = max(_decision_step(concern, calendar.pace, now) + 1, 0)
        return _decision(concern, team, calendar.pace, step)
    here = on_the_day(team, calendar, now=now)
    return _rung(concern, here, calendar, _step_at(concern, calendar, now) + 1)


def on_the_day(team: Sequence[Colleague], calendar: Calendar, *, now: datetime) -> list[Colleague]:
    """Return these people as the calendar has them: a weekly duty stands still while the school is closed.

    Whoever said that they answer is on duty whatever the day, and in a school day's rota is one more:
    only while weekly duties stand still do ladders end at them (G13).
    """
    stands = cover.stands(calendar, now.astimezone(calendar.zone).date())
    return [
        replace(
            person,
            is_on_duty=person.is_covering or (person.is_on_duty and stands),
            is_covering=person.is_covering and not stands,
        )
        for person in team
    ]


def _rung(concern: Facts, team: Sequence[Colleague], calendar: Calendar, step: int) -> Rung:
    """Build a step: conflicts and absences are left out, an empty step falls to the next (E76, E81)."""
    able = [person for person in team if person.staff_id not in concern.excluded]
    present = [person for person in able if not person.is_away]
    told: list[Colleague] = []
    for later in range(min(step, LAST), LAST + 1):
        told = told or _group(concern, present, later)
    # Everybody is away: an e-mail costs nothing, and the telephone is what counts.
    told = told or _group(concern, able, LAST)
    return Rung(
        step=step,
        due_at=due_at(concern, step, calendar),
        tell=_ids(told),
        telephone=_telephone(concern, able),
        tells_reporter=step >= LAST or not told or concern.desk is Desk.OUTSIDE,
        skipped=_ids([person for person in team if person not in present]),
    )


def _decision_step(concern: Facts, pace: Pace, now: datetime) -> int:
    """Return how often it has been asked for a decision by now; below nought while there is time."""
    if concern.decide_by is None or now < concern.decide_by:
        return -1
    since_all = now - concern.decide_by - timedelta(days=pace.decide_all_days)
    return max(since_all // DECIDE_REPEAT + 1, 0)


def _decision_due(decide_by: datetime, pace: Pace, step: int) -> datetime:
    """Return when a step of the second wait is due: the first at once, then everybody, then every day."""
    if step == 0:
        return decide_by
    return decide_by + timedelta(days=pace.decide_all_days) + (step - 1) * DECIDE_REPEAT


def _decision(concern: Facts, team: Sequence[Colleague], pace: Pace, step: int) -> Rung | None:
    """Build a step of the second wait: whoever took charge first, then the whole desk (E21)."""
    if step < 0 or concern.decide_by is None or not is_undecided(concern):
        return None
    readers = at_desk(concern, team)
    taker = [person for person in readers if person.staff_id == concern.taken_by]
    return Rung(
        step=step,
        due_at=_decision_due(concern.decide_by, pace, step),
        tell=_ids(taker if taker and step == 0 else readers),
        telephone=(),
        tells_reporter=False,
        asks_decision=True,
    )


def _group(concern: Facts, people: list[Colleague], step: int) -> list[Colleague]:
    """Return who of these people a step tells."""
    if concern.desk is Desk.OUTSIDE:
        return []
    if concern.desk is Desk.CHAIR:
        return _holding(people, Role.CHAIR)
    heads = _holding(people, Role.HEADTEACHER)
    if step >= LAST:
        chair = _holding(people, Role.CHAIR)
        above = heads + chair if concern.runs_on_real_hours else heads or chair
        return above + _answering(concern, people)
    if concern.desk is Desk.HEADTEACHER:
        return heads
    team = _holding(people, *SAFEGUARDING_TEAM)
    if step == 2:
        return heads + team if concern.runs_on_real_hours else heads
    if step == 0 and concern.runs_on_real_hours:
        return [person for person in team if person.is_on_duty] or team
    return team


def _answering(concern: Facts, people: list[Colleague]) -> list[Colleague]:
    """Return who said that they answer while the school is closed, of those who read the concern."""
    return [person for person in _holding(people, *READERS[concern.desk]) if person.is_covering]


def _holding(people: list[Colleague], *roles: Role) -> list[Colleague]:
    """Return who holds one of these roles."""
    return [person for person in people if person.holds(*roles)]


def _ids(people: Sequence[Colleague]) -> tuple[int, ...]:
    """Return each person once, in order."""
    return tuple(dict.fromkeys(person.staff_id for person in people))


def _telephone(concern: Facts, able: list[Colleague]) -> tuple[int, ...]:
    """Return who can be telephoned now, likeliest first: on duty, the rest of the desk, then above.

    While the school is closed whoever said that they answer comes before all others.
    """
    ranks: dict[Desk, list[frozenset[Role]]] = {
        Desk.TEAM: [SAFEGUARDING_TEAM, frozenset({Role.HEADTEACHER})],
        Desk.HEADTEACHER: [frozenset({Role.HEADTEACHER})],
        Desk.CHAIR: [frozenset({Role.CHAIR})],
        Desk.OUTSIDE: [],
    }
    reachable = [person for person in able if person.has_telephone and person.holds(*HANDLERS)]
    # Present before absent: a person on leave is still better than nobody (E80).
    reachable.sort(key=lambda person: (person.is_away, not person.is_on_duty))
    ordered = _answering(concern, reachable)
    ordered += [p for roles in ranks[concern.desk] for p in reachable if p.holds(*roles)]
    return _ids([person for person in ordered if not person.is_away] or ordered)


def hurried_from(concern: Facts, calendar: Calendar, *, now: datetime) -> datetime:
    """Return when the clock must have begun for the next step to be due now (P14, a call not taken)."""
    began = now - _urgent(calendar.pace, _step_at(concern, calendar, now) + 1)
    return min(began, concern.clock_began_at) if concern.runs_on_real_hours else began


def raised_from(concern: Facts, calendar: Calendar, *, now: datetime) -> datetime:
    """Return when the clock must have begun for the step it stands on to be due now in real hours (A13)."""
    return now - _urgent(calendar.pace, max(_step_at(concern, calendar, now), 0))


def acknowledge_by(concern: Facts, calendar: Calendar) -> datetime:
    """Return by when somebody should have acknowledged it: the team's second step."""
    return due_at(concern, 1, calendar)


def decide_by(calendar: Calendar, *, acknowledged_at: datetime) -> datetime:
    """Return by when what was acknowledged should be decided: the end of the next school day (E21).

    Or of one that comes later, where the school has chosen that.
    """
    until = hours.end_of_school_day(calendar, acknowledged_at)
    for _ in range(calendar.pace.decide_school_days):
        until = hours.end_of_school_day(calendar, until)
    return until
