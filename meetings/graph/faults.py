"""Why a call to Microsoft Graph was of no use, in words a member of staff can act on."""

from enum import StrEnum


class Trouble(StrEnum):
    """What kind of no it was: it decides whether to try again, and when."""

    # Nobody answered, in time or in a form that can be read. The call may have been done all the same.
    AWAY = "away"
    # Not now; it has not been done.
    BUSY = "busy"
    # The software may not do this, or Microsoft does not know it: a matter for IT.
    REFUSED = "refused"
    # What was asked for is not there, or not yet.
    MISSING = "missing"
    # Microsoft does not take what was sent.
    WRONG = "wrong"


WORDS = {
    Trouble.AWAY: "Microsoft does not answer, or not in a form that can be read.",
    Trouble.BUSY: "Microsoft is busy and asks to wait.",
    Trouble.REFUSED: "Microsoft does not let this software in. Ask IT to look at its registration.",
    Trouble.MISSING: "Microsoft does not find the meeting, or does not have it ready yet.",
    Trouble.WRONG: "Microsoft does not take what was sent. Ask IT to look at the log.",
}
NO_POLICY = (
    "Microsoft does not let this software act for this member of staff. "
    "Ask IT for the application access policy."
)
NOT_PROVED = (
    "Microsoft does not accept this software's certificate or secret. Ask IT to look whether it has "
    "run out."
)


class GraphFault(Exception):
    """A call that was of no use; its words never repeat what was sent or answered.

    `wait` is how many seconds Microsoft asks to be left in peace, where it says so.
    """

    def __init__(self, trouble: Trouble, words: str = "", *, wait: float = 0) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble
        self.words = words or WORDS[trouble]
        self.wait = wait

    @property
    def is_silence(self) -> bool:
        """Tell whether Microsoft is away or busy: the next call would have no answer either."""
        return self.trouble in {Trouble.AWAY, Trouble.BUSY}
