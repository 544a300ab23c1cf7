"""What somebody may ask of the school about their own data: by when, who may, and why not.

Guidance G37, G38; UK GDPR, Articles 12, 15 to 17, 20 and 21: one month, two more where it is complex and they
were told so in the first; by word of mouth too; the right is the child's. Plain Python.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from school.roles import LEADERS, Role, Viewer
from schoolsafe.lib.rules import NotAllowed

MONTHS, MORE_MONTHS = 1, 2


class Right(StrEnum):
    """What somebody asks for."""

    ACCESS = "access"
    CORRECT = "correct"
    ERASE = "erase"
    OBJECT = "object"

    @property
    def label(self) -> str:
        """Return it in words."""
        return RIGHT_LABELS[self]


RIGHT_LABELS = {
    Right.ACCESS: "To see what is kept, or a copy to take elsewhere",
    Right.CORRECT: "To put something right",
    Right.ERASE: "To have something deleted",
    Right.OBJECT: "That something is not kept or used any more",
}


class Heard(StrEnum):
    """How it was asked; the month begins either way (G37)."""

    SPOKEN = "spoken"
    WRITTEN = "written"

    @property
    def label(self) -> str:
        """Return it in words."""
        return "By word of mouth" if self is Heard.SPOKEN else "In writing"


class Outcome(StrEnum):
    """How it ended."""

    GIVEN = "given"
    MADE = "made"
    ELSEWHERE = "elsewhere"
    ADDED = "added"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """Return it in words."""
        return OUTCOME_LABELS[self]


OUTCOME_LABELS = {
    Outcome.GIVEN: "They have what they may have",
    Outcome.MADE: "It was done here",
    Outcome.ELSEWHERE: "It was done in the school's own system, from which it comes",
    Outcome.ADDED: "It cannot be written over: what they say stands beside it from now on",
    Outcome.REFUSED: "Refused, in whole or in part; they were told why and to whom they can complain",
    Outcome.WITHDRAWN: "They do not ask for it any more",
}
OUTCOMES = {
    Right.ACCESS: (Outcome.GIVEN, Outcome.REFUSED, Outcome.WITHDRAWN),
    Right.CORRECT: (
        Outcome.MADE, Outcome.ELSEWHERE, Outcome.ADDED, Outcome.REFUSED, Outcome.WITHDRAWN,
    ),
    Right.ERASE: (Outcome.MADE, Outcome.ELSEWHERE, Outcome.REFUSED, Outcome.WITHDRAWN),
    Right.OBJECT: (Outcome.MADE, Outcome.ELSEWHERE, Outcome.REFUSED, Outcome.WITHDRAWN),
}  # fmt: skip


class Ground(StrEnum):
    """Why something is refused; the list is closed."""

    RIGHT_AS_IT_IS = "right_as_it_is"
    DUTY = "duty"
    CLAIMS = "claims"
    GROUNDS = "grounds"
    OTHERS = "others"
    IDENTITY = "identity"
    EXCESSIVE = "excessive"

    @property
    def label(self) -> str:
        """Return it in words."""
        return GROUND_LABELS[self]


GROUND_LABELS = {
    Ground.RIGHT_AS_IT_IS: "It is right as it is (Article 16)",
    Ground.DUTY: "The law, or a task in the public interest, asks the school to keep it (Article 17(3)(b))",
    Ground.CLAIMS: "It is needed for a legal claim (Article 17(3)(e))",
    Ground.GROUNDS: "Compelling grounds, such as keeping a child safe (Article 21(1))",
    Ground.OTHERS: "It is about others, or would harm somebody (Data Protection Act 2018, Schedules 2 and 3)",
    Ground.IDENTITY: "They have not shown who they are, or that they may ask (Article 12(6))",
    Ground.EXCESSIVE: "It is manifestly unfounded or excessive (Article 12(5))",
}
GROUNDS = {
    Right.ACCESS: (Ground.OTHERS, Ground.IDENTITY, Ground.EXCESSIVE),
    Right.CORRECT: (Ground.RIGHT_AS_IT_IS, Ground.IDENTITY, Ground.EXCESSIVE),
    Right.ERASE: (Ground.DUTY, Ground.CLAIMS, Ground.IDENTITY, Ground.EXCESSIVE),
    Right.OBJECT: (Ground.GROUNDS, Ground.CLAIMS, Ground.IDENTITY, Ground.EXCESSIVE),
}


class Step(StrEnum):
    """What happened on the way."""

    NOTED = "noted"
    IDENTITY_ASKED = "id_asked"
    IDENTITY = "identity"
    AUTHORITY = "authority"
    EXTENDED = "extended"
    RELEASED = "released"
    ENDED = "ended"


class Barrier(StrEnum):
    """Why nothing of a child is in what a guardian gets."""

    BLOCKED = "blocked"
    ALONE = "alone"
    NO_RESPONSIBILITY = "no_responsibility"

    @property
    def words(self) -> str:
        """Return it in words, for whoever makes the copy and nobody else."""
        return BARRIER_WORDS[self]


BARRIER_WORDS = {
    Barrier.BLOCKED: "an order stands against contact",
    Barrier.ALONE: "the pupil decides themselves",
    Barrier.NO_RESPONSIBILITY: "no parental responsibility is on record",
}


class Timed(Protocol):
    """A request as its clock sees it."""

    @property
    def received_on(self) -> date:
        """Return the day on which it was asked."""

    @property
    def identity_asked_on(self) -> date | None:
        """Return when they were asked to show who they are."""

    @property
    def identity_on(self) -> date | None:
        """Return when it was known who they are."""

    @property
    def extended_on(self) -> date | None:
        """Return when they were told of two more months."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A request as the rules see it; `is_for_another`: not about whoever asks."""

    right: Right
    received_on: date
    is_for_another: bool
    identity_asked_on: date | None = None
    identity_on: date | None = None
    has_authority: bool = False
    extended_on: date | None = None
    is_released: bool = False
    is_ended: bool = False


def may_answer_families(viewer: Viewer) -> bool:
    """Tell whether a person answers what families ask about their data: the office and the leaders."""
    return viewer.holds(*LEADERS, Role.OFFICE)


def may_release(viewer: Viewer, *, is_delicate: bool) -> bool:
    """Tell whether a person may make a copy: a leader where an order, or a hidden address, is in play (E30, E33)."""
    return viewer.holds(*LEADERS) if is_delicate else may_answer_families(viewer)


def months_after(day: date, months: int) -> date:
    """Return the same day some months later, or the last of that month where it has no such day."""
    number = day.month - 1 + months
    year, month = day.year + number // 12, number % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def is_paused(asked: Timed) -> bool:
    """Tell whether the clock stands: somebody was asked to show who they are, and has not (G37)."""
    return asked.identity_asked_on is not None and asked.identity_on is None


def due_on(asked: Timed, *, today: date) -> date:
    """Return by when they must have an answer; while the clock stands it moves on with the days.

    A Saturday or Sunday gives way to the Monday. Bank holidays are not looked at: that errs early.
    """
    months = MONTHS + (MORE_MONTHS if asked.extended_on is not None else 0)
    day = months_after(asked.received_on, months)
    if asked.identity_asked_on is not None:
        day += (asked.identity_on or max(today, asked.identity_asked_on)) - asked.identity_asked_on
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def days_left(asked: Timed, *, today: date) -> int:
    """Return how many days are left; below nought when it is late."""
    return (due_on(asked, today=today) - today).days


def check_extension(asked: Timed, *, told_on: date) -> None:
    """Refuse two more months that the asker was not told of within the first (G37)."""
    if asked.extended_on is not None:
        raise NotAllowed("It was extended already, and that is possible once.")
    if told_on > due_on(asked, today=told_on):
        raise NotAllowed("They have to be told within the first month: it is too late to extend.")


def missing(wish: Wish) -> tuple[str, ...]:
    """Return what must be on record before anything is given or changed."""
    wanted = (
        (wish.identity_on is None, "Check who they are."),
        (
            wish.is_for_another and not wish.has_authority,
            "Check that they may ask for this person.",
        ),
    )
    return tuple(words for is_wanted, words in wanted if is_wanted)


def check_outcome(wish: Wish, outcome: Outcome, ground: Ground | None) -> None:
    """Refuse an ending that is none of this right's, or that nothing bears out."""
    if outcome not in OUTCOMES[wish.right]:
        raise NotAllowed("A request of this kind does not end like that.")
    if (outcome is Outcome.REFUSED) != (ground is not None):
        raise NotAllowed("Say for which lawful reason it is refused, and only then.")
    if ground is not None and ground not in GROUNDS[wish.right]:
        raise NotAllowed("This is no lawful reason for what they ask.")
    if outcome is Outcome.GIVEN and not wish.is_released:
        raise NotAllowed("Nothing was made for them yet.")
    if outcome not in {Outcome.REFUSED, Outcome.WITHDRAWN} and (lacks := missing(wish)):
        raise NotAllowed(" ".join(lacks))


def barrier(
    *, is_blocked: bool, pupil_answers_alone: bool, has_responsibility: bool
) -> Barrier | None:
    """Return why nothing of a child is in what a guardian gets, None where it may be (E30, E41, E42, G37)."""
    if is_blocked:
        return Barrier.BLOCKED
    if pupil_answers_alone:
        return Barrier.ALONE
    return None if has_responsibility else Barrier.NO_RESPONSIBILITY
