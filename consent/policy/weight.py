"""Whether one answer counts as it was given, or only once staff have looked at it."""

from datetime import datetime, timedelta
from enum import StrEnum

from consent.policy.status import Channel, Kind

# A receipt offers to undo for so long; afterwards an answer is changed or withdrawn.
UNDO_WITHIN = timedelta(hours=24)


class Weight(StrEnum):
    """What one answer is worth."""

    STANDS = "stands"
    WAITS = "waits"
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
) -> Weight:
    """Return what an answer is worth; `is_accepted` is what staff found, if they have looked.

    One that was set aside never counted, whatever else is true of it: that is another thing than a
    yes taken back, which counted until then. So is one whose yes for the school year has ended: this
    person is asked about the call itself.

    An answer by somebody else waits for them (E26). So does a yes by a link of which its holder said
    afterwards that it was not meant for them: who gave it is unclear, and anything unclear is no. Nor
    has a family been told of a call when the letter about it was in the wrong hands. A no and a
    withdrawal stand all the same, and so does what the office wrote down.
    """
    if is_invalidated or has_lapsed:
        return Weight.NOTHING
    if is_accepted is not None:
        return Weight.STANDS if is_accepted else Weight.NOTHING
    by_link = channel in {Channel.LINK, Channel.STANDING}
    is_doubted = was_disowned and kind == Kind.YES and by_link
    return Weight.WAITS if is_by_someone_else or is_doubted else Weight.STANDS


def may_undo(
    kind: str, channel: str, *, recorded_at: datetime, is_invalidated: bool, now: datetime
) -> bool:
    """Tell whether a person may still undo what they answered by their own link."""
    is_answer = kind in {Kind.YES, Kind.NO} and channel == Channel.LINK
    return is_answer and not is_invalidated and now < recorded_at + UNDO_WITHIN
