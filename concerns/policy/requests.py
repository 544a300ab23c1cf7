"""When somebody asks to see what is kept about a child: by when, who may, and what must be known first.

Guidance G37, G38: one month, two more where it is complex and they were told so in the first; asked by
word of mouth too; the right is the child's; other people's data and what would harm stay behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from concerns.policy.transfer import DAILY, WEEKLY, Plan
from school.calendar import Calendar
from school.rights import Heard as Heard
from school.rights import check_extension as check_extension
from school.rights import days_left as days_left
from school.rights import due_on as due_on
from school.rights import is_paused as is_paused
from school.rights import months_after as months_after
from school.roles import LEADERS, SAFEGUARDING_TEAM, Role, Viewer, may_find_pupils
from schoolsafe.lib.rules import NotAllowed

# From about this age a child is asked; case by case, with reasons (E95).
ASKED_FROM = 12
# How many days before its day somebody is reminded; afterwards every day.
REMINDED_BEFORE = (14, 7, 3, 1, 0)
REMINDED_AT = time(8)
ASK_AGAIN = timedelta(days=7)


class Asker(StrEnum):
    """Who asks; the right is the child's, whoever does (E95)."""

    PUPIL = "pupil"
    PARENT = "parent"
    OTHER = "other"

    @property
    def label(self) -> str:
        """Return it in words."""
        return ASKER_LABELS[self]


ASKER_LABELS = {
    Asker.PUPIL: "The child",
    Asker.PARENT: "A parent",
    Asker.OTHER: "Somebody else, for the child or for a parent",
}


class ChildSays(StrEnum):
    """What the child says to it."""

    AGREES = "agrees"
    OBJECTS = "objects"
    NOT_ASKED = "not_asked"

    @property
    def label(self) -> str:
        """Return it in words."""
        return CHILD_LABELS[self]


CHILD_LABELS = {
    ChildSays.AGREES: "The child understands what it is about, and agrees",
    ChildSays.OBJECTS: "The child does not want it",
    ChildSays.NOT_ASKED: "The child was not asked, for the reasons below",
}


class Choice(StrEnum):
    """What happens to one text of the file."""

    GIVE = "give"
    PART = "part"
    WITHHOLD = "withhold"

    @property
    def label(self) -> str:
        """Return it in words."""
        return CHOICE_LABELS[self]


CHOICE_LABELS = {
    Choice.GIVE: "Give it",
    Choice.PART: "Give it with words left out",
    Choice.WITHHOLD: "Withhold it",
}


class Exemption(StrEnum):
    """Why something is left out; the list is closed (G38)."""

    HARM = "harm"
    ABUSE = "abuse"
    OTHERS = "others"
    PRIVILEGE = "privilege"
    CRIME = "crime"
    COURT = "court"

    @property
    def label(self) -> str:
        """Return it in words."""
        return EXEMPTION_LABELS[self]


EXEMPTION_LABELS = {
    Exemption.HARM: "It would be likely to cause serious harm to somebody",
    Exemption.ABUSE: "Child abuse data, and it is not in the child's interest",
    Exemption.OTHERS: "It is about somebody else, and to give it is not reasonable",
    Exemption.PRIVILEGE: "Legal advice, or made for a court case",
    Exemption.CRIME: "It would hinder the prevention or detection of a crime",
    Exemption.COURT: "It was given to a family court",
}


class Ending(StrEnum):
    """How a request ended."""

    GIVEN = "given"
    NOTHING = "nothing"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """Return it in words."""
        return ENDING_LABELS[self]


ENDING_LABELS = {
    Ending.GIVEN: "They have what they may have",
    Ending.NOTHING: "They were told that there is nothing that they may have",
    Ending.REFUSED: "Refused, and they were told why and to whom they can complain",
    Ending.WITHDRAWN: "They do not ask for it any more",
}


class RequestStep(StrEnum):
    """What happened on the way."""

    NOTED = "noted"
    IDENTITY_ASKED = "id_asked"
    IDENTITY = "identity"
    AUTHORITY = "authority"
    CHILD = "child"
    EXTENDED = "extended"
    FLAGGED = "flagged"
    ADVISED = "advised"
    APPROVED = "approved"
    RELEASED = "released"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as the rules see it; `born_on` is the child's."""

    received_on: date
    asker: Asker
    born_on: date | None = None
    identity_asked_on: date | None = None
    identity_on: date | None = None
    has_authority: bool = False
    child_says: ChildSays | None = None
    extended_on: date | None = None
    is_flagged: bool = False
    is_advised: bool = False
    is_ended: bool = False


@dataclass(frozen=True, kw_only=True)
class Risk:
    """What is known of the asker that calls for a second person (E94)."""

    is_blocked: bool = False
    is_alleged: bool = False


def may_note_request(viewer: Viewer) -> bool:
    """Tell whether a person may write down that somebody asked: whoever works here may be asked (G37)."""
    return may_find_pupils(viewer)


def may_handle_requests(viewer: Viewer) -> bool:
    """Tell whether a person sees to requests, conflicts apart: the safeguarding team and the head."""
    return viewer.holds(*LEADERS)


def needs_child(asked: Asked, *, today: date) -> bool:
    """Tell whether the child has to be asked: from about 12 on, or where no birthday is known (E95)."""
    if asked.asker is Asker.PUPIL:
        return False
    return asked.born_on is None or today >= months_after(asked.born_on, 12 * ASKED_FROM)


def is_held(asked: Asked, risk: Risk) -> bool:
    """Tell whether two different people have to agree before anything is given (E94)."""
    objects = asked.child_says is ChildSays.OBJECTS
    return asked.is_flagged or objects or risk.is_blocked or risk.is_alleged


AUTHORITY_WORDS = {
    Asker.PUPIL: "Note that the child understands what they ask for.",
    Asker.PARENT: "Check that they have parental responsibility.",
    Asker.OTHER: "Check that the child or a parent has really asked them to.",
}


def missing(asked: Asked, *, is_held: bool, today: date) -> tuple[str, ...]:
    """Return what must be on record before anybody can approve what leaves."""
    wanted = (
        (asked.identity_on is None, "Check who they are."),
        (not asked.has_authority, AUTHORITY_WORDS[asked.asker]),
        (
            needs_child(asked, today=today) and asked.child_says is None,
            "Ask the child, or write why not.",
        ),
        (
            is_held and not asked.is_advised,
            "Ask whoever leads on data protection, and write down what they say.",
        ),
    )
    return tuple(words for is_wanted, words in wanted if is_wanted)


CHANGED = "What would leave has changed meanwhile. Look at it again."


def check_read(*, read: str, leaves: str) -> None:
    """Refuse to approve or to make what somebody has not read as it is now, by the hash of its text (E94)."""
    if read != leaves:
        raise NotAllowed(CHANGED)


def approvals_missing(approvers: Sequence[Viewer], *, is_held: bool, has_head: bool) -> str:
    """Return whose approval is still to come, empty when nothing may leave for want of one no more.

    Where it is held two different people approve: one of the safeguarding team, and the headteacher
    unless they stand outside (E94).
    """
    if not approvers:
        return "Somebody has to approve what leaves."
    if not is_held:
        return ""
    pairs = [(one, two) for one in approvers for two in approvers if one.staff_id != two.staff_id]
    if not pairs:
        return "A second person has to approve what leaves."
    if not any(_is_enough(one, two, has_head=has_head) for one, two in pairs):
        return "One of the safeguarding team and the headteacher both have to approve."
    return ""


def _is_enough(one: Viewer, other: Viewer, *, has_head: bool) -> bool:
    return one.holds(*SAFEGUARDING_TEAM) and (not has_head or other.holds(Role.HEADTEACHER))


def reminders(asked: Asked, calendar: Calendar) -> Plan | None:
    """Return when the team is reminded, None once it has ended.

    While the clock stands, weekly to ask again. Else two weeks, one week, three days and one day
    before, on the day itself, and then daily: in holidays too, for the month runs on.
    """
    if asked.is_ended:
        return None
    if is_paused(asked) and asked.identity_asked_on is not None:
        first = _at(asked.identity_asked_on + ASK_AGAIN, calendar)
        return Plan(first=(first,), every=WEEKLY)
    day = due_on(asked, today=asked.received_on)
    days = [day - timedelta(days=number) for number in REMINDED_BEFORE]
    return Plan(first=tuple(_at(one, calendar) for one in days), every=DAILY)


def _at(day: date, calendar: Calendar) -> datetime:
    return datetime.combine(day, REMINDED_AT, tzinfo=calendar.zone)
