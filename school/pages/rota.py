"""The rota as a person reads it: week by week, who answers, who is away, and where nobody does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from school import calendar as hours
from school import cover, selectors
from school.calendar import Calendar
from school.cover import Hole, Kind, Rota, Shift
from school.models import Absence, DutySlot, StaffMember
from school.pages.year import holiday_name
from school.roles import LEADERS, SAFEGUARDING_TEAM, Role
from school.terms import calendar
from schoolsafe.lib import clock

WEEKS = 4
DAY = timedelta(days=1)
# The instant before midnight at which an absence ends is said as the day that it ends on.
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One person's stretch on one day."""

    name: str
    words: str
    pill: str
    tone: str
    duty_pk: int | None
    cover_pk: int | None


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day: why the school is closed on it, who answers, and when nobody does."""

    day: date
    is_today: bool
    why_closed: str
    lines: list[Line]
    holes: list["Open"]


@dataclass(frozen=True, kw_only=True)
class Open:
    """A hole in words, and from when until when somebody could fill it."""

    words: str
    starts_at: str
    ends_at: str
    is_near: bool


@dataclass(frozen=True, kw_only=True)
class Holiday:
    """A holiday to come, and who has said that they answer in it."""

    name: str
    first: date
    last: date
    answering: list[Line]
    holes: list[Open]
    starts_at: str
    ends_at: str


@dataclass(frozen=True, kw_only=True)
class Gone:
    """Somebody of the team who is away, or will be."""

    pk: int
    staff_id: int
    name: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """The weeks to come, the holidays to come, and what is wrong with them."""

    weeks: list[list[Day]]
    slots: list[DutySlot]
    holidays: list[Holiday]
    gone: list[Gone]
    holes: list[Open]
    unreachable: list[str]
    gaps: list[str]
    is_kept: bool


def read(now: datetime) -> Page:
    """Return the rota as its page shows it, in a constant number of queries."""
    team, known = selectors.leaders(), calendar()
    rota = selectors.rota(now - DAY, people=team)
    names = {row.pk: row.name for row in team}
    today = clock.local(now).date()
    monday = today - timedelta(days=today.weekday())
    found = cover.holes(rota, known, start=now, until=now + cover.LOOKS_AHEAD)
    days = [
        _day(rota, known, names, found, monday + number * DAY, today=today, now=now)
        for number in range(7 * WEEKS)
    ]
    return Page(
        weeks=[days[first : first + 7] for first in range(0, len(days), 7)],
        slots=list(DutySlot.objects.select_related("staff")),
        holidays=_holidays(rota, known, names, now=now),
        gone=[
            Gone(
                pk=one.pk,
                staff_id=one.staff_id,
                name=names[one.staff_id],
                words=away_words(one.starts_at, one.ends_at, now=now),
            )
            for one in rota.absences
            if one.ends_at >= now
        ],
        holes=[opened(hole, now=now) for hole in found],
        unreachable=_unreachable(team, today),
        gaps=hours.gaps(known, on=today),
        is_kept=rota.is_kept,
    )


def _unreachable(team: Sequence[StaffMember], today: date) -> list[str]:
    """Return who of the team has no telephone number: they count nowhere (E89)."""
    roles = {role.value for role in SAFEGUARDING_TEAM}
    return [
        row.name
        for row in team
        if not row.telephone.strip()
        and any(held.role in roles and held.is_held(on=today) for held in row.roles_held.all())
    ]


def _day(
    rota: Rota,
    known: Calendar,
    names: dict[int, str],
    found: Sequence[Hole],
    day: date,
    *,
    today: date,
    now: datetime,
) -> Day:
    return Day(
        day=day,
        is_today=day == today,
        why_closed=hours.why_closed(known, day),
        lines=[_line(shift, names) for shift in cover.shifts(rota, known, day)],
        holes=[
            opened(hole, now=now)
            for hole in found
            if hole.kind is Kind.SCHOOL and clock.local(hole.starts_at).date() == day
        ],
    )


def _line(shift: Shift, names: dict[int, str]) -> Line:
    pill, tone = ("answers besides", "news") if shift.cover_pk else ("on duty", "clear")
    if shift.is_away:
        pill, tone = "away", "quiet"
    elif shift.is_away_in_part:
        left = ", ".join(_times(part.starts_at, part.ends_at) for part in shift.left)
        pill, tone = f"there only {left}", "care"
    return Line(
        name=names[shift.staff_id],
        words=_times(shift.starts_at, shift.ends_at),
        pill=pill,
        tone=tone,
        duty_pk=shift.duty_pk,
        cover_pk=shift.cover_pk,
    )


def _times(starts_at: datetime, ends_at: datetime) -> str:
    """Return a stretch of one day in words."""
    if clock.local(starts_at).time() == clock.local(ends_at).time() == time():
        return "all day"
    return f"{clock.time_in_words(starts_at)} to {clock.time_in_words(ends_at)}"


def _holidays(
    rota: Rota, known: Calendar, names: dict[int, str], *, now: datetime
) -> list[Holiday]:
    """Return the holidays of the coming year, each with who answers in it."""
    today = clock.local(now).date()
    found = []
    for first, last in hours.term_holidays(known):
        if last < today or first > today + timedelta(days=365):
            continue
        begins, ends = clock.at(first, time()), clock.at(last + DAY, time())
        covers = [one for one in rota.covers if one.starts_at < ends and begins < one.ends_at]
        holes = cover.holes(rota, known, start=max(begins, now), until=ends)
        found.append(
            Holiday(
                name=holiday_name((first, last)),
                first=first,
                last=last,
                answering=[
                    Line(
                        name=names[one.staff_id],
                        words=stretch_words(one.starts_at, one.ends_at),
                        pill="answers",
                        tone="clear",
                        duty_pk=None,
                        cover_pk=one.pk,
                    )
                    for one in sorted(covers, key=lambda one: one.starts_at)
                ],
                holes=[opened(hole, now=now) for hole in holes if hole.kind is Kind.HOLIDAY],
                starts_at=_typed(max(begins, now)),
                ends_at=_typed(ends),
            )
        )
    return found


def opened(hole: Hole, *, now: datetime) -> Open:
    """Return a hole as a page shows it."""
    return Open(
        words=hole_words(hole),
        starts_at=_typed(max(hole.starts_at, now)),
        ends_at=_typed(hole.ends_at),
        is_near=cover.is_near(hole, now),
    )


def _typed(at: datetime) -> str:
    """Return an instant as a field for a day and a time takes it."""
    return f"{clock.local(at):%Y-%m-%dT%H:%M}"


def hole_words(hole: Hole) -> str:
    """Return a hole as a person says it."""
    if hole.kind is Kind.HOLIDAY:
        return f"{stretch_words(hole.starts_at, hole.ends_at)} (holiday)"
    return stretch_words(hole.starts_at, hole.ends_at)


def stretch_words(starts_at: datetime, ends_at: datetime) -> str:
    """Return from when until when: by days where it is whole days, with the day once where it is one."""
    first, last = clock.local(starts_at), clock.local(ends_at)
    if first.time() == last.time() == time():
        end = clock.local(ends_at - DAY / 2)
        one = first.date() == end.date()
        return clock.day_in_words(first) + ("" if one else f" to {clock.day_in_words(end)}")
    if first.date() == last.date():
        times = f"{clock.time_in_words(first)} to {clock.time_in_words(last)}"
        return f"{clock.day_in_words(first)}, {times}"
    return f"{clock.in_words(first)} to {clock.in_words(last)}"


def away_words(starts_at: datetime, ends_at: datetime, *, now: datetime) -> str:
    """Return from when until when somebody is away; both ends are part of it."""
    end = clock.local(ends_at + INSTANT)
    is_midnight = end.time() == time()
    last = f"the end of {clock.day_in_words(ends_at)}" if is_midnight else clock.in_words(end)
    if starts_at <= now:
        return f"until {last}"
    first = clock.local(starts_at)
    begins = clock.day_in_words(first) if first.time() == time() else clock.in_words(first)
    one = is_midnight and first.time() == time() and first.date() == clock.local(ends_at).date()
    return f"on {begins}" if one else f"from {begins} until {last}"


def away_now(staff_id: int, now: datetime) -> str:
    """Return until when somebody is down as away at this moment, in words; nothing when they are here."""
    row = Absence.objects.filter(staff=staff_id, starts_at__lte=now, ends_at__gte=now).last()
    return away_words(row.starts_at, row.ends_at, now=now) if row else ""


def who_is_told(now: datetime) -> list[StaffMember]:
    """Return who is told of a hole: the leads and the headteacher who are not away, else all the team.

    Where everybody is away, all of them: a letter costs nothing, and silence would.
    """
    today = clock.local(now).date()
    keepers = selectors.holders(Role.DSL, Role.HEADTEACHER, on=today)
    everybody = selectors.holders(*LEADERS, on=today)
    absent = selectors.away([row.pk for row in everybody], now)
    for group in (keepers, everybody):
        here = [row for row in group if row.pk not in absent]
        if here:
            return here
    return everybody
