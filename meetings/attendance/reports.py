"""What Teams says about a call: who was in, and when."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

# Every attendee's key begins so, and no key of ours may: a finding names both.
ATTENDEE = "in-"


@dataclass(frozen=True, order=True, slots=True)
class Interval:
    """A time with its start and without its end, in UTC and whole seconds; it may be empty."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        start, end = self.start, self.end
        if not (start.tzinfo is end.tzinfo is UTC) or start.microsecond or end.microsecond:
            raise ValueError("An interval is in UTC and whole seconds.")
        if end < start:
            raise ValueError("An interval ends no earlier than it starts.")

    @property
    def seconds(self) -> int:
        """Return how long it is."""
        return round((self.end - self.start).total_seconds())


class Flag(StrEnum):
    """What Teams says about how somebody came in; who is unverified or rings in is never matched unasked."""

    EXTERNAL = "external"
    UNVERIFIED = "unverified"
    GUEST = "guest"
    TELEPHONE = "telephone"


class Layout(StrEnum):
    """The forms in which Teams has told who was in a call."""

    # Downloaded while the call was on: one line for each coming and going, no addresses.
    DURING = "during"
    # 2021 and 2022, after the call: one table with times, addresses and roles.
    ONE_TABLE = "one_table"
    # Since 2022: a summary, one line for each person, and one for each coming and going.
    SECTIONS = "sections"
    LIVE_EVENT = "live_event"
    GRAPH = "graph"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """One entry of a report: a person as Teams knows them, or a nameless device.

    The same human may be two entries, on two devices or by telephone. `name` is as it stands in the
    report without the marks in brackets, which are `flags`; control and direction characters are
    taken out of it. It is whatever somebody typed: show it escaped, never as a formula.
    `user_id` is an object id from Graph, or the user principal name from a download; it and `email`
    are in lower case, and empty where the report has none. `role` is Teams' own word in lower case.
    """

    key: str
    name: str
    email: str = ""
    user_id: str = ""
    role: str = ""
    flags: frozenset[Flag] = frozenset()
    intervals: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report of one call.

    Without `has_intervals` the report tells only when each person first came and last left: whoever
    went out in between cannot be seen, so nothing can be said about who was alone with whom. The
    attendees' intervals are then these outermost times, which is enough to tell who was there at all.
    `is_partial` is true of a list that was taken while the call was on: `ended` is then the last
    thing it knows, and who had not left by then is in until then.
    `language` is "en", or "" where the times were read by their shape alone.
    """

    title: str
    meeting_id: str
    started: datetime
    ended: datetime
    attendees: tuple[Attendee, ...]
    has_intervals: bool
    is_partial: bool
    layout: Layout
    language: str


def key_of(*, user_id: str, email: str, name: str, first: datetime | None = None) -> str:
    """Return what an attendee is called in findings and in a person's confirmation.

    Made of what the report says and of nothing else, so that what was confirmed still fits when the
    same report is read again, and fits nobody else when another is read. Whoever has neither an
    account nor an address is told apart from others of the name by when they first came in.
    """
    known = user_id or email or f"{name}\n{first}"
    return ATTENDEE + sha256(known.encode()).hexdigest()[:24]


def digest_of(report: Report) -> str:
    """Return what tells the same report again, whoever reads it and in whatever order it was written."""
    people = sorted(
        (
            one.key,
            one.name,
            one.email,
            one.user_id,
            one.role,
            sorted(flag.value for flag in one.flags),
            [(spent.start.isoformat(), spent.end.isoformat()) for spent in one.intervals],
        )
        for one in report.attendees
    )
    times = (report.started.isoformat(), report.ended.isoformat())
    return sha256(repr((report.title, report.meeting_id, times, people)).encode()).hexdigest()
