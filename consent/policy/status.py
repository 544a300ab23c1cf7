"""Whether a pupil may take part: the answers of those who count in, a status with its reason out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from consent.policy.voice import Kind, Mode, Owed, Voice
from school.policy import Refusal, told

# A bereavement, an exclusion: nobody writes or rings (E48).
IN_PEACE = "Contact with the family is suspended: leave them in peace."


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
    SCHEDULED = "scheduled"
    FOLLOW_UP = "follow_up"
    UNCLEAR = "unclear"
    INVALIDATED = "invalidated"

    @property
    def is_waiting(self) -> bool:
        """Tell whether an answer is expected, and nobody has said no."""
        return self in {
            Status.WAITING,
            Status.SCHEDULED,
            Status.VOID,
            Status.UNCLEAR,
            Status.INVALIDATED,
        }

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing more is to come: a yes, or a no that needs no conversation."""
        return self in {Status.GIVEN, Status.REFUSED, Status.CONFLICT, Status.WITHDRAWN}

    @property
    def word(self) -> str:
        """Say in a word whether the pupil may take part."""
        if self is Status.GIVEN:
            return "Yes"
        if self in {Status.FAILED, Status.NO_CONTACT}:
            return "Not reached"
        return "No" if self.is_settled else "Not yet"

    @property
    def tone(self) -> str:
        """Return the colour of the word: red only where somebody said no, or nobody was reached."""
        if self is Status.GIVEN:
            return "clear"
        return "care" if self.word == "Not yet" else "stop"


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

    One no outweighs every yes (E35); somebody else's unchecked no holds the pupil back too (E26). So
    does a no that was undone or set aside, until that person has answered again: no other's yes
    decides by the press of whoever holds a link. What came back and cannot be read may be a no (E50).
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
    owing = [voice for voice in voices if voice.owed or voice.kind is Kind.UNCLEAR]
    if owing:
        return _owing(agreed, owing)
    missing = [voice for voice in voices if not voice.says_yes]
    if agreed and (mode is not Mode.ALL or not missing):
        return Status.GIVEN, f"{_said(agreed)}."
    status, reason = _missing(missing)
    if not agreed:
        return status, reason
    return status, f"{_said(agreed)}, and this pupil needs everybody's yes. {reason}"


def _against(agreed: Sequence[Voice], against: Sequence[Voice]) -> tuple[Status, str]:
    """Tell a refusal from a withdrawal and from two people who disagree."""
    if agreed:
        return Status.CONFLICT, f"{_said([*agreed, *against])}: counts as no."
    calls = [voice for voice in against if voice.wants_call]
    if calls:
        return Status.FOLLOW_UP, f"{_said(against)}: {_names(calls)} would like a call about it."
    is_refused = any(voice.kind is Kind.NO for voice in against)
    return Status.REFUSED if is_refused else Status.WITHDRAWN, f"{_said(against)}."


def _owing(agreed: Sequence[Voice], owing: Sequence[Voice]) -> tuple[Status, str]:
    """Say whose no counts no more, and that they must answer again before anybody's yes decides."""
    status, reason = _to_do(owing) or (
        Status.INVALIDATED,
        " ".join(_OWED[voice.owed].format(voice.who) for voice in owing if voice.owed),
    )
    return status, f"{_said(agreed)}. {reason}" if agreed else reason


_OWED = {
    Owed.UNDONE: "{} undid a no and has not answered again.",
    Owed.SET_ASIDE: "The no of {} was set aside, and they have not answered again.",
}


def _missing(missing: Sequence[Voice]) -> tuple[Status, str]:
    """Say why there is no answer yet, and what would bring one."""
    found = _to_do(missing) or _to_ask_again(missing)
    if found:
        return found
    waiting = [v for v in missing if not v.unreachable and (not v.has_failed or v.is_mended)]
    if waiting and all(voice.is_scheduled or voice.is_mended for voice in waiting):
        return Status.SCHEDULED, _to_leave(waiting)
    if waiting:
        return Status.WAITING, f"No answer yet from {_names(waiting)}."
    # Without any address there is nothing to correct: that is told as it is.
    nowhere = Refusal.NO_ADDRESS.value
    failed = [voice for voice in missing if voice.has_failed and voice.unreachable != nowhere]
    if failed:
        return Status.FAILED, _not_reached(failed)
    if all(voice.unreachable == Refusal.SUSPENDED.value for voice in missing):
        return Status.NO_CONTACT, IN_PEACE
    reasons = "; ".join(f"{voice.who}: {told(voice.unreachable)}" for voice in missing)
    return Status.NO_CONTACT, f"Cannot be written to ({reasons}): ring or use paper."


def _to_do(missing: Sequence[Voice]) -> tuple[Status, str] | None:
    """Return what staff must do before these people can answer, the first thing first."""
    found = [
        (place, told)
        for voice in missing
        for place, told in enumerate(_each_to_do(voice))
        if told is not None
    ]
    return min(found, key=lambda one: one[0])[1] if found else None


def _each_to_do(voice: Voice) -> Iterator[tuple[Status, str] | None]:
    """Yield what staff must do for one person, each thing in its place, or None where it is not so."""
    yield (Status.WAITING, _to_check(voice)) if voice.unchecked else None
    yield (Status.WAITING, _to_settle(voice)) if voice.is_unsettled else None
    needs = voice.needs
    words = f"{voice.who} asks for {needs.words}: call them." if needs else ""
    yield (Status.FOLLOW_UP, words) if needs else None
    words = f"What came back from {voice.who} cannot be read as yes or no: call them."
    yield (Status.UNCLEAR, words) if voice.kind is Kind.UNCLEAR else None


def _to_ask_again(missing: Sequence[Voice]) -> tuple[Status, str] | None:
    """Return why people who were asked, or have answered, are asked again."""
    disowned = [voice for voice in missing if voice.is_disowned]
    if disowned:
        words = f"Whoever opened the link of {_names(disowned)} says it was not meant for them."
        return Status.FAILED, words
    outdated = [voice for voice in missing if voice.is_outdated]
    if outdated:
        words = f"{_names(outdated)} said yes before the plan changed, and is asked again."
        return Status.VOID, words
    ended = [voice for voice in missing if voice.has_year_ended and voice.kind is None]
    if ended:
        words = (
            f"The yes of {_names(ended)} for this school year holds no more: ask about this call."
        )
        return Status.VOID, words
    taken = [voice for voice in missing if voice.is_invalidated and voice.kind is None]
    if taken:
        return Status.INVALIDATED, _taken_back(taken)
    return None


def _taken_back(voices: Sequence[Voice]) -> str:
    """Say whose answers count no more, and whether they took them back themselves."""
    undone = [voice for voice in voices if voice.is_undone]
    aside = [voice for voice in voices if not voice.is_undone]
    words = [f"{voice.who} undid an answer and has not answered again." for voice in undone]
    if aside:
        words.append(f"The answer of {_names(aside)} was set aside as never given.")
    return " ".join(words)


def _to_leave(voices: Sequence[Voice]) -> str:
    """Say that nothing has left yet, or that an address is corrected and nobody need do more."""
    mended = [voice for voice in voices if voice.is_mended]
    if mended:
        return (
            f"The address of {_names(mended)} is corrected: "
            "the letter goes out again by itself within a minute."
        )
    return f"The message to {_names(voices)} has not left yet."


# What came back and why, by the outbox's word for it.
NOT_REACHED = {
    "bounced": "came back or reached somebody else. Ring or use paper.",
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
    """Say that staff must look at an answer of which it is unclear who gave it."""
    if voice.is_doubted:
        return (
            f"Whoever holds the link of {voice.who} says it was not meant for them: "
            "the yes given with it counts once you have checked."
        )
    return f"Somebody else answered with the link of {voice.who}: it counts once you have checked."


def _to_settle(voice: Voice) -> str:
    """Say that a yes came from an address of which it is not sure yet whose it is (E34)."""
    return (
        f"{voice.who} said yes from an address that was changed lately: "
        "it counts once somebody has made sure that the address is theirs."
    )


def _said(voices: Sequence[Voice]) -> str:
    """Say who said what: Mother said yes, Father said no."""
    words = {
        Kind.YES: "said yes",
        Kind.NO: "said no",
        Kind.WITHDRAWN: "withdrew their yes",
        Kind.UNCLEAR: "answered unclearly",
    }
    parts = []
    for voice in voices:
        year = " for this school year" if voice.is_for_year else ""
        earlier = " before the plan changed" if voice.is_outdated else ""
        parts.append(f"{voice.who} {words[voice.kind or Kind.NO]}{year}{earlier}")
    return ", ".join(parts)


def _names(voices: Sequence[Voice]) -> str:
    """Join the names of people as one says them."""
    names = [voice.who for voice in voices]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
