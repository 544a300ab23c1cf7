"""What the office does next about a pupil's consent, and what presses most."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from consent.policy.status import Status
from consent.policy.voice import Kind, Mode, Voice
from school.policy import Refusal


class Task(StrEnum):
    """The one next thing to do about a pupil, the most pressing first."""

    CHECK = "check"
    ADDRESS = "address"
    CONFLICT = "conflict"
    UNCLEAR = "unclear"
    HELP = "help"
    ASTRAY = "astray"
    FAILED = "failed"
    NO_ADDRESS = "no_address"
    ASK_AGAIN = "ask_again"
    VOID = "void"
    NO_ANSWER = "no_answer"
    SCHEDULED = "scheduled"
    DONE = "done"

    @property
    def words(self) -> str:
        """Return it as a choice above the list, and as the word on a row."""
        return {
            "check": "Answered by someone else",
            "address": "Address to be confirmed",
            "conflict": "Guardians disagree",
            "unclear": "Unclear",
            "help": "Wants a call",
            "astray": "Reached somebody else",
            "failed": "Message not delivered",
            "no_address": "No address",
            "ask_again": "Undone or set aside",
            "void": "Asked again",
            "no_answer": "No answer",
            "scheduled": "Not sent yet",
            "done": "Nothing to do",
        }[self.value]

    @property
    def tone(self) -> str:
        """Return the colour that goes with the word."""
        if self in {Task.CHECK, Task.CONFLICT, Task.ASTRAY, Task.FAILED}:
            return "stop"
        if self in {Task.VOID, Task.SCHEDULED}:
            return "news"
        return "quiet" if self is Task.DONE else "care"

    @property
    def is_to_do(self) -> bool:
        """Tell whether the list shows it before anybody has chosen."""
        return self is not Task.DONE


class Mend(StrEnum):
    """What does the next thing: a page, a button or a telephone call."""

    CHECK = "check"
    RECORD = "record"
    RESEND = "resend"
    REMIND = "remind"
    CORRECT = "correct"
    RING = "ring"
    PRINT = "print"


class Left(StrEnum):
    """How soon the call is."""

    NOW = "now"
    SOON = "soon"
    WEEK = "week"
    LATER = "later"

    @property
    def words(self) -> str:
        """Return it as a choice above the list."""
        return {
            "now": "Today or tomorrow",
            "soon": "In 2 or 3 days",
            "week": "In 4 to 7 days",
            "later": "Later",
        }[self.value]


_BY_STATUS = {
    Status.GIVEN: Task.DONE,
    Status.REFUSED: Task.DONE,
    Status.WITHDRAWN: Task.DONE,
    Status.CONFLICT: Task.CONFLICT,
    Status.UNCLEAR: Task.UNCLEAR,
    Status.FOLLOW_UP: Task.HELP,
    Status.FAILED: Task.FAILED,
    Status.NO_CONTACT: Task.NO_ADDRESS,
    Status.INVALIDATED: Task.ASK_AGAIN,
    Status.VOID: Task.VOID,
    Status.WAITING: Task.NO_ANSWER,
    Status.SCHEDULED: Task.SCHEDULED,
}
_ORDER = {task: place for place, task in enumerate(Task)}
_BANDS = {band: place for place, band in enumerate(Left)}


def next_task(
    status: Status,
    voices: Sequence[Voice],
    *,
    mode: Mode,
    is_out: bool = False,
    is_asked_again: bool = False,
) -> Task:
    """Return the one next thing to do about a pupil.

    Somebody else's answer is looked at whatever the rest says (E26). While more answers can still
    bring a yes, what keeps any one person from answering goes before waiting for another. A pupil
    who has left, or with whose family contact is suspended, is left in peace (E48, E53).
    """
    if is_out:
        return Task.DONE
    if any(voice.unchecked is not None for voice in voices):
        return Task.CHECK
    found = [_BY_STATUS[status]]
    if is_asked_again and status is Status.INVALIDATED:
        # What was set aside has been asked anew: the next thing is to wait for it.
        found = [Task.NO_ANSWER]
    if not status.is_settled:
        found += [task for voice in voices if (task := task_of(voice, mode=mode))]
    # An earlier no stands until it is sure who says yes now (E34).
    if status is not Status.GIVEN and any(voice.is_unsettled for voice in voices):
        found.append(Task.ADDRESS)
    # Whatever the others decide: a mailbox that is somebody else's gets the next letter too.
    if any(voice.is_astray for voice in voices):
        found.append(Task.ASTRAY)
    return min(found, key=_ORDER.__getitem__)


def task_of(voice: Voice, *, mode: Mode = Mode.ALL) -> Task | None:
    """Return what one person's answer waits for, other than their own time.

    One who cannot be written to matters only where everybody's yes is needed: with others the
    status says so once nobody is left.
    """
    if voice.unchecked is not None or voice.is_unsettled:
        return Task.CHECK if voice.unchecked is not None else Task.ADDRESS
    if not voice.is_open:
        return Task.HELP if voice.wants_call else None
    if voice.kind is Kind.UNCLEAR:
        return Task.UNCLEAR
    if voice.needs:
        return Task.HELP
    if voice.is_disowned:
        return Task.ASTRAY
    has_failed = voice.has_failed and not voice.unreachable and not voice.is_mended
    if has_failed or voice.unreachable == Refusal.CAME_BACK.value:
        return Task.FAILED
    if voice.unreachable and mode is Mode.ALL:
        return Task.NO_ADDRESS
    return None


def left_of(days: int) -> Left:
    """Return how soon a call is that so many days lie before."""
    if days <= 1:
        return Left.NOW
    if days <= 3:
        return Left.SOON
    return Left.WEEK if days <= 7 else Left.LATER


def days_left(closes_on: date, *, today: date) -> int:
    """Return how many days lie before a call: none today, one when it is tomorrow."""
    return max(0, (closes_on - today).days)


def urgency(task: Task, *, days: int) -> tuple[int, int, int]:
    """Return what a list is sorted by: how soon the call is, then what presses most.

    Where nothing is to be done a row comes last, however soon the call; before those stands what
    leaves by itself.
    """
    waits = task is Task.SCHEDULED and days > 1
    rest = 2 if not task.is_to_do else int(waits)
    return (rest, _BANDS[left_of(days)], _ORDER[task])


# Where the reason of a status has said it already, only what else can be done.
_ELSE = {
    Task.CHECK: "",
    Task.ASTRAY: "Correct the address, or confirm that it is theirs.",
    Task.FAILED: "Or correct the address and send it again.",
    Task.NO_ADDRESS: "Then put the address right.",
}
_TOLD = {(Task.CHECK, Status.WAITING), (Task.ASTRAY, Status.FAILED)}
_ADVICE = {
    Task.CHECK: "An answer waits: say whether it counts.",
    Task.ADDRESS: "Ring at the number you know, then confirm the address.",
    Task.CONFLICT: "Ring both, and record what they say.",
    Task.UNCLEAR: "Record what they say.",
    Task.HELP: "Record what they say.",
    Task.ASTRAY: (
        "Whoever opened one of the links says it was not meant for them: "
        "correct the address, or confirm that it is theirs."
    ),
    Task.FAILED: "A message did not arrive: correct the address and send it again, or ring.",
    Task.NO_ADDRESS: "A guardian has no address: ring or use paper, and put it right.",
    Task.ASK_AGAIN: "Ask again, or ring and record the answer.",
    Task.VOID: "Wait, or send a reminder.",
    Task.NO_ANSWER: "Wait for the next reminder, or send one now.",
    Task.SCHEDULED: "It leaves by itself.",
    Task.DONE: "",
}


def advice(task: Task, status: Status, *, days: int) -> str:
    """Return what to do next, in words that follow the reason of the status.

    When no letter can come in time any more, ring.
    """
    if task in {Task.VOID, Task.NO_ANSWER, Task.SCHEDULED} and days <= 1:
        return "The call is near: ring, and record the answer."
    is_told = _BY_STATUS[status] is task or (task, status) in _TOLD
    return _ELSE.get(task, _ADVICE[task]) if is_told else _ADVICE[task]


_MENDS = {
    Task.CHECK: (Mend.CHECK, Mend.RING),
    Task.ADDRESS: (Mend.CORRECT, Mend.RING, Mend.RECORD),
    Task.CONFLICT: (Mend.RING, Mend.RECORD),
    Task.UNCLEAR: (Mend.RING, Mend.RECORD),
    Task.HELP: (Mend.RING, Mend.RECORD),
    Task.ASTRAY: (Mend.CORRECT, Mend.RESEND, Mend.RING, Mend.RECORD),
    Task.FAILED: (Mend.CORRECT, Mend.RESEND, Mend.RING, Mend.RECORD),
    # Neither an address nor a telephone: a form goes home with the child.
    Task.NO_ADDRESS: (Mend.RING, Mend.PRINT, Mend.RECORD, Mend.CORRECT),
    Task.ASK_AGAIN: (Mend.RESEND, Mend.RING, Mend.RECORD),
    Task.VOID: (Mend.REMIND, Mend.RING, Mend.RECORD),
    Task.NO_ANSWER: (Mend.REMIND, Mend.RING, Mend.RECORD),
    Task.SCHEDULED: (),
    Task.DONE: (),
}


def mends(task: Task, *, days: int) -> tuple[Mend, ...]:
    """Return what does the next thing, the likeliest first."""
    if task in {Task.VOID, Task.NO_ANSWER, Task.SCHEDULED} and days <= 1:
        return (Mend.RING, Mend.RECORD)
    return _MENDS[task]


class Spared(StrEnum):
    """Why somebody gets no reminder, beside what forbids to write to them."""

    ANSWERED = "has answered"
    DECIDED = "no more answers are needed"
    MENDED = "the address is corrected: the letter goes out again by itself within a minute"
    CAME_BACK = "the last message came back"
    DISOWNED = "whoever opened the link says it was not meant for them"
    UNCALLED = "waits for a call, not for a letter"
    UNASKED = "has not been asked yet"
    WAITING = "has not been asked yet: the question waits for its day and leaves by itself"
    TODAY = "was reminded today"
    ENOUGH = "has had three messages"


# Beside these it says more that the letter reached somebody else.
_MAILBOX = frozenset({"", Refusal.CAME_BACK.value})


def spared(
    voice: Voice,
    *,
    is_asked: bool,
    is_waiting: bool,
    is_decided: bool,
    had: int,
    is_reminded_today: bool,
    most: int,
) -> str:
    """Return why a person gets no reminder now, in words, or nothing when they get one.

    One a day for each person (E47), and no more than `most` messages about one call; none before the
    question itself has left, where it `is_waiting` for the day on which the school lets it leave.
    """
    reasons: tuple[tuple[bool, str], ...] = (
        (voice.is_answered, Spared.ANSWERED.value),
        (voice.is_astray and voice.unreachable in _MAILBOX, Spared.DISOWNED.value),
        (bool(voice.unreachable), voice.unreachable),
        (voice.is_mended, Spared.MENDED.value),
        (voice.has_come_back, Spared.CAME_BACK.value),
        (is_decided, Spared.DECIDED.value),
        (voice.needs is not None or voice.kind is Kind.UNCLEAR, Spared.UNCALLED.value),
        (not is_asked, Spared.UNASKED.value),
        (is_waiting, Spared.WAITING.value),
        (is_reminded_today, Spared.TODAY.value),
        (had >= most, Spared.ENOUGH.value),
    )
    return next((why for holds, why in reasons if holds), "")
