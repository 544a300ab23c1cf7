"""Whether one answer counts as it was given, or only once staff have looked at it."""

from datetime import datetime, timedelta
from enum import StrEnum

from consent.policy.voice import Channel, Kind, Owed

# A receipt offers to undo for so long; afterwards an answer is changed or withdrawn.
UNDO_WITHIN = timedelta(hours=24)


class Weight(StrEnum):
    """What one answer is worth."""

    STANDS = "stands"
    WAITS = "waits"
    UNSETTLED = "unsettled"
    NOTHING = "nothing"


def weight_of(
    kind: str,
    channel: str,
    *,
    is_by_someone_else: bool,
    was_disowned: bool,
    is_accepted: bool | None,
    is_invalidated: bool = False,
    has_lapsed: bool = False,
    is_unsettled: bool = False,
    is_from_replaced: bool = False,
) -> Weight:
    """Return what an answer is worth; `is_accepted` is what staff found, if they have looked.

    One that was set aside never counted, whatever else is true of it: that is another thing than a
    yes taken back, which counted until then. So is one whose yes for the school year has ended: this
    person is asked about the call itself.

    An answer by somebody else waits for them (E26). So does a yes by a link of which its holder said
    afterwards that it was not meant for them: who gave it is unclear, and anything unclear is no. Nor
    has a family been told of a call when the letter about it was in the wrong hands. A no and a
    withdrawal stand all the same, and so does what the office wrote down.

    A yes by link from an address that was changed lately waits until the address is settled, and counts
    for nothing once another has replaced that one, whoever gave it: who had it changed may not be this
    person (E34).
    """
    if is_invalidated or has_lapsed:
        return Weight.NOTHING
    if is_accepted is not None:
        return Weight.STANDS if is_accepted else Weight.NOTHING
    if is_from_replaced:
        return Weight.NOTHING
    by_link = channel in {Channel.LINK, Channel.STANDING}
    is_doubted = was_disowned and kind == Kind.YES and by_link
    if is_by_someone_else or is_doubted:
        return Weight.WAITS
    return Weight.UNSETTLED if is_unsettled else Weight.STANDS


def owed_after(
    kind: str,
    channel: str,
    *,
    is_undone: bool,
    is_by_someone_else: bool,
    is_accepted: bool | None,
) -> Owed | None:
    """Return whether an answer that was set aside leaves its person owing a new one.

    A no or a withdrawal that is undone by link must not let another's yes decide: whoever reads a
    shared mailbox, or was sent the link, could press it (E26, E35). The same holds for a no given by
    link which staff set aside. One that staff had written down themselves by mistake was never said;
    and who gave a stranger's no is for staff to find out.
    """
    if kind not in {Kind.NO, Kind.WITHDRAWN} or is_accepted is False:
        return None
    if is_undone:
        return Owed.UNDONE
    is_own = not is_by_someone_else or is_accepted is True
    return Owed.SET_ASIDE if channel == Channel.LINK and is_own else None


def may_undo(
    kind: str, channel: str, *, recorded_at: datetime, is_invalidated: bool, now: datetime
) -> bool:
    """Tell whether a person may still undo what they answered by their own link."""
    is_answer = kind in {Kind.YES, Kind.NO} and channel == Channel.LINK
    return is_answer and not is_invalidated and now < recorded_at + UNDO_WITHIN
