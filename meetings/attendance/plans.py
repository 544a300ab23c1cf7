"""What was planned, as far as what really happened is held against it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from meetings.attendance.reports import ATTENDEE, Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """An adult or a pupil who may be in the call.

    `key` is ours ("staff-12", "pupil-7"). `addresses` are those that prove who somebody is: the
    school account, not an address that a family shares. `display_names` are those that a family
    said they would use: they are offered, and prove nothing (E55).
    """

    key: str
    name: str
    addresses: tuple[str, ...] = ()
    object_id: str = ""
    display_names: tuple[str, ...] = ()
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPupil(Expected):
    """A pupil; nothing that lets them in is taken for granted.

    `has_consent`: consent held when the call was on, and until `consent_ended_at` where it was taken
    back meanwhile. `was_let_in`: the register let them in. `removed_at`: they were taken out, and not
    let in again.
    """

    has_consent: bool = False
    consent_ended_at: datetime | None = None
    was_let_in: bool = False
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A call as it was planned and as our own register knows it.

    `staff` are all adults of the school who may count as an adult of the call, whether planned or
    called in; nobody else ever does. `opened` and `ended` are the register's, none where nobody
    pressed. `recording_made` is what was said at the closing, none where nobody has said.
    Times may be finer than a second and in any zone: they are cut to the whole second.
    `confirmed` says which attendee of the report (by key) is whom (by our key), as a person has
    confirmed; what it says of attendees that are not in the report is left aside.
    """

    booked: Interval
    opened: datetime | None
    ended: datetime | None
    staff: tuple[Expected, ...]
    pupils: tuple[ExpectedPupil, ...]
    recording_promised: bool
    recording_made: bool | None
    title: str = ""
    meeting_id: str = ""
    confirmed: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        keys = [expected.key for expected in (*self.staff, *self.pupils)]
        if len(keys) != len(set(keys)) or any(key.startswith(ATTENDEE) for key in keys):
            raise ValueError("Everybody expected has a key of their own.")
        if not set(self.confirmed.values()) <= set(keys):
            raise ValueError("Only somebody expected can be confirmed.")
