"""What the safeguarding team must not lack, and how long a proposal for it waits. Plain Python, no clock.

A lead or a deputy is there in every school hour of term (G12), can be rung (E89), and can read what was
logged, for which a second factor is needed (A45).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from school.roles import SAFEGUARDING_TEAM, Role
from schoolsafe.lib.rules import Finding, Severity

# What nobody has decided by then was not wanted, or the people concerned have changed meanwhile.
LAPSES_AFTER = timedelta(days=14)
# So far ahead holes are told: in time to ask somebody.
LOOKS_AHEAD = timedelta(days=28)
MOST_DAYS_NAMED = 3


class Outcome(StrEnum):
    """What became of a proposal."""

    APPROVED = "approved"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"
    LAPSED = "lapsed"

    @property
    def words(self) -> str:
        """Return it as a word on a page."""
        return self.value.replace("_", " ").capitalize()


@dataclass(frozen=True, kw_only=True)
class Part:
    """A role that somebody of the team holds, from a day until a day; both days are included."""

    staff_id: int
    role: Role
    first: date | None = None
    last: date | None = None

    def stands(self, *, on: date) -> bool:
        """Tell whether it is held on a day."""
        begun = self.first is None or self.first <= on
        return begun and (self.last is None or on <= self.last)


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody of the team: by what they can be reached, and when they are away."""

    staff_id: int
    name: str
    has_factor: bool = True
    has_telephone: bool = True
    away: tuple[tuple[datetime, datetime], ...] = ()


Hours = Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True, kw_only=True)
class Team:
    """Who leads safeguarding and who deputises, now and later; `hours` are the school hours ahead."""

    parts: tuple[Part, ...]
    people: Mapping[int, Member]
    hours: Hours = ()

    def on(self, day: date) -> list[Member]:
        """Return who is of the team on a day, by name."""
        held = {
            part.staff_id
            for part in self.parts
            if part.role in SAFEGUARDING_TEAM and part.stands(on=day)
        }
        return sorted((self.people[one] for one in held), key=lambda one: (one.name, one.staff_id))


def lapses_at(proposed_at: datetime) -> datetime:
    """Return from when nobody can approve a proposal any more."""
    return proposed_at + LAPSES_AFTER


def begins_on(wanted: date, *, on: date) -> date:
    """Return when an approved role begins: never before it was approved."""
    return max(wanted, on)


def overlaps(first: date, last: date | None, other_first: date | None, other: date | None) -> bool:
    """Tell whether two stretches have a day in common; without a last day one goes on."""
    begins_in_time = other is None or first <= other
    return begins_in_time and (last is None or other_first is None or other_first <= last)


def is_led(parts: Iterable[Part], *, on: date) -> bool:
    """Tell whether somebody is the designated lead on a day: a school always has one."""
    return any(part.role is Role.DSL and part.stands(on=on) for part in parts)


def first_unled(parts: Sequence[Part], *, on: date) -> date | None:
    """Return the first day from a day on on which nobody is the designated lead, if there is one."""
    ends = {part.last + timedelta(days=1) for part in parts if part.role is Role.DSL and part.last}
    candidates = sorted({on, *(day for day in ends if day > on)})
    return next((day for day in candidates if not is_led(parts, on=day)), None)


def unled_by(before: Sequence[Part], after: Sequence[Part], *, on: date) -> date | None:
    """Return from when a change leaves the school without a lead, where it would have had one."""
    gap, known = first_unled(after, on=on), first_unled(before, on=on)
    return gap if gap is not None and (known is None or gap < known) else None


def lacks(team: Team, *, on: date) -> list[Finding]:
    """Return what the team lacks as it stands on a day, and in the school hours from then on."""
    members = team.on(on)
    return [
        *_lead(team, members, on=on),
        *_factors(members),
        *_telephones(members),
        *_cover(team, on=on),
    ]


def lacks_ahead(team: Team, *, on: date) -> list[Finding]:
    """Return what the team lacks on a day, and what it will lack when somebody's role ends or begins."""
    found = lacks(team, on=on)
    for day in _turns(team, after=on):
        known = {(one.code, one.words) for one in found}
        said = {one.words.rpartition(": ")[2] for one in found}
        found += [
            _from(day, one)
            for one in lacks(team, on=day)
            if (one.code, one.words) not in known and one.words not in said
        ]
    return sorted(found, key=lambda one: not one.blocks)


def new(before: Sequence[Finding], after: Sequence[Finding]) -> list[Finding]:
    """Return what a change would bring: what is lacking after it and was not before."""
    known = {(one.code, one.words) for one in before}
    return [one for one in after if (one.code, one.words) not in known]


def _lead(team: Team, members: Sequence[Member], *, on: date) -> list[Finding]:
    """Somebody leads, and somebody else covers for them (G12)."""
    if not is_led(team.parts, on=on):
        return [
            Finding(
                code="no_lead",
                clause="G12",
                severity=Severity.BLOCKS,
                words="Nobody is the designated safeguarding lead.",
                mend="Propose somebody for it, and have a second person approve it.",
            )
        ]
    if len(members) > 1:
        return []
    return [
        Finding(
            code="alone",
            clause="G12",
            severity=Severity.ADVISES,
            words=f"{members[0].name} is the whole safeguarding team: nobody covers for them.",
            mend="Propose a deputy, and have a second person approve it.",
        )
    ]


def _factors(members: Sequence[Member]) -> list[Finding]:
    """Whoever is to read a concern has a second factor (A45)."""
    without = [one for one in members if not one.has_factor]
    if without and len(without) == len(members):
        return [
            Finding(
                code="no_second_factor_at_all",
                clause="A45",
                severity=Severity.BLOCKS,
                words="Nobody on the safeguarding team has set up a second factor: nobody of them can "
                "read a concern.",
                mend="Ask each of them to sign in: they are led to setting it up.",
            )
        ]
    return [
        Finding(
            code="no_second_factor",
            clause="A45",
            severity=Severity.ADVISES,
            words=f"{one.name} has no second factor, and can read no concern.",
            mend="Ask them to sign in: they are led to setting it up.",
        )
        for one in without
    ]


def _telephones(members: Sequence[Member]) -> list[Finding]:
    """Whoever is told of a concern can be rung (E89)."""
    without = [one for one in members if not one.has_telephone]
    if without and len(without) == len(members):
        return [
            Finding(
                code="no_telephone_at_all",
                clause="E89",
                severity=Severity.BLOCKS,
                words="Nobody on the safeguarding team has a telephone number: nobody of them can be rung.",
                mend="The designated lead or the headteacher puts their numbers on record: Records, Staff members.",
            )
        ]
    return [
        Finding(
            code="no_telephone",
            clause="E89",
            severity=Severity.ADVISES,
            words=f"{one.name} has no telephone number: they cannot be rung, nor be on duty.",
            mend="The designated lead or the headteacher puts it on record: Records, Staff members.",
        )
        for one in without
    ]


def _cover(team: Team, *, on: date) -> list[Finding]:
    """In the school hours of term somebody of the team is there (G12)."""
    days = [
        opens.date()
        for opens, closes in team.hours
        if opens.date() >= on and _is_empty(team.on(opens.date()), opens, closes)
    ]
    if not days:
        return []
    named = ", ".join(_day(day) for day in days[:MOST_DAYS_NAMED])
    more = len(days) - MOST_DAYS_NAMED
    when = f"{named} and {more} more school days" if more > 0 else named
    return [
        Finding(
            code="all_away",
            clause="G12",
            severity=Severity.BLOCKS,
            words=f"Everybody on the safeguarding team is away at some time on {when}.",
            mend="Ask one of them to be there, or propose somebody for these days.",
        )
    ]


def _is_empty(members: Sequence[Member], opens: datetime, closes: datetime) -> bool:
    """Tell whether there is an instant of a school day at which all of these are away."""
    if not members:
        return False
    spans = [(opens, closes)]
    for one in members:
        spans = [
            (max(begins, gone), min(ends, back))
            for begins, ends in spans
            for gone, back in one.away
            if max(begins, gone) < min(ends, back)
        ]
    return bool(spans)


def _turns(team: Team, *, after: date) -> list[date]:
    """Return the days ahead on which somebody's part in the team begins or is over."""
    begins = {part.first for part in team.parts if part.first}
    over = {part.last + timedelta(days=1) for part in team.parts if part.last}
    return sorted(day for day in begins | over if after < day <= after + LOOKS_AHEAD)


def _from(day: date, one: Finding) -> Finding:
    """Return a finding of a day ahead."""
    return Finding(
        code=one.code,
        clause=one.clause,
        severity=one.severity,
        words=f"From {_day(day)} on: {one.words}",
        mend=one.mend,
    )


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"
