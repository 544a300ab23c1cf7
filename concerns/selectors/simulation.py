"""Who would be told of a concern, and when: the ladder played on the rota, leave and calendar there are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from concerns import policy
from concerns.policy.access import HANDLERS
from concerns.selectors.pages import Telephone, telephones
from concerns.selectors.people import colleagues
from school import calendar as hours
from school.calendar import Calendar
from school.models import StaffMember
from school.roles import LEADERS, Role
from school.terms import calendar
from schoolsafe.lib import clock


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is imagined: a moment, how urgent, who is away, and who must not be told."""

    at: datetime
    urgency: policy.Urgency
    away: frozenset[int] = frozenset()
    outside: frozenset[int] = frozenset()
    about: StaffMember | None = None


@dataclass(frozen=True, kw_only=True)
class Told:
    """One rung in words: when by the school's clock, whom it tells and whom it passes over."""

    at: datetime
    zone: str
    told: tuple[str, ...]
    skipped: tuple[str, ...]
    tells_reporter: bool
    is_last: bool


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day that the ladder passes, and why the school is closed on it."""

    day: date
    why_closed: str


@dataclass(frozen=True, kw_only=True)
class Played:
    """A ladder played to its last rung."""

    desk: str
    rungs: list[Told]
    telephones: list[Telephone]
    days: list[Day]
    alarms: list[str]


def handlers(on: date) -> list[StaffMember]:
    """Return who may be told of concerns on a day."""
    return list(StaffMember.objects.working().holding(*HANDLERS, on=on).order_by("name"))


def play(question: Question) -> Played:
    """Play the ladder of a concern that nobody has logged; nothing is written, and nobody is told."""
    calendar_now = calendar()

    def crew(now: datetime) -> list[policy.Colleague]:
        return [
            replace(person, is_away=person.is_away or person.staff_id in question.away)
            for person in colleagues(now)
        ]

    # As a logged concern has it: a wait across a clock change is one of real hours (E67).
    at = question.at.astimezone(UTC)
    people = policy.on_the_day(crew(at), calendar_now, now=at)
    concern = policy.imagined(
        at=at,
        urgency=question.urgency,
        parties=_parties(question),
        outside=question.outside,
        people=people,
    )
    rungs = policy.play(concern, crew, calendar_now)
    return Played(
        desk=concern.desk.label,
        rungs=_in_words(rungs),
        telephones=telephones(rungs[-1]),
        days=_days(calendar_now, question.at, rungs[-1].due_at),
        alarms=_alarms(calendar_now, people, rungs),
    )


def _parties(question: Question) -> list[policy.Party]:
    """Return whom the concern would be about."""
    staff = question.about
    if staff is None:
        return []
    today = clock.local(question.at).date()
    heads = StaffMember.objects.holding(Role.HEADTEACHER, on=today).filter(pk=staff.pk)
    return [
        policy.Party(
            part=policy.Part.SUBJECT,
            is_adult=True,
            staff_id=staff.pk,
            email=staff.email.strip().lower(),
            is_head=heads.exists(),
        )
    ]


def _in_words(rungs: Sequence[policy.Rung]) -> list[Told]:
    """Return the rungs with names; whoever is passed over is named without a reason (E81)."""
    ids = {pk for rung in rungs for pk in (*rung.tell, *rung.skipped)}
    names = {pk: row.name for pk, row in StaffMember.objects.in_bulk(ids).items()}
    return [
        Told(
            at=rung.due_at,
            zone=clock.local(rung.due_at).strftime("%Z"),
            told=tuple(names[pk] for pk in rung.tell),
            skipped=tuple(names[pk] for pk in rung.skipped if pk not in rung.tell),
            tells_reporter=rung.tells_reporter,
            is_last=rung.is_last,
        )
        for rung in rungs
    ]


def _days(calendar_now: Calendar, first: datetime, last: datetime) -> list[Day]:
    """Return the days from the first rung to the last."""
    day, end = clock.local(first).date(), clock.local(last).date()
    days = []
    while day <= end:
        days.append(Day(day=day, why_closed=hours.why_closed(calendar_now, day)))
        day += timedelta(days=1)
    return days


def _alarms(
    calendar_now: Calendar, people: Sequence[policy.Colleague], rungs: Sequence[policy.Rung]
) -> list[str]:
    """Return what is wrong with the rota, the telephones and the calendar (E78, E80)."""
    team = [person for person in people if person.holds(*LEADERS)]
    alarms = []
    day = clock.local(rungs[0].due_at).date()
    if not any(person.is_on_duty and not person.is_away for person in team):
        alarms.append(
            "Nobody has said that they answer in this holiday."
            if hours.in_term_holiday(calendar_now, day)
            else "Nobody of the safeguarding team is on duty at this moment."
        )
    unreachable = [
        person.staff_id for person in team if person.is_on_duty and not person.has_telephone
    ]
    alarms += [
        f"{row} is on duty and has no telephone number."
        for row in StaffMember.objects.filter(pk__in=unreachable)
    ]
    if not rungs[-1].telephone:
        alarms.append("The last rung has nobody at school who can be telephoned.")
    days = {clock.local(rung.due_at).date() for rung in rungs}
    gaps = [gap for day in sorted(days) for gap in hours.gaps(calendar_now, on=day)]
    return [*alarms, *dict.fromkeys(gaps)]
