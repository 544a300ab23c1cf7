"""What holding a report against the plan comes to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from meetings.attendance.reports import Interval


class Side(StrEnum):
    """What somebody counts as."""

    ADULT = "adult"
    PUPIL = "pupil"
    UNKNOWN = "unknown"


class MatchedBy(StrEnum):
    """How we know who an attendee is."""

    ACCOUNT = "account"
    ADDRESS = "address"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who was in the call, with all their devices.

    `key` is that of somebody expected, or the attendee's own where nobody knows who it was; then
    `offers` are keys of those whose name it could be, for a person to confirm, and `hints` of pupils
    whom the name may mean as well, too many of them to offer one. `intervals` are merged: in order,
    none touches another.
    """

    key: str
    name: str
    side: Side
    matched_by: MatchedBy | None
    attendees: tuple[str, ...]
    intervals: tuple[Interval, ...]
    offers: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


class FindingKind(StrEnum):
    """Everything that can be found wrong."""

    # Exactly one adult and one pupil (P1).
    ONE_TO_ONE = "one_to_one"
    # Somebody who is or may be a pupil, and no adult (P13).
    NO_STAFF = "no_staff"
    WITHOUT_CONSENT = "without_consent"
    UNKNOWN_PERSON = "unknown_person"
    # Before the register opened the door, never let in by it, or taken out and in again or still.
    BEFORE_OPENING = "before_opening"
    NEVER_LET_IN = "never_let_in"
    AFTER_REMOVAL = "after_removal"
    # After the end that was recorded: still in, or in from then on (E65).
    STAYED_ON = "stayed_on"
    CAME_BACK = "came_back"
    # Nobody says that it was recorded, although it was promised or only one adult was in (P2, E62).
    NOT_RECORDED = "not_recorded"
    # The report may be about another meeting than the one that was booked (E70).
    OTHER_MEETING = "other_meeting"
    OTHER_TIME = "other_time"
    OTHER_TITLE = "other_title"


class NotChecked(StrEnum):
    """What could not be looked at, so that silence about it means nothing."""

    # The report has no leave and rejoin: nobody can say who was alone with whom.
    ALONE = "alone"
    # The list does not reach to the end: nothing is known of what came later.
    AFTER_THE_LIST = "after_the_list"
    # No end was recorded.
    AFTER_THE_END = "after_the_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that was wrong from `start` until just before `end`.

    `seconds` is all of that time. `certain_seconds` are those of them in which it holds whoever the
    people are whom nobody has named yet: a person can still clear up the rest by confirming matches.
    `who` are keys of people, adults first, then in the order in which they came in; of more than 200
    the first 200.
    """

    kind: FindingKind
    start: datetime
    end: datetime
    seconds: int
    certain_seconds: int
    who: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Who was in, what was wrong, and what could not be looked at; each in order of time."""

    people: tuple[Person, ...]
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]

    @property
    def matched(self) -> tuple[Person, ...]:
        """Return those of whom we know who they are."""
        return tuple(person for person in self.people if person.side is not Side.UNKNOWN)

    @property
    def offered(self) -> tuple[Person, ...]:
        """Return those whose name fits somebody: a person is to confirm it or not."""
        return tuple(person for person in self.people if person.offers)

    @property
    def unknown(self) -> tuple[Person, ...]:
        """Return those whom nobody has named, with an offer or without."""
        return tuple(person for person in self.people if person.side is Side.UNKNOWN)
