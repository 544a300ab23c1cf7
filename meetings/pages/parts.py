"""The small things that pages are made of, and the words for each state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from meetings import policy
from meetings.models import Meeting
from schoolsafe.lib import clock
from schoolsafe.lib.rules import Finding

Change = Callable[[Meeting], object]


WORTH_PRESSING = frozenset({policy.Door.OPEN, policy.Door.NOT_YET, policy.Door.ON_HOLD})


STATUS_WORDS = {
    policy.Status.DRAFT: ("Draft", "quiet"),
    policy.Status.ASKED: ("Families asked", "news"),
    policy.Status.SHARED: ("Shared", "news"),
    policy.Status.OPEN: ("Open now", "clear"),
    policy.Status.ENDED: ("To be closed", "care"),
    policy.Status.CLOSED: ("Closed", "quiet"),
    policy.Status.CANCELLED: ("Cancelled", "quiet"),
}


ROLE_WORDS = {
    policy.SeatRole.HOST: "Host",
    policy.SeatRole.CO_HOST: "Co-host",
    policy.SeatRole.RESERVE: "Reserve",
}


PRESENCE_WORDS = {
    policy.Presence.EXPECTED: ("Expected", "quiet"),
    policy.Presence.AT_DOOR: ("At the door", "news"),
    policy.Presence.ADMITTED: ("On the call", "clear"),
    policy.Presence.LEFT: ("Left", "quiet"),
    policy.Presence.REMOVED: ("Removed", "stop"),
}


ENTRY_WORDS = {
    policy.EntryKind.AT_DOOR: "{pupil} is at the door.",
    policy.EntryKind.ADMITTED: "{pupil} was admitted.",
    policy.EntryKind.MUTED: "{pupil} was muted.",
    policy.EntryKind.UNMUTED: "{pupil} was unmuted.",
    policy.EntryKind.PRESENTING: "{pupil} may present.",
    policy.EntryKind.PRESENTED: "{pupil} may no longer present.",
    policy.EntryKind.REMOVED: "{pupil} was removed: {reason}",
    policy.EntryKind.LET_BACK: "{pupil} may come back: {reason}",
    policy.EntryKind.LEFT: "{pupil} left.",
    policy.EntryKind.UNKNOWN_NAME: "An unknown name was at the door: {reason}",
    policy.EntryKind.DROPPED_OUT: "{staff} dropped out.",
    policy.EntryKind.RETURNED: "{staff} came back.",
    policy.EntryKind.CALLED: "{staff} was called in from the reserve.",
    policy.EntryKind.DOOR_OPENED: "The door was opened.",
    policy.EntryKind.ON_HOLD: "On hold: the call no longer kept to the policy.",
    policy.EntryKind.CLEAR_AGAIN: "Clear again.",
    policy.EntryKind.ENDED: "The call was ended.",
    policy.EntryKind.NAMED: "{pupil} is shown in Teams as: {reason}",
    policy.EntryKind.WAITING: "Only {pupil} had turned up. The adults wait together for others.",
    policy.EntryKind.ONE_CAME: "Only {pupil} turned up, so the call is ended.",
    policy.EntryKind.COVERED: "{staff} was named as cover.",
    policy.EntryKind.LOOKED_EMPTY: "Looked again after the end: the call was empty.",
    policy.EntryKind.NOT_EMPTY: "Looked again after the end: somebody was still in the call.",
    policy.EntryKind.LINK_LEAKED: "On hold: the link has leaked. Every way in is shut.",
    policy.EntryKind.LINK_RENEWED: "A new Teams link is in: everybody comes in anew.",
    policy.EntryKind.OWN_REVOKED: "The link of {pupil} had leaked and no longer works.",
}


SHOUTS = {
    policy.EntryKind.ON_HOLD,
    policy.EntryKind.LINK_LEAKED,
    policy.EntryKind.REMOVED,
    policy.EntryKind.UNKNOWN_NAME,
    policy.EntryKind.NOT_EMPTY,
}


@dataclass(frozen=True, kw_only=True)
class Head:
    """The state of a thing in one sentence, and the one next step.

    With a `clause` it tells the first finding, which then does not stand in the list beneath.
    """

    tone: str
    sentence: str
    detail: str = ""
    clause: str = ""
    next_label: str = ""
    next_url: str = ""
    next_action: str = ""
    loud: bool = False


@dataclass(frozen=True, kw_only=True)
class Box:
    """The verdict beside a form that is being filled in."""

    tone: str
    sentence: str
    findings: tuple[Finding, ...] = ()
    guidance: str = ""
    recording: str = ""
    cost: str = ""
    slips: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Mended:
    """A finding with the link that mends it."""

    clause: str
    severity: str
    words: str
    mend: str
    mend_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a record."""

    at: datetime
    words: str
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One stage of a call."""

    label: str
    state: str


@dataclass(frozen=True, kw_only=True)
class Button:
    """The one button under the line of the live register.

    What cannot be undone wants a second press: a slip of the thumb must not end a lesson.
    """

    label: str
    action: str
    icon: str = ""
    sure: str = ""


@dataclass(frozen=True, kw_only=True)
class Look:
    """The second look after the end of a call: from when it counts, and what was found."""

    counts_from: datetime
    is_time: bool
    found: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One pupil in the live register."""

    pupil_id: int
    name: str
    in_teams: str
    word: str
    tone: str
    since: datetime | None
    is_here: bool
    is_waiting: bool
    is_gone: bool
    is_muted: bool
    may_present: bool
    has_consent: bool
    may_admit: bool
    may_return: bool
    note: str

    @property
    def anchor(self) -> str:
        """Return the name of the row on the page."""
        return f"place-{self.pupil_id}"


@dataclass(frozen=True, kw_only=True)
class Lobby:
    """Who waits at the door: those who may be let in with one press, or why not."""

    together: tuple[policy.PlaceFacts, ...] = ()
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Adult:
    """One adult on a call."""

    staff_id: int
    name: str
    role: str
    word: str
    tone: str
    is_there: bool
    has_dropped_out: bool
    is_callable: bool
    may_be_missed: bool

    @property
    def anchor(self) -> str:
        """Return the name of the row on the page."""
        return f"adult-{self.staff_id}"


@dataclass(frozen=True, kw_only=True)
class ListRow:
    """One call in the list."""

    meeting: Meeting
    word: str
    tone: str


EMPTY_BOX = Box(tone="news", sentence="Fill in the form: this box says at once whether it is safe.")


Actions = frozenset[policy.Action]


def hour(at: datetime, now: datetime) -> str:
    """Return a time of day, with its date unless that is today."""
    is_today = clock.local(at).date() == clock.local(now).date()
    return clock.time_in_words(at) if is_today else clock.in_words(at)
