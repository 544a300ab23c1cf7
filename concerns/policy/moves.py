"""What may be done with a concern, by whom, and what becomes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from concerns.policy.access import Desk, Party, may_follow, may_view
from school.roles import Viewer
from schoolsafe.lib.rules import NotAllowed


class Status(StrEnum):
    """Where a concern stands. Read is not acknowledged, acknowledged is not decided (E21)."""

    LOGGED = "logged"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    REOPENED = "reopened"


class Urgency(StrEnum):
    """How soon the reporter thinks it must be read; asked, never trusted alone."""

    URGENT = "urgent"
    ROUTINE = "routine"


class When(StrEnum):
    """How well the time of the event is known (E13)."""

    EXACT = "exact"
    ABOUT = "about"
    UNKNOWN = "unknown"


class EntryKind(StrEnum):
    """What an entry in the chronology is."""

    ADDENDUM = "addendum"
    CALL = "call"
    ACKNOWLEDGEMENT = "acknowledgement"
    DECISION = "decision"
    REFERRAL = "referral"
    NAMING = "naming"
    CLOSURE = "closure"
    REOPENING = "reopening"


class Action(StrEnum):
    """What a person can do with a concern."""

    ADD = "add"
    CALL = "call"
    ACKNOWLEDGE = "acknowledge"
    DECIDE = "decide"
    NAME_SUBJECT = "name_subject"
    CLOSE = "close"
    REOPEN = "reopen"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A concern as the rules see it."""

    status: Status
    urgency: Urgency
    desk: Desk
    reporter_id: int
    logged_at: datetime
    clock_began_at: datetime
    excluded: frozenset[int] = frozenset()
    parties: tuple[Party, ...] = ()
    taken_by: int | None = None
    is_hurried: bool = False
    acknowledge_by: datetime | None = None
    decide_by: datetime | None = None
    is_decided: bool = False

    @property
    def runs_on_real_hours(self) -> bool:
        """Tell whether its clock never pauses: urgent, or hurried by a call nobody took."""
        return self.urgency is Urgency.URGENT or self.is_hurried


@dataclass(frozen=True, kw_only=True)
class Move:
    """One allowed step: from which statuses, to which (None: stays), and by whom."""

    from_: frozenset[Status]
    to: Status | None
    who: Callable[[Viewer, Facts], bool]


def _reader_or_reporter(viewer: Viewer, concern: Facts) -> bool:
    """Tell whether a person reads the concern or wrote it."""
    return may_view(viewer, concern) or may_follow(viewer, concern)


ANY = frozenset(Status)
TAKEN = frozenset({Status.ACKNOWLEDGED, Status.REOPENED})
MOVES: dict[Action, Move] = {
    Action.ADD: Move(from_=ANY, to=None, who=_reader_or_reporter),
    Action.CALL: Move(from_=ANY, to=None, who=_reader_or_reporter),
    Action.ACKNOWLEDGE: Move(
        from_=frozenset({Status.LOGGED}), to=Status.ACKNOWLEDGED, who=may_view
    ),
    Action.DECIDE: Move(from_=TAKEN, to=None, who=may_view),
    Action.NAME_SUBJECT: Move(from_=ANY, to=None, who=may_view),
    Action.CLOSE: Move(from_=TAKEN, to=Status.CLOSED, who=may_view),
    Action.REOPEN: Move(from_=frozenset({Status.CLOSED}), to=Status.REOPENED, who=may_view),
}
REFUSALS: dict[Action, str] = {
    Action.ADD: "Only those who work on this concern and the person who logged it can add to it.",
    Action.CALL: "Only those who work on this concern and the person who logged it can note a call.",
    Action.ACKNOWLEDGE: "This concern has been acknowledged already.",
    Action.DECIDE: "A concern is decided after it has been acknowledged and before it is closed.",
    Action.NAME_SUBJECT: "Only those who work on this concern can say whom it is about.",
    Action.CLOSE: "A concern is closed after it has been acknowledged.",
    Action.REOPEN: "Only a closed concern can be opened again.",
}


def actions_for(viewer: Viewer, concern: Facts) -> frozenset[Action]:
    """Return what a person may do now; pages show these buttons and no others."""
    return frozenset(
        action
        for action, move in MOVES.items()
        if concern.status in move.from_ and move.who(viewer, concern)
    )


def next_status(action: Action, viewer: Viewer, concern: Facts) -> Status:
    """Return the status after an action. Raises NotAllowed when the person may not do it now."""
    if action not in actions_for(viewer, concern):
        raise NotAllowed(REFUSALS[action])
    return MOVES[action].to or concern.status


def is_open(concern: Facts) -> bool:
    """Tell whether somebody still has to do something about it."""
    return concern.status is not Status.CLOSED


def is_undecided(concern: Facts) -> bool:
    """Tell whether somebody is in charge of it and has not decided yet."""
    return concern.status in TAKEN and not concern.is_decided


def is_overdue(concern: Facts, *, now: datetime) -> bool:
    """Tell whether it has waited too long: to be acknowledged, or then to be decided (E21)."""
    if concern.status is Status.LOGGED:
        return concern.acknowledge_by is not None and now >= concern.acknowledge_by
    return is_undecided(concern) and concern.decide_by is not None and now >= concern.decide_by
