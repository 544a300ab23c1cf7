"""Whether a pupil may take part: the answers of those who count in, a status with its reason out."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where a pupil's consent stands. Only the first is a yes."""

    GIVEN = "given"
    REFUSED = "refused"
    CONFLICT = "conflict"
    WAITING = "waiting"
    NO_CONTACT = "no_contact"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    VOID = "void"


class Kind(StrEnum):
    """What an answer says."""

    YES = "yes"
    NO = "no"
    WITHDRAWN = "withdrawn"


class Mode(StrEnum):
    """Whose yes is enough for a pupil."""

    ANY = "any"
    ALL = "all"


class Channel(StrEnum):
    """How an answer came."""

    LINK = "link"
    TELEPHONE = "telephone"
    PAPER = "paper"
    IN_PERSON = "in_person"


@dataclass(frozen=True, kw_only=True)
class Voice:
    """One person who counts for a pupil, and what they last said.

    `unchecked` is what somebody else said with this person's link, before staff have looked at it.
    """

    who: str
    guardian_id: int | None = None
    kind: Kind | None = None
    may_be_recorded: bool | None = None
    is_outdated: bool = False
    unchecked: Kind | None = None
    unreachable: str = ""
    has_failed: bool = False
    failed_because: str = ""
    is_disowned: bool = False

    @property
    def says_yes(self) -> bool:
        """Tell whether there is a yes to the text as it stands."""
        return self.kind is Kind.YES and not self.is_outdated

    @property
    def says_no(self) -> bool:
        """Tell whether there is a no: one to an earlier text stands until it is answered anew."""
        return self.kind in {Kind.NO, Kind.WITHDRAWN}

    @property
    def is_open(self) -> bool:
        """Tell whether an answer to the text as it stands is still missing."""
        return not self.says_yes and (self.kind is None or self.is_outdated)


@dataclass(frozen=True, kw_only=True)
class PupilConsent:
    """What the consent of one pupil comes to, in words for staff."""

    pupil_id: int
    status: Status
    reason: str
    may_be_recorded: bool = False

    @property
    def is_given(self) -> bool:
        """Tell whether the pupil may take part: anything unclear is no."""
        return self.status is Status.GIVEN


def consent_of(pupil_id: int, voices: Sequence[Voice], *, mode: Mode) -> PupilConsent:
    """Return what a pupil's consent comes to."""
    status, reason = status_of(voices, mode=mode)
    return PupilConsent(
        pupil_id=pupil_id,
        status=status,
        reason=reason,
        may_be_recorded=status is Status.GIVEN and may_be_recorded(voices),
    )


def may_be_recorded(voices: Sequence[Voice]) -> bool:
    """Tell whether recording was agreed: everybody who said yes said so, and somebody did."""
    agreed = [voice.may_be_recorded for voice in voices if voice.says_yes]
    return bool(agreed) and all(said is True for said in agreed)


def status_of(voices: Sequence[Voice], *, mode: Mode) -> tuple[Status, str]:
    """Return the status of a pupil's consent and its reason in words for staff.

    One no outweighs every yes (E35); somebody else's unchecked no holds the pupil back too (E26).
    """
    if not voices:
        return Status.NO_CONTACT, "Nobody on record can be asked: ring the family or use paper."
    agreed = [voice for voice in voices if voice.says_yes]
    against = [voice for voice in voices if voice.says_no]
    if against:
        return _against(agreed, against)
    objected = [voice for voice in voices if voice.unchecked in {Kind.NO, Kind.WITHDRAWN}]
    if objected:
        return Status.WAITING, _to_check(objected[0])
    missing = [voice for voice in voices if not voice.says_yes]
    if agreed and (mode is Mode.ANY or not missing):
        return Status.GIVEN, f"{_said(agreed)}."
    status, reason = _missing(missing)
    if not agreed:
        return status, reason
    return status, f"{_said(agreed)}, and this pupil needs everybody's yes. {reason}"


def _against(agreed: Sequence[Voice], against: Sequence[Voice]) -> tuple[Status, str]:
    """Tell a refusal from a withdrawal and from two people who disagree."""
    if agreed:
        return Status.CONFLICT, f"{_said([*agreed, *against])}: counts as no."
    is_refused = any(voice.kind is Kind.NO for voice in against)
    return Status.REFUSED if is_refused else Status.WITHDRAWN, f"{_said(against)}."


def _missing(missing: Sequence[Voice]) -> tuple[Status, str]:
    """Say why there is no answer yet, and what would bring one."""
    for voice in missing:
        if voice.unchecked:
            return Status.WAITING, _to_check(voice)
    outdated = [voice for voice in missing if voice.is_outdated]
    if outdated:
        return (
            Status.VOID,
            f"{_names(outdated)} said yes before the plan changed, and is asked again.",
        )
    disowned = [voice for voice in missing if voice.is_disowned]
    if disowned:
        words = f"Whoever opened the link says they are not {_names(disowned)}: check the address."
        return Status.FAILED, words
    waiting = [v for v in missing if not v.unreachable and not v.has_failed]
    if waiting:
        return Status.WAITING, f"No answer yet from {_names(waiting)}."
    failed = [voice for voice in missing if voice.has_failed]
    if failed:
        return Status.FAILED, _not_reached(failed)
    reasons = "; ".join(f"{voice.who}: {voice.unreachable}" for voice in missing)
    return Status.NO_CONTACT, f"Cannot be written to ({reasons}): ring or use paper."


# What came back and why, by the outbox's word for it; and what mends it.
NOT_REACHED = {
    "bounced": "came back: no such address. Correct it, and it goes again by itself; or ring.",
    "full": "came back: the mailbox is full. Ring or use paper.",
    "complaint": "was marked as unwanted. Ring or use paper.",
}


def _not_reached(failed: Sequence[Voice]) -> str:
    """Say whom the message did not reach, with the reason where one is known."""
    because = NOT_REACHED.get(failed[0].failed_because)
    if because is None or len(failed) > 1:
        return f"The message did not reach {_names(failed)}: ring or use paper."
    return f"The message to {_names(failed)} {because}"


def _to_check(voice: Voice) -> str:
    """Say that staff must look at an answer that another person gave."""
    return f"Somebody else answered with the link of {voice.who}: it counts once you have checked."


def _said(voices: Sequence[Voice]) -> str:
    """Say who said what: Mother said yes, Father said no."""
    words = {Kind.YES: "said yes", Kind.NO: "said no", Kind.WITHDRAWN: "withdrew their yes"}
    parts = []
    for voice in voices:
        earlier = " before the plan changed" if voice.is_outdated else ""
        parts.append(f"{voice.who} {words[voice.kind or Kind.NO]}{earlier}")
    return ", ".join(parts)


def _names(voices: Sequence[Voice]) -> str:
    """Join the names of people as one says them."""
    names = [voice.who for voice in voices]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
