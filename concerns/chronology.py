"""The order in which things happened, who knew of them when, and how often: plain Python."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from concerns.policy import EntryKind, Urgency, When

# The kind of a line that is no entry: what the reporter wrote.
ACCOUNT = "account"
DECISIONS = frozenset(
    {
        EntryKind.DECISION.value,
        EntryKind.REFERRAL.value,
        EntryKind.CLOSURE.value,
        EntryKind.REOPENING.value,
        EntryKind.LOWERED.value,
        EntryKind.RAISED.value,
        EntryKind.SETTLED.value,
    }
)
LATELY = timedelta(days=30)
A_YEAR = timedelta(days=365)
# So many months side by side can still be told apart on a telephone; of more, years are drawn.
MOST_MONTHS = 36
TALLEST = 64
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing in a chronology: an account or an entry, when it happened and when it was written.

    `number` is its place among what was written in one concern; `what` is the row itself.
    """

    concern: str
    kind: str
    noted_at: datetime
    happened: When = When.EXACT
    happened_at: datetime | None = None
    number: int = 0
    urgency: str = Urgency.ROUTINE
    stands: frozenset[str] = frozenset()
    categories: Mapping[int, str] = field(default_factory=dict)
    what: Any = None

    @property
    def is_known(self) -> bool:
        """Tell whether it is known when this happened, be it about (E13)."""
        return self.happened is not When.UNKNOWN and self.happened_at is not None

    @property
    def at(self) -> datetime:
        """Return where it stands: when it happened, or when it was written if nobody knows (E13)."""
        if self.happened_at is None or not self.is_known:
            return self.noted_at
        return self.happened_at

    def day(self, zone: tzinfo) -> date:
        """Return the school's day on which it stands."""
        return self.at.astimezone(zone).date()


def in_order(lines: Iterable[Line]) -> list[Line]:
    """Return lines in the order in which it all happened, not in which it was filed (A36).

    What happened at one instant stands in the order of writing, an account before its entries.
    """
    return sorted(lines, key=lambda line: (line.at, line.noted_at, line.concern, line.number))


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which lines of a chronology are shown; what is not chosen leaves nothing out."""

    category: int | None = None
    urgency: str = ""
    stands: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None
    decisions: bool = False

    @property
    def is_all(self) -> bool:
        """Tell whether nothing is left out."""
        return self == Wanted()

    def keeps(self, line: Line, zone: tzinfo) -> bool:
        """Tell whether a line is shown."""
        day = line.day(zone)
        return all(
            (
                self.category is None or self.category in line.categories,
                not self.urgency or line.urgency == self.urgency,
                not self.stands or self.stands in line.stands,
                not self.kind or line.kind == self.kind,
                self.since is None or day >= self.since,
                self.until is None or day <= self.until,
                not self.decisions or line.kind in DECISIONS,
            )
        )


# --- Who knew what when ----------------------------------------------------------------------------
class Step(StrEnum):
    """What somebody did by which they came to know, or said what follows."""

    FILED = "filed"
    READ = "read"
    ACKNOWLEDGED = "acknowledged"
    DECIDED = "decided"
    CLOSED = "closed"
    REOPENED = "opened again"


STEPS = {
    EntryKind.ACKNOWLEDGEMENT.value: Step.ACKNOWLEDGED,
    EntryKind.DECISION.value: Step.DECIDED,
    EntryKind.REFERRAL.value: Step.DECIDED,
    EntryKind.CLOSURE.value: Step.CLOSED,
    EntryKind.REOPENING.value: Step.REOPENED,
    EntryKind.LOWERED.value: Step.DECIDED,
    EntryKind.RAISED.value: Step.DECIDED,
    EntryKind.SETTLED.value: Step.CLOSED,
}


@dataclass(frozen=True, kw_only=True)
class Knew:
    """That somebody filed, first read, acknowledged or decided a concern, and when."""

    step: Step
    who: str
    at: datetime


def who_knew(
    *,
    filed: tuple[str, datetime],
    read: Iterable[tuple[str, datetime]],
    entries: Iterable[tuple[str, str, datetime]],
) -> list[Knew]:
    """Return who knew what when of one concern: each reader's first look, each step of the case.

    `read` are names with every instant at which they opened it, `entries` kinds with name and instant.
    """
    first: dict[str, datetime] = {}
    for name, at in read:
        first[name] = min(at, first.get(name, at))
    steps = [Knew(step=Step.FILED, who=filed[0], at=filed[1])]
    steps += [Knew(step=Step.READ, who=name, at=at) for name, at in first.items()]
    steps += [
        Knew(step=STEPS[kind], who=name, at=at) for kind, name, at in entries if kind in STEPS
    ]
    order = list(Step)
    return sorted(steps, key=lambda step: (step.at, order.index(step.step), step.who))


# --- Patterns --------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Bar:
    """One month or year of the picture: how many began to be known of it, and where it is drawn.

    Places and widths are hundredths of the picture's width, heights are points.
    """

    label: str
    count: int
    urgent: int
    x: float
    width: float
    height: float
    urgent_height: float

    @property
    def top(self) -> float:
        """Return where the bar begins."""
        return TALLEST - self.height

    @property
    def urgent_top(self) -> float:
        """Return where its urgent part begins."""
        return TALLEST - self.urgent_height


@dataclass(frozen=True, kw_only=True)
class Patterns:
    """How many, how often, of which categories, on which days of the week (A41): counts, no guess."""

    total: int
    urgent: int
    lately: int
    in_a_year: int
    undated: int
    first: date | None
    last: date | None
    categories: Sequence[tuple[str, int]]
    weekdays: Sequence[tuple[str, int]]
    bars: Sequence[Bar]

    @property
    def busiest(self) -> Bar | None:
        """Return the month or year with the most of them, the latest of several."""
        return max(self.bars, key=lambda bar: (bar.count, bar.x), default=None)


def patterns(lines: Iterable[Line], *, zone: tzinfo, today: date) -> Patterns:
    """Count the accounts among these lines; of unknown date none is given a day (E13)."""
    accounts = [line for line in lines if line.kind == ACCOUNT]
    dated = [line for line in accounts if line.is_known]
    days = sorted(line.day(zone) for line in dated)
    named = Counter(name for line in accounts for name in line.categories.values())
    weekdays = Counter(day.weekday() for day in days)
    return Patterns(
        total=len(accounts),
        urgent=sum(line.urgency == Urgency.URGENT for line in accounts),
        lately=sum(day > today - LATELY for day in days),
        in_a_year=sum(day > today - A_YEAR for day in days),
        undated=len(accounts) - len(dated),
        first=days[0] if days else None,
        last=days[-1] if days else None,
        categories=sorted(named.items(), key=lambda item: (-item[1], item[0])),
        weekdays=[(name, weekdays[number]) for number, name in enumerate(WEEKDAYS)],
        bars=bars(dated, zone=zone),
    )


def bars(lines: Sequence[Line], *, zone: tzinfo) -> list[Bar]:
    """Return a bar for each month from the first to the last, or for each year of a long time."""
    months = [(day.year * 12 + day.month - 1) for day in (line.day(zone) for line in lines)]
    if not months:
        return []
    step = 1 if max(months) - min(months) < MOST_MONTHS else 12
    places = [month // step for month in months]
    counts = Counter(places)
    urgent = Counter(
        place for place, line in zip(places, lines, strict=True) if line.urgency == Urgency.URGENT
    )
    first, last, most = min(places), max(places), max(counts.values())
    width = 100 / (last - first + 1)
    return [
        Bar(
            label=str(place) if step > 1 else f"{MONTHS[place % 12]} {place // 12}",
            count=counts[place],
            urgent=urgent[place],
            x=round((place - first + 0.1) * width, 3),
            width=round(0.8 * width, 3),
            height=round(TALLEST * counts[place] / most, 2),
            urgent_height=round(TALLEST * urgent[place] / most, 2),
        )
        for place in range(first, last + 1)
    ]
