"""When the file of a child who leaves is due at the next school, and who is reminded until it is there.

Guidance G31, G32: within five school days, or in the first five of a new term; separately from the
main file, by a secure way, with a receipt that is chased; never by the parent, nor by ordinary post.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from school import calendar as hours
from school.calendar import Calendar

DAILY, WEEKLY = timedelta(days=1), timedelta(days=7)
# Nobody knows where the child is: somebody asks again, for as long as that is so (E90, G34).
ASK_AGAIN = timedelta(days=28)
# A leaving date is on record before the child goes: time to tell the next school in advance (G33).
AHEAD = timedelta(days=28)


class Whither(StrEnum):
    """Where a child goes who leaves; each has a road of its own (E90)."""

    SCHOOL = "school"
    HOME = "home"
    MISSING = "missing"
    UNKNOWN = "unknown"
    ABROAD = "abroad"
    STAYS = "stays"

    @property
    def label(self) -> str:
        """Return it in words."""
        return WHITHER_LABELS[self]

    @property
    def needs_authority(self) -> bool:
        """Tell whether the local authority has to be told: no school takes the file."""
        return self in {Whither.HOME, Whither.MISSING, Whither.UNKNOWN, Whither.ABROAD}

    @property
    def is_lost(self) -> bool:
        """Tell whether nobody knows where the child is."""
        return self in {Whither.MISSING, Whither.UNKNOWN}


WHITHER_LABELS = {
    Whither.SCHOOL: "A school or college that we know",
    Whither.HOME: "Is educated at home",
    Whither.MISSING: "Is missing from education",
    Whither.UNKNOWN: "Nobody knows where",
    Whither.ABROAD: "Goes abroad, and no school is known",
    Whither.STAYS: "Stays here, or is here again",
}


class Way(StrEnum):
    """How a file is sent: never with the parent, never by ordinary post (G32)."""

    ELECTRONIC = "electronic"
    HAND = "hand"
    RECORDED = "recorded"

    @property
    def label(self) -> str:
        """Return it in words."""
        return WAY_LABELS[self]


WAY_LABELS = {
    Way.ELECTRONIC: "By a secure electronic way, locked",
    Way.HAND: "By hand to the DSL there, against a signature",
    Way.RECORDED: "By recorded delivery, locked",
}


class StepKind(StrEnum):
    """What happened on the way of a file."""

    RAISED = "raised"
    WHITHER = "whither"
    AHEAD = "ahead"
    SENT = "sent"
    RECEIVED = "received"
    CHASED = "chased"
    AUTHORITY = "authority"
    RETURNED = "returned"


class Stage(StrEnum):
    """What has to be done next."""

    ASK = "ask"
    SEND = "send"
    RECEIPT = "receipt"
    AUTHORITY = "authority"
    SEARCH = "search"
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """A child's leaving as the rules see it."""

    left_on: date
    whither: Whither | None = None
    sent_at: datetime | None = None
    received_at: datetime | None = None
    authority_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """When somebody is reminded: at each of these, and then again and again without an end."""

    first: tuple[datetime, ...]
    every: timedelta

    def due_at(self, step: int) -> datetime:
        """Return when a step is due."""
        last = len(self.first) - 1
        return self.first[min(step, last)] + max(step - last, 0) * self.every

    def step_at(self, now: datetime) -> int:
        """Return the highest step that is due; below nought before the first."""
        last = len(self.first) - 1
        if now >= self.first[last]:
            return last + (now - self.first[last]) // self.every
        return sum(now >= at for at in self.first) - 1


def stage_of(leaving: Leaving) -> Stage:
    """Return what has to be done next; that a file was sent does not end it, a receipt does (E91)."""
    if leaving.whither is None:
        return Stage.ASK
    if leaving.whither is Whither.STAYS:
        return Stage.DONE
    if leaving.whither is Whither.SCHOOL:
        if leaving.sent_at is None:
            return Stage.SEND
        return Stage.RECEIPT if leaving.received_at is None else Stage.DONE
    if leaving.authority_at is None:
        return Stage.AUTHORITY
    return Stage.SEARCH if leaving.whither.is_lost else Stage.DONE


def school_day(calendar: Calendar, day: date, number: int) -> date:
    """Return the so-manieth school day from a day on, that day counted."""
    while True:
        day = hours.school_day_from(calendar, _at(calendar, day))
        number -= 1
        if number <= 0:
            return day
        day += timedelta(days=1)


def _at(calendar: Calendar, day: date) -> datetime:
    """Return the instant at which the school's day begins."""
    return datetime.combine(day, time(), tzinfo=calendar.zone)


def due_on(calendar: Calendar, left_on: date) -> date:
    """Return by when the file is to be there: the fifth school day, over a holiday that of the new term."""
    return school_day(calendar, left_on, calendar.pace.transfer_due_days)


def is_late(leaving: Leaving, calendar: Calendar, *, today: date) -> bool:
    """Tell whether something should have been done by now."""
    if stage_of(leaving) not in {Stage.ASK, Stage.SEND, Stage.AUTHORITY}:
        return False
    return today > due_on(calendar, leaving.left_on)


def plan_of(leaving: Leaving, calendar: Calendar) -> Plan | None:
    """Return when somebody is reminded, None where nothing is left to do.

    Before it is there: on the first day, on the third, when it is due, then daily. Once sent: after
    five school days without a receipt, then weekly (E91). Where nobody knows, every four weeks: the
    countdown ends by an answer and by nothing else (E90).
    """
    stage = stage_of(leaving)
    if stage is Stage.DONE:
        return None
    if stage is Stage.RECEIPT and leaving.sent_at is not None:
        sent_on = leaving.sent_at.astimezone(calendar.zone).date()
        chase = school_day(calendar, sent_on + timedelta(days=1), calendar.pace.receipt_chase_days)
        return Plan(first=(hours.opening(calendar, chase)[0],), every=WEEKLY)
    if stage is Stage.SEARCH and leaving.authority_at is not None:
        return Plan(first=(leaving.authority_at + ASK_AGAIN,), every=ASK_AGAIN)
    pace = calendar.pace
    # Counted from the first day on which the child is not here any more.
    numbers = (1, pace.transfer_warn_days, pace.transfer_due_days)
    days = [school_day(calendar, leaving.left_on, number) for number in numbers]
    return Plan(first=tuple(hours.opening(calendar, day)[0] for day in days), every=DAILY)
