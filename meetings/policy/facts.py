"""What the rules need to know of a meeting, and nothing else."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """Where a meeting stands. *On hold* is not here: it is a verdict, not a move."""

    DRAFT = "draft"
    ASKED = "asked"
    SHARED = "shared"
    OPEN = "open"
    ENDED = "ended"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class RecordingRule(StrEnum):
    """What a purpose says about recording (P3)."""

    REQUIRED = "required"
    ADVISED = "advised"
    OPTIONAL = "optional"
    NOT_ALLOWED = "not_allowed"


class SeatRole(StrEnum):
    """The part an adult has on the call."""

    HOST = "host"
    CO_HOST = "co_host"
    RESERVE = "reserve"


class CheckItem(StrEnum):
    """What each adult confirms before the door opens (P6, P7, P10, P1, P2)."""

    BACKGROUND = "background"
    CONDUCT = "conduct"
    PARTICIPANTS = "participants"
    # E63: a breakout room would put one adult alone with one child, and no register sees it.
    ONE_ROOM = "one_room"
    RECORDING = "recording"


class Presence(StrEnum):
    """Where a pupil is, as far as the register knows."""

    EXPECTED = "expected"
    AT_DOOR = "at_door"
    ADMITTED = "admitted"
    LEFT = "left"
    REMOVED = "removed"


class EntryKind(StrEnum):
    """What can stand in the register of a call (P10, P11)."""

    AT_DOOR = "at_door"
    ADMITTED = "admitted"
    MUTED = "muted"
    UNMUTED = "unmuted"
    PRESENTING = "presenting"
    PRESENTED = "presented"
    REMOVED = "removed"
    LET_BACK = "let_back"
    LEFT = "left"
    UNKNOWN_NAME = "unknown_name"
    DROPPED_OUT = "dropped_out"
    RETURNED = "returned"
    CALLED = "called"
    DOOR_OPENED = "door_opened"
    ON_HOLD = "on_hold"
    CLEAR_AGAIN = "clear_again"
    ENDED = "ended"
    # In Teams a pupil has the name that somebody typed there (E55).
    NAMED = "named"
    WAITING = "waiting"
    ONE_CAME = "one_came"
    COVERED = "covered"
    LOOKED_EMPTY = "looked_empty"
    NOT_EMPTY = "not_empty"
    LINK_LEAKED = "link_leaked"
    LINK_RENEWED = "link_renewed"
    OWN_REVOKED = "own_revoked"


class IncidentKind(StrEnum):
    """What reaches the safeguarding team by itself."""

    UNCLOSED = "unclosed"
    HUNG_UP = "hung_up"
    NOT_RECORDED = "not_recorded"
    RECORDED_ANYWAY = "recorded_anyway"
    ALONE_ON_CALL = "alone_on_call"
    UNATTENDED = "unattended"
    NOT_EMPTY = "not_empty"
    LINK_LEAKED = "link_leaked"
    # What the attendance report of Teams shows afterwards.
    ONE_TO_ONE = "one_to_one"
    NO_STAFF = "no_staff"
    NO_CONSENT = "no_consent"
    UNKNOWN_PERSON = "unknown_person"
    BEFORE_OPENING = "before_opening"
    AFTER_REMOVAL = "after_removal"
    REJOINED = "rejoined"


@dataclass(frozen=True, kw_only=True)
class SeatFacts:
    """An adult on the call."""

    staff_id: int
    name: str
    role: SeatRole
    is_eligible: bool = True
    is_away: bool = False
    # Asked where a call is planned, not at every press.
    is_on_another_call: bool = False
    has_dropped_out: bool = False
    is_called: bool = False
    household: str = ""
    checks: frozenset[CheckItem] = frozenset()
    # The pupils with whom an order forbids this person any contact.
    barred_from: frozenset[int] = frozenset()
    # Under which Microsoft knows this person; empty where it is not on record.
    entra_id: str = ""

    @property
    def is_active(self) -> bool:
        """Tell whether this adult is meant to be on the call now; a reserve only once called."""
        expected = self.role is not SeatRole.RESERVE or self.is_called
        return expected and not self.has_dropped_out

    @property
    def counts(self) -> bool:
        """Tell whether this adult counts for the rule of two (E59)."""
        return self.is_active and self.is_eligible and not self.is_away


@dataclass(frozen=True, kw_only=True)
class PlaceFacts:
    """A pupil on the call."""

    pupil_id: int
    name: str
    has_consent: bool = False
    is_waiting: bool = True
    consent_words: str = ""
    may_be_recorded: bool = False
    presence: Presence = Presence.EXPECTED
    # An order is on record about this pupil, or they decide by themselves: somebody may be kept away.
    is_guarded: bool = False
    # The person who looks is: they read no name, and this pupil stands in no list (E30, E42).
    is_hushed: bool = False

    @property
    def is_removed(self) -> bool:
        """Tell whether the pupil was sent out and nobody has let them back since."""
        return self.presence is Presence.REMOVED


@dataclass(frozen=True, kw_only=True)
class SameLink:
    """Another call that has the same Teams link: when it is, and nothing else about it."""

    starts_at: datetime
    ends_at: datetime
    is_of_series: bool = False


@dataclass(frozen=True, kw_only=True)
class TeamsFacts:
    """What Microsoft said of the meeting behind a call's link when it was last read.

    An empty word or None is one that was not said. `fault` is why the newest try was of no use;
    without `read_at` nothing has been read of this link so far. Words are Microsoft's own.
    """

    read_at: datetime | None = None
    fault: str = ""
    is_known: bool | None = None
    lobby: str = ""
    dial_in_bypasses: bool | None = None
    presenters: str = ""
    admitters: str = ""
    chat: str = ""
    records_itself: bool | None = None
    has_breakout_rooms: bool | None = None
    kind: str = ""
    co_organisers: frozenset[str] | None = None
    # Of a call that was made in Outlook through Microsoft Graph only.
    is_in_calendar: bool | None = None
    is_same_link: bool | None = None
    event_starts_at: datetime | None = None
    event_ends_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A meeting as the rules see it at one instant."""

    status: Status
    starts_at: datetime
    ends_at: datetime
    scheduled_at: datetime
    recording_rule: RecordingRule
    is_recorded: bool
    recording_declined_because: str = ""
    has_link: bool = False
    link_proves_tenant: bool = True
    # Its Teams link leaked: it was taken off and no new one is in, or it stands here all the same.
    is_link_leaked: bool = False
    same_link: tuple[SameLink, ...] = ()
    # Why the school is closed on that day; asked where a call is planned, not at every press.
    closed_because: str = ""
    # Whatever its purpose says: the school records no calls, or did so when families were asked.
    is_never_recorded: bool = False
    seats: tuple[SeatFacts, ...] = ()
    places: tuple[PlaceFacts, ...] = ()
    # None where Microsoft is not asked: Graph is off, or there is no link.
    teams: TeamsFacts | None = None

    @property
    def is_live(self) -> bool:
        """Tell whether the door has been opened and the call has not ended."""
        return self.status is Status.OPEN

    @property
    def is_past_sharing(self) -> bool:
        """Tell whether families may hold a join link, so that a block means *on hold*."""
        return self.status in {Status.SHARED, Status.OPEN}

    @property
    def adults(self) -> tuple[SeatFacts, ...]:
        """Return the adults who count now; once open, only those who confirmed their checks."""
        counting = tuple(seat for seat in self.seats if seat.counts)
        if not self.is_live:
            return counting
        return tuple(seat for seat in counting if CheckItem.CONDUCT in seat.checks)

    @property
    def pupils(self) -> tuple[PlaceFacts, ...]:
        """Return the pupils who count: while planning those who may still come, then those who may.

        Once links are out only a valid consent counts (P5), and never one who was removed.
        """
        if self.is_past_sharing:
            return tuple(p for p in self.places if p.has_consent and not p.is_removed)
        return tuple(p for p in self.places if p.has_consent or p.is_waiting)

    @property
    def shown(self) -> tuple[PlaceFacts, ...]:
        """Return the pupils whom the person who looks may know of."""
        return tuple(p for p in self.places if not p.is_hushed)

    @property
    def kept_from(self) -> frozenset[int]:
        """Return the pupils of whom the person who looks learns nothing."""
        return frozenset(p.pupil_id for p in self.places if p.is_hushed)

    @property
    def present(self) -> tuple[PlaceFacts, ...]:
        """Return the pupils who are on the call now."""
        return tuple(p for p in self.places if p.presence is Presence.ADMITTED)
