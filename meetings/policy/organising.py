"""Who made a meeting in Outlook: only they can end it for everybody (P13)."""

from collections.abc import Iterable

from schoolsafe.lib.rules import Finding, Severity

_MEND = (
    "Let the host or a co-host make the meeting in their own Outlook calendar, and take its "
    "invitation. Or keep this one, if you are sure who will press 'End meeting'."
)


def organiser_finding(organiser: str, adults: Iterable[str]) -> Finding | None:
    """Return what is said where nobody on the call can end it: `adults` are its hosts' addresses.

    It advises: the file may name a mailbox of the host under another address.
    """
    if organiser.casefold() in {address.casefold() for address in adults if address}:
        return None
    words = (
        "The invitation was made by somebody who is not a host of this call. Only who made a "
        "meeting can end it for everybody."
        if organiser
        else "The invitation does not say who made the meeting. Only they can end it for everybody."
    )
    return Finding(
        code="organiser_not_on_call",
        clause="P13",
        severity=Severity.ADVISES,
        words=words,
        mend=_MEND,
    )
