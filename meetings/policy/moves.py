"""Who may move a meeting from where to where: one table for the buttons and for the services."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from meetings.policy.facts import Facts, SeatRole, Status
from school.roles import Viewer, may_review_incidents, may_see_all_meetings
from schoolsafe.lib.rules import NotAllowed


class Action(StrEnum):
    """What a person can do with a meeting."""

    REVISE = "revise"
    ASK = "ask"
    PRINT = "print"
    SHARE = "share"
    CONFIRM = "confirm"
    CALL = "call"
    COVER = "cover"
    OPEN = "open"
    RUN = "run"
    END = "end"
    CLOSE = "close"
    LOOK = "look"
    DESTROY = "destroy"
    CANCEL = "cancel"
    CHECK = "check"
    LEAK = "leak"
    RENEW = "renew"
    REPORT = "report"


@dataclass(frozen=True, kw_only=True)
class Person:
    """A viewer beside a meeting: their roles and whether they run it."""

    viewer: Viewer
    seat: SeatRole | None
    is_called: bool = False

    @classmethod
    def beside(cls, viewer: Viewer, facts: Facts) -> "Person":
        """Find the person's seat, if they have one."""
        seats = [seat for seat in facts.seats if seat.staff_id == viewer.staff_id]
        if not seats:
            return cls(viewer=viewer, seat=None)
        return cls(viewer=viewer, seat=seats[0].role, is_called=seats[0].is_called)


Who = Callable[[Person], bool]


@dataclass(frozen=True, kw_only=True)
class Move:
    """One allowed step: from which statuses, to which (None: it stays), and by whom."""

    from_: frozenset[Status]
    to: Status | None
    who: Who


def runs_it(person: Person) -> bool:
    """Tell whether the person is host or co-host."""
    return person.seat in {SeatRole.HOST, SeatRole.CO_HOST}


def is_on_it(person: Person) -> bool:
    """Tell whether the person has a seat, the reserve's included."""
    return person.seat is not None


def is_needed(person: Person) -> bool:
    """Tell whether the person is host or co-host, or a reserve who was called (E57)."""
    return runs_it(person) or (is_on_it(person) and person.is_called)


def runs_or_leads(person: Person) -> bool:
    """Tell whether the person runs it or is of the safeguarding team: anybody may stop a call."""
    return runs_it(person) or may_review_incidents(person.viewer)


def is_on_it_or_leads(person: Person) -> bool:
    """Tell whether the person has any seat, or is of the safeguarding team (E58).

    When host and co-host are both gone, whoever is in reserve can come in, and anybody can end it.
    """
    return is_on_it(person) or may_review_incidents(person.viewer)


def is_needed_or_leads(person: Person) -> bool:
    """Tell whether the person was on the call, or is of the safeguarding team."""
    return is_needed(person) or may_review_incidents(person.viewer)


def runs_or_sees_all(person: Person) -> bool:
    """Tell whether the person runs it or sees all calls: the office hands out paper forms too."""
    return runs_it(person) or may_see_all_meetings(person.viewer)


def needed_or_sees_all(person: Person) -> bool:
    """Tell whether the person is needed on it or sees all calls: the office hears of a leak first."""
    return is_needed(person) or may_see_all_meetings(person.viewer)


PLANNED = frozenset({Status.DRAFT, Status.ASKED, Status.SHARED})
UNDERWAY = frozenset({Status.SHARED, Status.OPEN})

MOVES: dict[Action, Move] = {
    Action.REVISE: Move(from_=PLANNED, to=None, who=runs_it),
    Action.ASK: Move(from_=frozenset({Status.DRAFT, Status.ASKED}), to=Status.ASKED, who=runs_it),
    Action.PRINT: Move(
        from_=frozenset({Status.ASKED, Status.SHARED}), to=None, who=runs_or_sees_all
    ),
    Action.SHARE: Move(
        from_=frozenset({Status.ASKED, Status.SHARED}), to=Status.SHARED, who=runs_it
    ),
    Action.CONFIRM: Move(from_=UNDERWAY, to=None, who=is_needed),
    Action.CALL: Move(from_=UNDERWAY, to=None, who=is_on_it_or_leads),
    Action.COVER: Move(from_=UNDERWAY, to=None, who=runs_or_leads),
    Action.OPEN: Move(from_=frozenset({Status.SHARED}), to=Status.OPEN, who=runs_it),
    Action.RUN: Move(from_=frozenset({Status.OPEN}), to=None, who=is_needed),
    Action.END: Move(from_=frozenset({Status.OPEN}), to=Status.ENDED, who=is_on_it_or_leads),
    Action.CLOSE: Move(
        from_=frozenset({Status.SHARED, Status.OPEN, Status.ENDED}), to=Status.CLOSED, who=runs_it
    ),
    Action.LOOK: Move(
        from_=frozenset({Status.ENDED, Status.CLOSED}), to=None, who=is_needed_or_leads
    ),
    Action.DESTROY: Move(from_=frozenset({Status.CLOSED}), to=None, who=runs_or_leads),
    Action.CANCEL: Move(from_=PLANNED, to=Status.CANCELLED, who=runs_or_leads),
    Action.CHECK: Move(from_=PLANNED | {Status.OPEN}, to=None, who=runs_or_leads),
    Action.LEAK: Move(from_=PLANNED | UNDERWAY, to=None, who=needed_or_sees_all),
    Action.RENEW: Move(from_=PLANNED | UNDERWAY, to=None, who=is_needed),
    Action.REPORT: Move(
        from_=frozenset({Status.SHARED, Status.OPEN, Status.ENDED, Status.CLOSED}),
        to=None,
        who=runs_or_leads,
    ),
}

REFUSED = {
    "who": "Only the people who run this call can do that.",
    "when": "That is not possible at this stage of the call.",
}


def actions_for(viewer: Viewer, facts: Facts) -> frozenset[Action]:
    """Return what a person may do now; pages show these buttons and no others."""
    person = Person.beside(viewer, facts)
    return frozenset(
        action for action, move in MOVES.items() if facts.status in move.from_ and move.who(person)
    )


def check_person(action: Action, viewer: Viewer, facts: Facts) -> None:
    """Refuse an action to whoever may never do it on this meeting, at no stage; raises NotAllowed."""
    if not MOVES[action].who(Person.beside(viewer, facts)):
        raise NotAllowed(REFUSED["who"])


def next_status(action: Action, viewer: Viewer, facts: Facts) -> Status:
    """Return where a meeting goes; raises NotAllowed when not from here or not by this person."""
    check_person(action, viewer, facts)
    move = MOVES[action]
    if facts.status not in move.from_:
        raise NotAllowed(REFUSED["when"])
    return move.to or facts.status


def may_view(viewer: Viewer, facts: Facts) -> bool:
    """Tell whether a person sees the meeting at all; what they may not see does not exist."""
    return may_see_all_meetings(viewer) or is_on_it(Person.beside(viewer, facts))
