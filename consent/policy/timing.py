"""When families are reminded, and how long a person needs to read a page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from school.pace import Pace

# The link's own page refuses a confirmation that no person could have made so fast (E25).
READS_FOR_AT_LEAST = timedelta(seconds=2)
# A page that was open for longer is shown once more before its button counts.
KEEPS_FOR = timedelta(hours=1)
REMIND_NOT_WITHIN = timedelta(hours=1)
# A reminder sent by a person so shortly before the next one takes its place.
REPLACES_WITHIN = timedelta(days=3)


@dataclass(frozen=True, kw_only=True)
class Rung:
    """A time at which families that have not answered are reminded, or the asker is told of them."""

    at: datetime
    tells_asker: bool = False


@dataclass(frozen=True, kw_only=True)
class Since:
    """The first minute in which a family can have answered, and why not before."""

    at: datetime
    words: str


def answerable_from(*, put_at: datetime, asked_at: datetime, created_at: datetime) -> Since:
    """Return when a family was first asked what they answer: before that there was nothing to answer.

    What they said to an earlier asking is over (E42, E53). A page knows no seconds.
    """
    is_anew = asked_at > created_at
    words = (
        "The family has been asked anew since then: what they said before does not answer it."
        if is_anew
        else "Nobody had been asked then: there was no question to answer."
    )
    at = asked_at if is_anew else put_at
    return Since(at=at.replace(second=0, microsecond=0), words=words)


def rungs(*, asked_at: datetime, starts_at: datetime, pace: Pace) -> list[Rung]:
    """Return the rungs of a question: reminders, and at last the person who asked, with a telephone.

    That one hears, usually a day before, who has not answered.
    """
    ahead = reminders(asked_at=asked_at, starts_at=starts_at, pace=pace)
    rows = [Rung(at=at) for at in ahead]
    last = starts_at - timedelta(hours=pace.tell_asker_hours)
    if last >= asked_at + REMIND_NOT_WITHIN:
        rows.append(Rung(at=last, tells_asker=True))
    return sorted(rows, key=lambda rung: rung.at)


def reminders(*, asked_at: datetime, starts_at: datetime, pace: Pace) -> list[datetime]:
    """Return when a family that has not answered is reminded: twice so many days before, or halfway."""
    before = (pace.remind_first_days, pace.remind_second_days)
    times = [starts_at - timedelta(days=days) for days in before]
    ahead = [at for at in times if at >= asked_at + REMIND_NOT_WITHIN]
    if ahead:
        return ahead
    halfway = asked_at + (starts_at - asked_at) / 2
    return [halfway] if halfway >= asked_at + REMIND_NOT_WITHIN else []


def asks_later(pace: Pace) -> bool:
    """Tell whether the school lets the first question to a family wait."""
    return pace.ask_days_before is not None


def asks_at(closes_at: datetime, *, pace: Pace) -> datetime | None:
    """Return before when families are not asked; None where they are asked as soon as staff ask."""
    days = pace.ask_days_before
    return None if days is None else closes_at - timedelta(days=days)


def may_chase(*, had: int, pace: Pace) -> bool:
    """Tell whether somebody who has not answered gets another letter without a person's doing.

    Chased so often, usually three times, a family is rung, however often the plan changes. What
    somebody who said yes must know of a change is news and is always told.
    """
    return had < pace.most_messages


def is_replaced(*, reminded_at: datetime | None, at: datetime) -> bool:
    """Tell whether a reminder that is due is not sent because a person sent one shortly before."""
    return reminded_at is not None and reminded_at <= at <= reminded_at + REPLACES_WITHIN
