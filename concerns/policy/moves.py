"""What may be done with a concern, by whom, and what becomes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from concerns.policy.access import Desk, Party, may_follow, may_view
from concerns.policy.lending import sight
from concerns.policy.registers import Level, may_enter, may_judge, may_split
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
    WEIGHING = "weighing"
    HANDOVER = "handover"
    TASK = "task"
    TASK_GIVEN = "task_given"
    TASK_DONE = "task_done"
    TASK_CANCELLED = "task_cancelled"
    ANSWER = "answer"
    SHARED = "shared"
    NOT_SHARED = "not_shared"
    NOTIFICATION = "notification"
    HOLDER_TOLD = "holder_told"
    DISAGREEMENT = "disagreement"
    QUESTION = "question"
    WITHDRAWAL = "withdrawal"
    CORRECTION = "correction"
    MOVE = "move"
    SECOND_ASKED = "second_asked"
    SECOND_SIGNED = "second_signed"
    SECOND_REFUSED = "second_refused"
    LOWERED = "lowered"
    RAISED = "raised"
    SETTLED = "settled"
    HANDED_OVER = "handed_over"
    TAKEN_OVER = "taken_over"
    KEPT_HERE = "kept_here"


# What whoever logged a concern can write, and so finds again on their own page; a question to them
# is the one thing by others that stands there.
REPORTERS_OWN = frozenset(
    {EntryKind.ADDENDUM, EntryKind.CALL, EntryKind.CORRECTION, EntryKind.NOTIFICATION}
)


class How(StrEnum):
    """How somebody outside was told."""

    TELEPHONE = "telephone"
    FORM = "form"
    EMAIL = "email"
    IN_PERSON = "in person"
    LETTER = "letter"

    @property
    def label(self) -> str:
        """Return the way in words."""
        return HOW_LABELS[self]


HOW_LABELS = {
    How.TELEPHONE: "By telephone",
    How.FORM: "With their form",
    How.EMAIL: "By secure e-mail",
    How.IN_PERSON: "In person",
    How.LETTER: "By letter",
}


class Result(StrEnum):
    """What somebody outside answered."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    ADVICE = "advice"
    NONE = "none"

    @property
    def label(self) -> str:
        """Return the answer in words."""
        return RESULT_LABELS[self]


RESULT_LABELS = {
    Result.ACCEPTED: "They take it on",
    Result.DECLINED: "They do not take it on",
    Result.ADVICE: "They gave advice",
    Result.NONE: "No answer is awaited any more",
}


class Action(StrEnum):
    """What a person can do with a concern."""

    ADD = "add"
    CALL = "call"
    ATTACH = "attach"
    ACKNOWLEDGE = "acknowledge"
    DECIDE = "decide"
    NAME_SUBJECT = "name_subject"
    LEND = "lend"
    CLOSE = "close"
    REOPEN = "reopen"
    WEIGH = "weigh"
    HAND_ON = "hand_on"
    TASK = "task"
    REFER = "refer"
    ANSWER = "answer"
    SHARE = "share"
    NOTIFY = "notify"
    DISAGREE = "disagree"
    ASK = "ask"
    CORRECT = "correct"
    LINK = "link"
    MOVE_PUPIL = "move_pupil"
    SECOND = "second"
    LOWER = "lower"
    RAISE = "raise"
    SETTLE = "settle"
    SPLIT = "split"
    HAND_OVER = "hand_over"
    TAKE_OVER = "take_over"
    KEEP_HERE = "keep_here"


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
    shared_with: frozenset[int] = frozenset()
    opened_by: frozenset[int] = frozenset()
    taken_by: int | None = None
    is_hurried: bool = False
    acknowledge_by: datetime | None = None
    decide_by: datetime | None = None
    is_decided: bool = False
    level: Level = Level.FULL

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


def _adds(viewer: Viewer, concern: Facts) -> bool:
    """Tell whether a person reads the concern, by whatever right, or wrote it."""
    return sight(viewer, concern) is not None or may_follow(viewer, concern)


def _reader_or_reporter(viewer: Viewer, concern: Facts) -> bool:
    """Tell whether a person handles the concern or wrote it."""
    return may_view(viewer, concern) or may_follow(viewer, concern)


ANY = frozenset(Status)
TAKEN = frozenset({Status.ACKNOWLEDGED, Status.REOPENED})
UNCLOSED = ANY - {Status.CLOSED}
MOVES: dict[Action, Move] = {
    Action.ADD: Move(from_=ANY, to=None, who=_adds),
    Action.CALL: Move(from_=ANY, to=None, who=_reader_or_reporter),
    Action.ATTACH: Move(from_=ANY, to=None, who=_reader_or_reporter),
    Action.ACKNOWLEDGE: Move(
        from_=frozenset({Status.LOGGED}), to=Status.ACKNOWLEDGED, who=may_view
    ),
    Action.DECIDE: Move(from_=TAKEN, to=None, who=may_view),
    Action.NAME_SUBJECT: Move(from_=ANY, to=None, who=may_view),
    Action.LEND: Move(from_=ANY, to=None, who=may_view),
    Action.CLOSE: Move(from_=TAKEN, to=Status.CLOSED, who=may_view),
    Action.REOPEN: Move(from_=frozenset({Status.CLOSED}), to=Status.REOPENED, who=may_view),
    Action.WEIGH: Move(from_=UNCLOSED, to=None, who=may_view),
    Action.HAND_ON: Move(from_=TAKEN, to=None, who=may_view),
    Action.TASK: Move(from_=UNCLOSED, to=None, who=may_view),
    Action.REFER: Move(from_=UNCLOSED, to=None, who=may_view),
    # An answer comes when it comes, and what was told to whom is a fact of a closed concern too.
    Action.ANSWER: Move(from_=ANY, to=None, who=may_view),
    Action.SHARE: Move(from_=ANY, to=None, who=may_view),
    # Guidance G15: a duty is a person's own; whoever logged it notes for themselves what they did.
    Action.NOTIFY: Move(from_=ANY, to=None, who=_reader_or_reporter),
    Action.DISAGREE: Move(from_=UNCLOSED, to=None, who=may_view),
    Action.ASK: Move(from_=UNCLOSED, to=None, who=may_view),
    Action.CORRECT: Move(from_=ANY, to=None, who=_reader_or_reporter),
    Action.LINK: Move(from_=ANY, to=None, who=may_view),
    Action.MOVE_PUPIL: Move(from_=ANY, to=None, who=may_view),
    Action.SECOND: Move(from_=TAKEN, to=None, who=may_view),
    # Guidance G10: what turns out to be low-level goes into the register, and comes out of it again.
    Action.LOWER: Move(from_=TAKEN, to=None, who=may_enter),
    Action.SPLIT: Move(from_=ANY, to=None, who=may_split),
    Action.RAISE: Move(from_=ANY, to=None, who=may_judge),
    Action.SETTLE: Move(from_=TAKEN, to=Status.CLOSED, who=may_judge),
    # Where another product holds the file; what else must fit stands in `handing` (A50).
    Action.HAND_OVER: Move(from_=TAKEN, to=None, who=may_view),
    Action.TAKE_OVER: Move(from_=UNCLOSED, to=None, who=may_view),
    Action.KEEP_HERE: Move(from_=ANY, to=None, who=may_view),
}
REFUSALS: dict[Action, str] = {
    Action.ADD: "Only those who work on this concern and the person who logged it can add to it.",
    Action.CALL: "Only those who work on this concern and the person who logged it can note a call.",
    Action.ATTACH: "Only those who work on this concern and the person who logged it can attach to it.",
    Action.ACKNOWLEDGE: "This concern has been acknowledged already.",
    Action.DECIDE: "A concern is decided after it has been acknowledged and before it is closed.",
    Action.NAME_SUBJECT: "Only those who work on this concern can say whom it is about.",
    Action.LEND: "Only those who work on this concern can share it.",
    Action.CLOSE: "A concern is closed after it has been acknowledged.",
    Action.REOPEN: "Only a closed concern can be opened again.",
    Action.WEIGH: "Only those who work on an open concern can say how serious it is.",
    Action.HAND_ON: "A concern is handed over once somebody has acknowledged it.",
    Action.TASK: "Tasks belong to an open concern. Open it again first.",
    Action.REFER: "Open the concern again before you note a referral.",
    Action.ANSWER: "Only those who work on this concern can note an answer.",
    Action.SHARE: "Only those who work on this concern can note what was shared.",
    Action.NOTIFY: "Only those who work on this concern and the person who logged it can note this.",
    Action.DISAGREE: "Open the concern again before you note a disagreement.",
    Action.ASK: "Open the concern again before you ask the person who logged it.",
    Action.CORRECT: "Only those who work on this concern and the person who logged it can correct it.",
    Action.LINK: "Only those who work on this concern can link it.",
    Action.MOVE_PUPIL: "Only those who work on this concern can move it to another child.",
    Action.SECOND: "A second person looks at a concern after it was acknowledged and before it is closed.",
    Action.LOWER: "Into the register goes an acknowledged concern about an adult who works here.",
    Action.SPLIT: "A child's own record is made beside a concern about an adult, by who reads it.",
    Action.RAISE: "Only a low-level concern can be raised to an allegation.",
    Action.SETTLE: "Only an acknowledged low-level concern can be settled.",
    Action.HAND_OVER: "A concern is handed over once it is acknowledged and before it is closed.",
    Action.TAKE_OVER: "Only those who work on an open concern can say that it is there.",
    Action.KEEP_HERE: "Only those who work on this concern can say that it was not handed over.",
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
