"""Who answers for safeguarding when, and where nobody does: the rota as a rule.

Plain Python over frozen facts. Guidance G12: in school hours in term somebody of the safeguarding team
is available. G13: in the holidays somebody has said that they answer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from school import calendar as hours
from school.calendar import Calendar
from school.roles import LEADERS, SAFEGUARDING_TEAM, Role

DAY = timedelta(days=1)
# A hole is told a week ahead, and once more when it is nearer than a day.
TOLD_BEFORE = timedelta(days=7)
TOLD_AGAIN_BEFORE = timedelta(days=1)
# With it come those of the weeks after: a long absence is one letter, not one each day.
LOOKS_AHEAD = timedelta(days=28)


class Kind(StrEnum):
    """Which time a hole lies in."""

    SCHOOL = "school"
    HOLIDAY = "holiday"


@dataclass(frozen=True, kw_only=True, order=True)
class Stretch:
    """A stretch of time, its end left out."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True, order=True)
class Hole(Stretch):
    """A stretch in which nobody answers."""

    kind: Kind


def lies_in(inner: Hole, outer: Hole) -> bool:
    """Tell whether a hole is part of another."""
    within = outer.starts_at <= inner.starts_at and inner.ends_at <= outer.ends_at
    return within and inner.kind is outer.kind


@dataclass(frozen=True, kw_only=True)
class Held:
    """A role that somebody holds, from a day, until a day."""

    role: Role
    starts_on: date | None = None
    ends_on: date | None = None

    def is_held(self, on: date) -> bool:
        """Tell whether it is held on a day."""
        begun = self.starts_on is None or self.starts_on <= on
        return begun and (self.ends_on is None or on <= self.ends_on)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who may answer for safeguarding."""

    staff_id: int
    has_telephone: bool
    roles: tuple[Held, ...]

    def answers(self, roles: frozenset[Role], on: date) -> bool:
        """Tell whether they can be rung and hold one of these roles on a day (E89)."""
        return self.has_telephone and any(
            held.role in roles and held.is_held(on) for held in self.roles
        )


@dataclass(frozen=True, kw_only=True)
class Duty:
    """A weekly stretch of duty by the wall clock; 0 is Monday."""

    pk: int
    staff_id: int
    weekday: int
    starts_at: time
    ends_at: time


@dataclass(frozen=True, kw_only=True)
class Dated:
    """A stretch of one person: when they are away, or when they answer besides the rota."""

    pk: int
    staff_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class Rota:
    """Who may answer, when they said they do, and when they are away."""

    people: tuple[Person, ...] = ()
    duties: tuple[Duty, ...] = ()
    covers: tuple[Dated, ...] = ()
    absences: tuple[Dated, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Tell whether anybody has a weekly duty.

        Where nobody has, the whole team counts, as the ladder of a concern tells the whole team then.
        """
        return bool(self.duties)


@dataclass(frozen=True, kw_only=True)
class Shift:
    """When somebody is to answer on a day, and what is left of it when they are away."""

    staff_id: int
    starts_at: datetime
    ends_at: datetime
    left: tuple[Stretch, ...]
    duty_pk: int | None = None
    cover_pk: int | None = None

    @property
    def is_away(self) -> bool:
        """Tell whether nothing is left of it."""
        return not self.left

    @property
    def is_away_in_part(self) -> bool:
        """Tell whether they are away for some of it."""
        whole = Stretch(starts_at=self.starts_at, ends_at=self.ends_at)
        return bool(self.left) and self.left != (whole,)


def stands(calendar: Calendar, day: date) -> bool:
    """Tell whether weekly duties are meant on a day.

    On school days, and at a weekend of term if somebody is down for it. On a bank holiday, a closed day
    and in the holidays they stand still: nobody is at school because it is a Monday.
    """
    if hours.is_school_day(calendar, day):
        return True
    is_bank_holiday = day in hours.bank_holidays(calendar.nation, day.year)
    closed = is_bank_holiday or day in calendar.closed_days
    return (
        day.weekday() >= hours.SATURDAY and not closed and not hours.in_term_holiday(calendar, day)
    )


def shifts(rota: Rota, calendar: Calendar, day: date) -> list[Shift]:
    """Return who is to answer on a day, in the order in which they begin."""
    midnight, next_midnight = _bounds(calendar, day)
    planned: list[tuple[int, datetime, datetime, int | None, int | None]] = [
        (
            one.staff_id,
            _at(calendar, day, one.starts_at),
            _at(calendar, day, one.ends_at),
            one.pk,
            None,
        )
        for one in rota.duties
        if one.weekday == day.weekday() and stands(calendar, day)
    ]
    planned += [
        (one.staff_id, max(one.starts_at, midnight), min(one.ends_at, next_midnight), None, one.pk)
        for one in rota.covers
        if one.starts_at < next_midnight and midnight < one.ends_at
    ]
    found = [
        Shift(
            staff_id=staff_id,
            starts_at=begins,
            ends_at=ends,
            left=_without(Stretch(starts_at=begins, ends_at=ends), _away(rota, staff_id)),
            duty_pk=duty_pk,
            cover_pk=cover_pk,
        )
        for staff_id, begins, ends, duty_pk, cover_pk in planned
    ]
    return sorted(found, key=lambda one: (one.starts_at, one.ends_at, one.staff_id))


def holes(rota: Rota, calendar: Calendar, *, start: datetime, until: datetime) -> list[Hole]:
    """Return where nobody answers, of what is not over at `start` and begins before `until` (G12, G13).

    In school hours of the terms that are entered somebody of the safeguarding team who can be rung is
    on duty and not away; where no rota is kept at all, somebody of the team is not away. In a holiday
    between two terms somebody who reads concerns has said that they answer then.
    """
    found = [
        *_school_holes(rota, calendar, start, until),
        *_holiday_holes(rota, calendar, start, until),
    ]
    return sorted(one for one in found if one.ends_at > start and one.starts_at < until)


def _school_holes(
    rota: Rota, calendar: Calendar, start: datetime, until: datetime
) -> Iterable[Hole]:
    for day in _days(calendar, start, until):
        if not hours.in_term(calendar, day) or not hours.is_school_day(calendar, day):
            continue
        opens, closes = (at.astimezone(UTC) for at in hours.opening(calendar, day))
        there = _there(rota, calendar, day, opens, closes)
        for one in _without(Stretch(starts_at=opens, ends_at=closes), there):
            yield Hole(starts_at=one.starts_at, ends_at=one.ends_at, kind=Kind.SCHOOL)


def _there(
    rota: Rota, calendar: Calendar, day: date, opens: datetime, closes: datetime
) -> list[Stretch]:
    """Return when somebody of the team is there on a school day."""
    team = {one.staff_id for one in rota.people if one.answers(SAFEGUARDING_TEAM, day)}
    if rota.is_kept:
        return [
            part
            for shift in shifts(rota, calendar, day)
            if shift.staff_id in team
            for part in shift.left
        ]
    whole = Stretch(starts_at=opens, ends_at=closes)
    return [part for staff_id in team for part in _without(whole, _away(rota, staff_id))]


def _holiday_holes(
    rota: Rota, calendar: Calendar, start: datetime, until: datetime
) -> Iterable[Hole]:
    for first, last in hours.term_holidays(calendar):
        begins, ends = _bounds(calendar, first)[0], _bounds(calendar, last)[1]
        if ends <= start or begins >= until:
            continue
        there = [
            part
            for cover in rota.covers
            if _may_cover(rota, cover, calendar)
            for part in _without(
                Stretch(starts_at=cover.starts_at, ends_at=cover.ends_at),
                _away(rota, cover.staff_id),
            )
        ]
        for one in _without(Stretch(starts_at=begins, ends_at=ends), there):
            yield Hole(starts_at=one.starts_at, ends_at=one.ends_at, kind=Kind.HOLIDAY)


def _may_cover(rota: Rota, cover: Dated, calendar: Calendar) -> bool:
    """Tell whether who said that they answer reads concerns on the first and the last day of it."""
    days = [
        at.astimezone(calendar.zone).date() for at in (cover.starts_at, cover.ends_at - DAY / 2)
    ]
    return any(
        person.staff_id == cover.staff_id and all(person.answers(LEADERS, day) for day in days)
        for person in rota.people
    )


def _away(rota: Rota, staff_id: int) -> list[Stretch]:
    """Return when somebody is away."""
    return [
        Stretch(starts_at=one.starts_at, ends_at=one.ends_at)
        for one in rota.absences
        if one.staff_id == staff_id
    ]


def _without(whole: Stretch, parts: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Return what is left of a stretch without these parts of it, in its order."""
    left = []
    begins = whole.starts_at
    for part in sorted(parts):
        if part.starts_at > begins:
            left.append(Stretch(starts_at=begins, ends_at=min(part.starts_at, whole.ends_at)))
        begins = max(begins, part.ends_at)
        if begins >= whole.ends_at:
            break
    if begins < whole.ends_at:
        left.append(Stretch(starts_at=begins, ends_at=whole.ends_at))
    return tuple(one for one in left if one.starts_at < one.ends_at)


def _days(calendar: Calendar, start: datetime, until: datetime) -> Iterable[date]:
    """Return each day from one instant to another by the school's clock."""
    day, last = start.astimezone(calendar.zone).date(), until.astimezone(calendar.zone).date()
    while day <= last:
        yield day
        day += DAY


def _bounds(calendar: Calendar, day: date) -> tuple[datetime, datetime]:
    """Return the midnights around a day: 23 or 25 hours apart twice a year."""
    return _at(calendar, day, time()), _at(calendar, day + DAY, time())


def _at(calendar: Calendar, day: date, wall: time) -> datetime:
    """Return the instant at which the school's clock shows a time; compared in UTC (E67)."""
    return datetime.combine(day, wall, tzinfo=calendar.zone).astimezone(UTC)


# --- What was told of --------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Known:
    """A hole that was seen before and has not been filled since, and when it was told of again."""

    pk: int
    starts_at: datetime
    ends_at: datetime
    kind: Kind
    told_again: bool = False

    def holds(self, hole: Hole) -> bool:
        """Tell whether a hole lies in this one: there is nothing new to say of it."""
        return lies_in(hole, Hole(starts_at=self.starts_at, ends_at=self.ends_at, kind=self.kind))

    def meets(self, hole: Hole) -> bool:
        """Tell whether anything of this one is left in a hole."""
        return self.starts_at < hole.ends_at and hole.starts_at < self.ends_at


@dataclass(frozen=True, kw_only=True)
class News:
    """What is to be said of holes now: those that are new, those to be told again, those that are gone."""

    fresh: tuple[Hole, ...] = ()
    again: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.fresh or self.again or self.gone)


def news(found: Sequence[Hole], known: Sequence[Known], *, now: datetime) -> News:
    """Compare the holes there are with those that were told of; each is told once, and once more (G12).

    A hole that grew is a new one. One that opens again after it was filled is new as well. Nothing is
    said of a new one until it is a week away; then what follows in the weeks after is said with it.
    """
    fresh = [hole for hole in found if not any(one.holds(hole) for one in known)]
    if not any(hole.starts_at <= now + TOLD_BEFORE for hole in fresh):
        fresh = []
    standing = {one.pk: [hole for hole in found if one.meets(hole)] for one in known}
    return News(
        fresh=tuple(fresh),
        again=tuple(
            one.pk
            for one in known
            if not one.told_again
            and any(one.holds(hole) and is_near(hole, now) for hole in standing[one.pk])
        ),
        gone=tuple(
            one.pk for one in known if not any(one.holds(hole) for hole in standing[one.pk])
        ),
    )


def is_near(hole: Hole, now: datetime) -> bool:
    """Tell whether a hole begins within a day, or has begun."""
    return hole.starts_at <= now + TOLD_AGAIN_BEFORE
